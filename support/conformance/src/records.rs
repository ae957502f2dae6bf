//! Records that a rule plays with.

use std::sync::Arc;

use serde_json::Value;
use time::{Duration, OffsetDateTime};
use tower_sessions::session::{Id, Record};

use crate::{
    subject::{Data, Subject},
    verdict::{Played, Verdict, expect},
};

/// A store under test, for several tasks.
pub(crate) type Shared = Arc<dyn Subject>;

/// A record for the next half hour, which `mark` tells from all others.
pub(crate) fn record(mark: u32) -> Record {
    let data = Data::from([("mark".to_owned(), mark.into())]);
    let expiry_date = OffsetDateTime::now_utc() + Duration::minutes(30);
    Record { id: Id::default(), data, expiry_date }
}

pub(crate) fn mark(data: &Data) -> Option<u64> {
    data.get("mark").and_then(Value::as_u64)
}

/// A record that is in the store.
pub(crate) async fn created(subject: &Shared, mark: u32) -> Result<Record, Verdict> {
    let mut record = record(mark);
    subject.store().create(&mut record).await?;
    Ok(record)
}

/// What is found under an identifier.
pub(crate) async fn found(subject: &Shared, id: &Id) -> Result<Option<u64>, Verdict> {
    let record = subject.store().load(id).await?;
    Ok(record.and_then(|record| mark(&record.data)))
}

/// Goes on only if nothing is found under this identifier.
pub(crate) async fn expect_none(subject: &Shared, id: &Id, instead: &str) -> Played {
    expect(subject.store().load(id).await?.is_none(), instead)
}
