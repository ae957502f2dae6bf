//! This week's version: it also counts the visits that it has answered itself.

use serde::{Deserialize, Serialize};
use tower_sessions::{Session, session};

#[derive(Debug, Default, Serialize, Deserialize)]
struct Visits {
    count: u64,
    #[serde(default)]
    here: u64,
}

pub(crate) async fn visit(session: Session) -> Result<String, session::Error> {
    let mut visits: Visits = session.get("visits").await?.unwrap_or_default();
    visits.count += 1;
    visits.here += 1;
    session.insert("visits", &visits).await?;
    Ok(format!("{visits:?}"))
}
