//! When a session ends.

use time::{Date, Duration, Month, OffsetDateTime, Time, UtcOffset};
use tower_sessions::session::Record;

use crate::records::{Shared, created, expect_none, found, record};
use crate::verdict::{Played, expect};

/// How late a session may end.
const LATE: Duration = Duration::milliseconds(50);

/// Two ends, half a second apart: a store that goes by whole seconds is seen at one of them,
/// whatever the time is.
pub(super) async fn to_the_moment(subject: Shared) -> Played {
    let now = OffsetDateTime::now_utc();
    let mut records = [record(1), record(2)];
    for (record, wait) in records.iter_mut().zip([300, 800]) {
        record.expiry_date = now + Duration::milliseconds(wait);
        subject.store().create(record).await?;
    }
    for record in &records {
        look_until(record, &subject).await?;
    }
    Ok(())
}

/// Looks again and again, and compares with what the clock said before and after each look: a
/// busy machine looks less often, and is not wrong.
async fn look_until(record: &Record, subject: &Shared) -> Played {
    let end = record.expiry_date;
    loop {
        let before = OffsetDateTime::now_utc();
        let is_there = subject.store().load(&record.id).await?.is_some();
        if !is_there {
            return expect(OffsetDateTime::now_utc() >= end, "it ends too early");
        }
        expect(before <= end + LATE, "it ends later")?;
        tokio::time::sleep(std::time::Duration::from_millis(5)).await;
    }
}

pub(super) async fn moved(subject: Shared) -> Played {
    let now = OffsetDateTime::now_utc();
    for end in [now + Duration::days(3), now + Duration::minutes(1)] {
        let mut record = created(&subject, 1).await?;
        record.expiry_date = end;
        subject.store().save(&record).await?;
        let loaded = subject.store().load(&record.id).await?;
        let difference = loaded.map(|loaded| loaded.expiry_date - end);
        let fits = difference.is_some_and(|by| by.abs() <= Duration::MILLISECOND);
        expect(fits, "the end stays")?;
        record.expiry_date = now - Duration::SECOND;
        subject.store().save(&record).await?;
        expect_none(&subject, &record.id, "it cannot be ended").await?;
    }
    Ok(())
}

pub(super) async fn far(subject: Shared) -> Played {
    let now = OffsetDateTime::now_utc();
    let east = UtcOffset::from_hms(5, 45, 0).unwrap_or(UtcOffset::UTC);
    let last = Date::from_calendar_date(9999, Month::December, 31).unwrap_or(Date::MAX);
    let ends = [
        (now + Duration::days(60), "in 60 days"),
        (last.with_time(Time::MIDNIGHT).assume_utc(), "in the year 9999"),
        ((now + Duration::HOUR).to_offset(east), "in another time zone"),
    ];
    for (end, which) in ends {
        let mut record = record(1);
        record.expiry_date = end;
        subject.store().create(&mut record).await?;
        let is_there = found(&subject, &record.id).await? == Some(1);
        expect(is_there, &format!("{which}: gone at once"))?;
        let loaded = subject.store().load(&record.id).await?;
        let difference = loaded.map(|loaded| loaded.expiry_date - end);
        let fits = difference.is_some_and(|by| by.abs() <= Duration::MILLISECOND);
        expect(fits, &format!("{which}: another end"))?;
    }
    Ok(())
}

pub(super) async fn past(subject: Shared) -> Played {
    let mut record = record(1);
    record.expiry_date = OffsetDateTime::now_utc() - Duration::SECOND;
    if subject.store().create(&mut record).await.is_ok() {
        expect_none(&subject, &record.id, "it lives").await?;
    }
    Ok(())
}
