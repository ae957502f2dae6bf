//! One session, another identifier.

use tokio::sync::Barrier;
use tower_sessions::session::Id;

use crate::held::{LOOKS, between};
use crate::records::{Shared, created, expect_none, found, record};
use crate::verdict::{Played, Verdict, expect};

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

/// Whoever signs out may not have heard of the new identifier yet.
pub(super) async fn ends_by_the_old(subject: Shared) -> Played {
    let mut old = record(1);
    subject.give_to("Ada", &mut old);
    subject.store().create(&mut old).await?;
    let mut new = record(2);
    subject.give_to("Ada", &mut new);
    subject.rotate(&old.id, &mut new).await.ok_or(Verdict::HasNone)??;
    subject.store().delete(&old.id).await?;
    expect_none(&subject, &new.id, "the session lives on").await
}

/// Somebody may have planted the old identifier, and may have signed in under it.
pub(super) async fn survives_a_planted_one(subject: Shared) -> Played {
    for planter in [None, Some("Mallory")] {
        let mut planted = record(1);
        if let Some(planter) = planter {
            subject.give_to(planter, &mut planted);
        }
        subject.store().create(&mut planted).await?;
        let mut new = record(2);
        subject.give_to("Ada", &mut new);
        subject.rotate(&planted.id, &mut new).await.ok_or(Verdict::HasNone)??;
        subject.store().delete(&planted.id).await?;
        let lives = found(&subject, &new.id).await? == Some(2);
        expect(lives, "whoever planted it ends the session")?;
    }
    Ok(())
}

pub(super) async fn at_once(subject: Shared) -> Played {
    for looks in 0..LOOKS {
        let old = created(&subject, 1).await?;
        let (mut one, mut other) = (record(2), record(3));
        let rotate = subject.rotate(&old.id, &mut one);
        let rotated = between(rotate, looks, subject.rotate(&old.id, &mut other)).await;
        rotated.0.and(rotated.1).ok_or(Verdict::HasNone)?.ok();
        expect_one(&subject, &[one.id, other.id]).await?;
    }
    in_a_crowd(subject).await
}

async fn expect_one(subject: &Shared, ids: &[Id]) -> Played {
    let mut sessions = 0;
    for id in ids {
        sessions += usize::from(found(subject, id).await?.is_some());
    }
    expect(sessions == 1, &format!("{sessions} sessions"))
}

async fn in_a_crowd(subject: Shared) -> Played {
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
        let mut ids = Vec::new();
        for task in tasks {
            ids.push(task.await.ok().flatten().ok_or(Verdict::HasNone)?);
        }
        expect_one(&subject, &ids).await?;
    }
    Ok(())
}
