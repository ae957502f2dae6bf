//! Whose sessions are whose.

use time::{Duration, OffsetDateTime};
use tower_sessions::session::Record;

use crate::records::{self, Shared, mark, record};
use crate::verdict::{Played, Verdict, expect};

pub(super) async fn all_of_one(subject: Shared) -> Played {
    for (mark, member) in [(1, "Ada"), (2, "Grace"), (3, "Ada"), (4, "Ad")] {
        signed_in(&subject, mark, member).await?;
    }
    // Whoever has not signed in has a session too.
    records::created(&subject, 5).await?;
    expect(marks(&subject, "Ada").await? == [1, 3], "not all, or too many")
}

pub(super) async fn none_that_is_not(subject: Shared) -> Played {
    let ended = signed_in(&subject, 1, "Ada").await?;
    let mut expired = signed_in(&subject, 2, "Ada").await?;
    let mut given_away = signed_in(&subject, 3, "Ada").await?;
    signed_in(&subject, 4, "Ada").await?;
    subject.store().delete(&ended.id).await?;
    expired.expiry_date = OffsetDateTime::now_utc() - Duration::SECOND;
    subject.store().save(&expired).await?;
    subject.give_to("Grace", &mut given_away);
    subject.store().save(&given_away).await?;
    expect(marks(&subject, "Ada").await? == [4], "others are among them")?;
    expect(marks(&subject, "Grace").await? == [3], "the new member has none")
}

async fn signed_in(subject: &Shared, mark: u32, member: &str) -> Result<Record, Verdict> {
    let mut record = record(mark);
    subject.give_to(member, &mut record);
    subject.store().create(&mut record).await?;
    Ok(record)
}

/// The marks of what a member's sessions hold, in order.
async fn marks(subject: &Shared, member: &str) -> Result<Vec<u64>, Verdict> {
    let sessions = subject.of_member(member).await.ok_or(Verdict::HasNone)??;
    let mut marks: Vec<u64> = sessions.iter().filter_map(mark).collect();
    marks.sort_unstable();
    Ok(marks)
}
