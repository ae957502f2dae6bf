//! Calls of a store, several at a time: one after the other, each would wait for all before.

use tokio::task::JoinSet;
use tower_sessions::session_store::{Error, Result};

/// How many of these calls say yes. So many are under way at a time. Once one has failed,
/// no other one begins, and those that have begun come to their end. Then the log says how
/// many have said yes.
pub(super) async fn count<Call>(
    calls: impl IntoIterator<Item = Call>,
    at_a_time: usize,
) -> Result<usize>
where
    Call: Future<Output = Result<bool>> + Send + 'static,
{
    let mut calls = calls.into_iter();
    let mut under_way: JoinSet<_> = calls.by_ref().take(at_a_time).collect();
    let (mut count, mut failed) = (0, None);
    while let Some(said) = under_way.join_next().await {
        let said = said.unwrap_or_else(|why| Err(Error::Backend(why.to_string())));
        match said {
            Ok(yes) => count += usize::from(yes),
            Err(why) => failed = failed.or(Some(why)),
        }
        if failed.is_none()
            && let Some(call) = calls.next()
        {
            under_way.spawn(call);
        }
    }
    let Some(why) = failed else { return Ok(count) };
    // Nobody else hears of these.
    tracing::warn!(ended = count, "not all sessions have ended");
    Err(why)
}
