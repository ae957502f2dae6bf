//! Two who have read the same version of a record, and both write.

use std::sync::Arc;

use tokio::sync::Barrier;
use tower_sessions::{session::Record, session_store::Result};

use crate::held::{LOOKS, between};
use crate::records::{Shared, created, expect_none, found};
use crate::verdict::{Played, Verdict, expect};

const UNDONE: &str = "the later write undoes the first";

/// The next version of a record, with another mark.
fn next(subject: &Shared, record: &Record, mark: u32) -> Record {
    let mut next = record.clone();
    next.data.insert("mark".to_owned(), mark.into());
    subject.bring_next(&mut next);
    next
}

/// A record to which somebody has written since: as it was, and as it is.
async fn written(subject: &Shared) -> std::result::Result<(Record, Record), Verdict> {
    let seen = created(subject, 1).await?;
    let newest = next(subject, &seen, 2);
    subject.store().save(&newest).await?;
    Ok((seen, newest))
}

/// Goes on only if a write was refused, for the right reason.
fn expect_stale(subject: &Shared, written: Result<()>) -> Played {
    let Err(why) = written else { return expect(false, "not kept, and nobody is told") };
    expect(subject.is_stale(&why), &format!("refused: {why}"))
}

pub(super) async fn older(subject: Shared) -> Played {
    let (seen, newest) = written(&subject).await?;
    let saved = subject.store().save(&next(&subject, &seen, 3)).await;
    expect(found(&subject, &newest.id).await? == Some(2), UNDONE)?;
    expect_stale(&subject, saved)
}

pub(super) async fn one_of_five(subject: Shared) -> Played {
    of_five(subject, |number| number).await
}

pub(super) async fn one_of_five_alike(subject: Shared) -> Played {
    of_five(subject, |_| 0).await
}

/// Five save at once, each with the mark of its number.
async fn of_five(subject: Shared, mark: fn(u32) -> u32) -> Played {
    for _ in 0..20 {
        let seen = created(&subject, 9).await?;
        let barrier = Arc::new(Barrier::new(5));
        let saves = [0, 1, 2, 3, 4].map(|number| {
            let (subject, barrier) = (subject.clone(), barrier.clone());
            let next = next(&subject, &seen, mark(number));
            tokio::spawn(async move {
                barrier.wait().await;
                (mark(number), subject.store().save(&next).await)
            })
        });
        let mut taken = Vec::new();
        for save in saves {
            match save.await {
                Ok((mark, Ok(()))) => taken.push(u64::from(mark)),
                Ok((_, refused)) => expect_stale(&subject, refused)?,
                Err(why) => expect(false, &why.to_string())?,
            }
        }
        expect(taken.len() == 1, &format!("{} are taken", taken.len()))?;
        let kept = found(&subject, &seen.id).await?;
        expect(kept == taken.pop(), "another one is kept")?;
    }
    Ok(())
}

pub(super) async fn again(subject: Shared) -> Played {
    let (seen, newest) = written(&subject).await?;
    // Whoever was late looks again.
    let _ = subject.store().save(&next(&subject, &seen, 3)).await;
    let loaded = subject.store().load(&newest.id).await?;
    let loaded = loaded.ok_or_else(|| Verdict::Instead("it is gone".to_owned()))?;
    subject.store().save(&next(&subject, &loaded, 3)).await?;
    expect(found(&subject, &newest.id).await? == Some(3), "not kept, and nobody is told")
}

pub(super) async fn rotated(subject: Shared) -> Played {
    let (seen, newest) = written(&subject).await?;
    let mut new = next(&subject, &seen, 3);
    let rotated = subject.rotate(&seen.id, &mut new).await.ok_or(Verdict::HasNone)?;
    expect(found(&subject, &newest.id).await? == Some(2), UNDONE)?;
    if new.id != seen.id {
        expect_none(&subject, &new.id, "two sessions").await?;
    }
    expect_stale(&subject, rotated)
}

/// Both have read the same version, and the rotation waits at one of its points for the save.
pub(super) async fn beside_a_rotation(subject: Shared) -> Played {
    for looks in 0..LOOKS {
        let seen = created(&subject, 1).await?;
        let (saved, mut new) = (next(&subject, &seen, 2), next(&subject, &seen, 3));
        let rotate = subject.rotate(&seen.id, &mut new);
        let (rotate, save) = between(rotate, looks, subject.store().save(&saved)).await;
        let rotated = rotate.ok_or(Verdict::HasNone)?;
        expect(!(rotated.is_ok() && save.is_ok()), "both are taken, and one is undone")?;
        expect(rotated.is_ok() || save.is_ok(), "neither is taken")?;
        let (id, mark) = if save.is_ok() { (seen.id, 2) } else { (new.id, 3) };
        expect(found(&subject, &id).await? == Some(mark), "what was taken is lost")?;
    }
    Ok(())
}

pub(super) async fn emptied(subject: Shared) -> Played {
    let (seen, newest) = written(&subject).await?;
    let ended = subject.end_unless_changed(&seen).await;
    expect(found(&subject, &newest.id).await? == Some(2), "it ends, with what it has got")?;
    expect_stale(&subject, ended)?;
    subject.end_unless_changed(&newest).await?;
    expect_none(&subject, &newest.id, "it lives").await
}
