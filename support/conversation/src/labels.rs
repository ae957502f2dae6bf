//! Stable names for what differs from run to run: session identifiers and dates.

use cookie::Cookie;
use time::{Duration, OffsetDateTime, format_description::well_known::Rfc3339};

/// What a page shows of a session identifier: enough to tell two apart, too little to use.
const SHOWN: usize = 6;

/// The session identifiers of one conversation, in the order in which they appeared.
#[derive(Debug, Default)]
pub(crate) struct Labels {
    ids: Vec<String>,
}

impl Labels {
    pub(crate) fn learn(&mut self, id: &str) {
        if !id.is_empty() && !self.ids.iter().any(|known| known == id) {
            self.ids.push(id.to_owned());
        }
    }

    /// Puts `<sid-1>` in the place of the first identifier learned, and so on.
    pub(crate) fn apply(&self, text: &str) -> String {
        let mut text = text.to_owned();
        for (number, id) in (1..).zip(&self.ids) {
            text = text.replace(id, &format!("<sid-{number}>"));
            if let Some(start) = id.get(..SHOWN) {
                text = text.replace(&format!("{start}…"), &format!("<sid-{number}>…"));
            }
        }
        text
    }

    /// Puts the identifiers back in the place of `<sid-1>` and its like.
    pub(crate) fn restore(&self, text: &str) -> String {
        let mut text = text.to_owned();
        for (number, id) in (1..).zip(&self.ids) {
            text = text.replace(&format!("<sid-{number}>"), id);
        }
        text
    }
}

/// Puts `<30 minutes ago>` in the place of every RFC 3339 date, and of an HTTP date in an
/// `Expires` attribute.
pub(crate) fn relative_dates(text: &str, now: OffsetDateTime) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some((before, date, after)) = next_date(rest) {
        out.push_str(before);
        out.push_str(&format!("<{}>", distance(date - now)));
        rest = after;
    }
    out + rest
}

fn next_date(text: &str) -> Option<(&str, OffsetDateTime, &str)> {
    let starts = text.char_indices().filter(|(_, c)| c.is_ascii_alphanumeric());
    starts.map(|(at, _)| text.split_at(at)).find_map(|(before, rest)| {
        let (date, length) = rfc3339(rest).or_else(|| http_date(rest))?;
        Some((before, date, &rest[length..]))
    })
}

fn rfc3339(text: &str) -> Option<(OffsetDateTime, usize)> {
    // Only a date begins with four digits and a hyphen; do not try to read anything else.
    let looks_right =
        text.as_bytes().get(4) == Some(&b'-') && text.as_bytes()[0].is_ascii_digit();
    let ends = |c: char| !(c.is_ascii_alphanumeric() || "-+:.".contains(c));
    let length = text[..text.find(ends).unwrap_or(text.len())].trim_end_matches('.').len();
    let date = looks_right.then(|| OffsetDateTime::parse(&text[..length], &Rfc3339).ok())??;
    Some((date, length))
}

fn http_date(text: &str) -> Option<(OffsetDateTime, usize)> {
    const LENGTH: usize = "Sun, 06 Nov 1994 08:49:37 GMT".len();
    let date = text.get(..LENGTH).filter(|date| date.ends_with(" GMT"))?;
    // Read as the jar reads it; a second parser would be another five kilobytes of the lab.
    let cookie = Cookie::parse(format!("a=; Expires={date}")).ok()?;
    Some((cookie.expires_datetime()?, LENGTH))
}

/// `now`, `30 minutes ago` or `in 14 days`.
fn distance(away: Duration) -> String {
    if away.abs() < Duration::seconds(30) {
        "now".to_owned()
    } else if away.is_negative() {
        format!("{} ago", span(-away))
    } else {
        format!("in {}", span(away))
    }
}

/// A span of time in the largest unit that divides it, such as `90 minutes` or `14 days`.
pub(crate) fn span(time: Duration) -> String {
    let seconds = (time + Duration::milliseconds(500)).whole_seconds();
    // A date may be off by what the test itself took.
    let seconds = if seconds > 59 { (seconds + 30) / 60 * 60 } else { seconds };
    let units = [(86_400, "day"), (3_600, "hour"), (60, "minute"), (1, "second")];
    let (size, name) = units
        .into_iter()
        .find(|(size, _)| seconds >= *size && seconds % size == 0)
        .unwrap_or((1, "second"));
    let count = seconds / size;
    format!("{count} {name}{}", if count == 1 { "" } else { "s" })
}
