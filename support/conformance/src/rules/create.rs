//! New records.

use tokio::sync::Barrier;
use tower_sessions::session::Id;

use crate::held::{LOOKS, between};
use crate::records::{Shared, created, found, mark, record};
use crate::verdict::{Played, expect};

pub(super) async fn forged(subject: Shared) -> Played {
    let first = created(&subject, 1).await?;
    let mut forged = record(2);
    forged.id = first.id;
    let kept = subject.store().create(&mut forged).await;
    expect(found(&subject, &first.id).await? == Some(1), "the old record is gone")?;
    if kept.is_ok() {
        let own = found(&subject, &forged.id).await?;
        expect(own == Some(2), "the new record is lost")?;
    }
    Ok(())
}

pub(super) async fn at_once(subject: Shared) -> Played {
    for looks in 0..LOOKS {
        let (mut one, mut other) = (record(1), record(2));
        other.id = one.id;
        let create = subject.store().create(&mut one);
        let created = between(create, looks, subject.store().create(&mut other)).await;
        for (created, record) in [(created.0, one), (created.1, other)] {
            if created.is_ok() {
                let own = found(&subject, &record.id).await?;
                expect(own == mark(&record.data), "one has the other's record")?;
            }
        }
    }
    in_a_crowd(subject).await
}

async fn in_a_crowd(subject: Shared) -> Played {
    for _ in 0..20 {
        let id = Id::default();
        let barrier = std::sync::Arc::new(Barrier::new(2));
        let tasks = [1, 2].map(|mark| {
            let (subject, barrier) = (subject.clone(), barrier.clone());
            tokio::spawn(async move {
                let mut record = record(mark);
                record.id = id;
                barrier.wait().await;
                let created = subject.store().create(&mut record).await;
                created.is_ok().then_some((record.id, u64::from(mark)))
            })
        });
        for task in tasks {
            if let Ok(Some((id, mark))) = task.await {
                let own = found(&subject, &id).await?;
                expect(own == Some(mark), "one has the other's record")?;
            }
        }
    }
    Ok(())
}
