//! One session, another identifier.

use tokio::sync::Barrier;

use super::{Shared, created, expect_none, found, record};
use crate::{
    Verdict,
    verdict::{Played, expect},
};

pub(super) async fn once(subject: Shared) -> Played {
    let old = created(&subject, 1).await?;
    let mut new = record(2);
    subject.rotate(&old.id, &mut new).await.ok_or(Verdict::HasNone)??;
    expect(found(&subject, &new.id).await? == Some(2), "the new one is lost")?;
    expect_none(&subject, &old.id, "the old one lives on").await
}

pub(super) async fn save_of_the_old(subject: Shared) -> Played {
    let old = created(&subject, 1).await?;
    let mut new = record(2);
    subject.rotate(&old.id, &mut new).await.ok_or(Verdict::HasNone)??;
    let saved = subject.store().save(&old).await;
    expect_none(&subject, &old.id, "the old one is back").await?;
    expect(saved.is_err(), "not kept, and nobody is told")
}

pub(super) async fn ended(subject: Shared) -> Played {
    let old = created(&subject, 1).await?;
    subject.store().delete(&old.id).await?;
    let mut new = record(2);
    let rotated = subject.rotate(&old.id, &mut new).await.ok_or(Verdict::HasNone)?;
    expect_none(&subject, &new.id, "it is back under another one").await?;
    expect(rotated.is_err(), "not kept, and nobody is told")
}

pub(super) async fn at_once(subject: Shared) -> Played {
    for _ in 0..20 {
        let old = created(&subject, 1).await?;
        let barrier = std::sync::Arc::new(Barrier::new(2));
        let tasks = [2, 3].map(|mark| {
            let (subject, barrier) = (subject.clone(), barrier.clone());
            tokio::spawn(async move {
                let mut new = record(mark);
                barrier.wait().await;
                let rotated = subject.rotate(&old.id, &mut new).await;
                rotated.map(|_| new.id)
            })
        });
        let mut sessions = 0;
        for task in tasks {
            let new = task.await.ok().flatten().ok_or(Verdict::HasNone)?;
            sessions += usize::from(found(&subject, &new).await?.is_some());
        }
        expect(sessions == 1, &format!("{sessions} sessions"))?;
    }
    Ok(())
}
