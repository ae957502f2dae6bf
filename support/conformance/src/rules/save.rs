//! Saves that come too late, or out of nowhere.

use time::{Duration, OffsetDateTime};

use crate::held::{LOOKS, between};
use crate::records::{Shared, created, expect_none, record};
use crate::verdict::{Played, expect};

pub(super) async fn unknown(subject: Shared) -> Played {
    let record = record(1);
    let saved = subject.store().save(&record).await;
    expect_none(&subject, &record.id, "a session out of nothing").await?;
    expect(saved.is_err(), "not kept, and nobody is told")
}

// ANCHOR: deleted
pub(super) async fn deleted(subject: Shared) -> Played {
    let record = created(&subject, 1).await?;
    subject.store().delete(&record.id).await?;
    let saved = subject.store().save(&record).await;
    expect_none(&subject, &record.id, "the session is back").await?;
    expect(saved.is_err(), "not kept, and nobody is told")
}
// ANCHOR_END: deleted

pub(super) async fn expired(subject: Shared) -> Played {
    let mut record = created(&subject, 1).await?;
    let now = OffsetDateTime::now_utc();
    record.expiry_date = now - Duration::SECOND;
    subject.store().save(&record).await?;
    record.expiry_date = now + Duration::HOUR;
    let saved = subject.store().save(&record).await;
    expect_none(&subject, &record.id, "the session is back").await?;
    expect(saved.is_err(), "not kept, and nobody is told")
}

pub(super) async fn beside_an_end(subject: Shared) -> Played {
    for looks in 0..LOOKS {
        let record = created(&subject, 1).await?;
        let save = subject.store().save(&record);
        let (_, ended) = between(save, looks, subject.store().delete(&record.id)).await;
        ended?;
        expect_none(&subject, &record.id, "the session is back").await?;
    }
    in_a_crowd(subject).await
}

async fn in_a_crowd(subject: Shared) -> Played {
    for _ in 0..20 {
        let record = created(&subject, 1).await?;
        let saves: Vec<_> = (0..20)
            .map(|_| {
                let (subject, record) = (subject.clone(), record.clone());
                tokio::spawn(async move { subject.store().save(&record).await })
            })
            .collect();
        subject.store().delete(&record.id).await?;
        for save in saves {
            // It may come before the end, or be refused.
            let _ = save.await;
        }
        expect_none(&subject, &record.id, "the session is back").await?;
    }
    Ok(())
}
