//! Last week's version.

use serde::{Deserialize, Serialize};
use tower_sessions::{Session, session};

#[derive(Debug, Default, Serialize, Deserialize)]
struct Visits {
    count: u64,
}

pub(crate) async fn visit(session: Session) -> Result<String, session::Error> {
    let mut visits: Visits = session.get("visits").await?.unwrap_or_default();
    visits.count += 1;
    session.insert("visits", &visits).await?;
    Ok(format!("{visits:?}"))
}
