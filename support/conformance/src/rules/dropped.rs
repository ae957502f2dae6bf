//! Calls that nobody waits for any more: a visitor has gone, a time limit is over.

use tower_sessions::session::Record;

use crate::held;
use crate::records::{self, Shared, created, found};
use crate::verdict::{Played, expect};

pub(super) async fn calls(subject: Shared) -> Played {
    let mut records = Vec::new();
    for mark in 0..30 {
        records.push(created(&subject, mark).await?);
    }
    for round in 0..10 {
        let looks = round / 2;
        for (record, next) in records.iter().zip(records.iter().cycle().skip(1)) {
            if round % 2 == 0 {
                held::push(&mut Box::pin(subject.store().load(&record.id)), looks).await;
            } else {
                held::push(&mut Box::pin(subject.store().save(record)), looks).await;
            }
            expect_own(&subject, next).await?;
        }
    }
    for record in &records {
        expect_own(&subject, record).await?;
    }
    Ok(())
}

async fn expect_own(subject: &Shared, record: &Record) -> Played {
    let own = records::mark(&record.data);
    expect(found(subject, &record.id).await? == own, "one gets another's record")
}
