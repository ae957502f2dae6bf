//! Calls that nobody waits for any more: a visitor has gone, a time limit is over.

use std::{future, task::Poll};

use tower_sessions::session::Record;

use super::{Shared, created, found};
use crate::verdict::{Played, expect};

pub(super) async fn calls(subject: Shared) -> Played {
    let mut records = Vec::new();
    for mark in 0..30 {
        records.push(created(&subject, mark).await?);
    }
    for round in 0..10 {
        for (record, next) in records.iter().zip(records.iter().cycle().skip(1)) {
            if round % 2 == 0 {
                begin(subject.store().load(&record.id), round).await;
            } else {
                begin(subject.store().save(record), round).await;
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
    let own = super::mark(&record.data);
    expect(found(subject, &record.id).await? == own, "one gets another's record")
}

/// Looks at a call at most so often whether it is done, and drops it then.
async fn begin<Out>(call: impl Future<Output = Out>, looks: u32) {
    let mut call = Box::pin(call);
    let mut left = looks;
    future::poll_fn(|context| {
        let is_done = call.as_mut().poll(context).is_ready();
        if is_done || left == 0 {
            return Poll::Ready(());
        }
        left -= 1;
        context.waker().wake_by_ref();
        Poll::Pending
    })
    .await;
}
