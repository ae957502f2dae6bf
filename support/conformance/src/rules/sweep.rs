//! Room for others.

use time::{Duration, OffsetDateTime};

use crate::records::{Shared, created, found, record};
use crate::verdict::{Played, Verdict, expect};

pub(super) async fn gives_room_back(subject: Shared) -> Played {
    let live = created(&subject, 1).await?;
    for _ in 0..100 {
        let mut expired = record(2);
        subject.store().create(&mut expired).await?;
        expired.expiry_date = OffsetDateTime::now_utc() - Duration::SECOND;
        subject.store().save(&expired).await?;
    }
    subject.sweep().await.ok_or(Verdict::HasNone)??;
    let count = subject.count().await.ok_or(Verdict::HasNone)?;
    expect(count == 1, &format!("{count} are left of 101"))?;
    expect(found(&subject, &live.id).await? == Some(1), "a live one is gone")
}
