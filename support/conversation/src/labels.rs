//! Stable names for what differs from run to run: session identifiers and dates.

use cookie::Cookie;
use time::{Duration, OffsetDateTime, format_description::well_known::Rfc3339};

/// What a page shows of a session identifier: enough to tell two apart, too little to use.
const SHOWN: usize = 6;
const HTTP_DATE: usize = "Sun, 06 Nov 1994 08:49:37 GMT".len();

/// A signed cookie's value is the base64 of an HMAC-SHA256, then what it signs.
const SIGNATURE: usize = 44;

/// A SHA-256 in hexadecimal.
const HASH: usize = 64;

/// What a step calls the random values that it keeps in a record.
const SECRETS: [&str; 4] = ["token", "handle", "stamp", "order"];

/// What differs from run to run in one conversation, in the order in which it appeared.
#[derive(Debug, Default)]
pub(crate) struct Labels {
    known: Vec<(String, String)>,
    /// What has something known in it, and is called by one name nonetheless.
    tokens: Vec<(String, String)>,
}

impl Labels {
    /// Learns a session identifier, `<sid-1>` and so on, or the hash of one, `<name-1>`.
    pub(crate) fn learn(&mut self, id: &str) {
        let is_hash = id.len() == HASH && id.bytes().all(|byte| byte.is_ascii_hexdigit());
        self.name(if is_hash { "name" } else { "sid" }, id);
    }

    /// Learns what a cookie says besides an identifier: `<signature-1>` in front of it, or
    /// `<sealed-1>` around it.
    pub(crate) fn learn_cookie(&mut self, set_cookie: &str) {
        let value = set_cookie.split(';').next().and_then(|pair| pair.split_once('='));
        let value = value.map_or("", |(_, value)| value);
        let rest = value.split_at_checked(SIGNATURE).map_or("", |(_, rest)| rest);
        if !self.learn_signature(value) && !rest.is_empty() {
            self.name("sealed", value);
        }
    }

    /// Learns the signature in front of something known. False if it is none.
    pub(crate) fn learn_signature(&mut self, value: &str) -> bool {
        let Some((signature, signed)) = value.split_at_checked(SIGNATURE) else {
            return false;
        };
        let is_known = self.knows(signed);
        if is_known {
            self.name("signature", signature);
        }
        is_known
    }

    /// Learns the secrets that a record holds under these names, such as `<token-1>`.
    pub(crate) fn learn_data(&mut self, data: &str) {
        for kind in SECRETS {
            let start = format!("\"{kind}\":\"");
            for part in data.split(&start).skip(1) {
                self.name(kind, part.split('"').next().unwrap_or_default());
            }
        }
    }

    /// Learns a token of this kind, such as `<access-1>`.
    pub(crate) fn learn_token(&mut self, kind: &str, text: &str) {
        add(&mut self.tokens, kind, text);
    }

    fn knows(&self, text: &str) -> bool {
        self.known.iter().any(|(known, _)| known == text)
    }

    fn name(&mut self, kind: &str, text: &str) {
        add(&mut self.known, kind, text);
    }

    /// Puts `<sid-1>` in the place of the first identifier learned, and so on.
    pub(crate) fn apply(&self, text: &str) -> String {
        let called =
            |text: String, (token, label): &(String, String)| text.replace(token, label);
        let mut text = self.tokens.iter().fold(text.to_owned(), called);
        for (known, label) in &self.known {
            text = text.replace(known, label);
            if let Some(start) = known.get(..SHOWN) {
                text = text.replace(&format!("{start}…"), &format!("{label}…"));
            }
        }
        text
    }

    /// Puts the identifiers back in the place of `<sid-1>` and its like.
    pub(crate) fn restore(&self, text: &str) -> String {
        let restored = |text: String, (known, label): &(String, String)| {
            text.replace(label.as_str(), known)
        };
        self.known.iter().chain(&self.tokens).fold(text.to_owned(), restored)
    }
}

fn add(known: &mut Vec<(String, String)>, kind: &str, text: &str) {
    if !text.is_empty() && !known.iter().any(|(known, _)| known == text) {
        let of_this_kind = |(_, label): &&(_, String)| label[1..].starts_with(kind);
        let number = known.iter().filter(of_this_kind).count() + 1;
        known.push((text.to_owned(), format!("<{kind}-{number}>")));
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

/// Dates are looked for by what only a date has in its place, since a ladder is drawn at each click.
fn next_date(text: &str) -> Option<(&str, OffsetDateTime, &str)> {
    let rfc3339 = first_date(text, "-", 4, rfc3339);
    let http = first_date(text, " GMT", HTTP_DATE - 4, http_date);
    let (at, date, length) = match (rfc3339, http) {
        (Some(one), Some(other)) if other.0 < one.0 => other,
        (one, other) => one.or(other)?,
    };
    Some((&text[..at], date, &text[at + length..]))
}

/// The first date that has this mark so many bytes after its start: where it stands, and its length.
fn first_date(
    text: &str,
    mark: &str,
    after: usize,
    read: fn(&str) -> Option<(OffsetDateTime, usize)>,
) -> Option<(usize, OffsetDateTime, usize)> {
    text.match_indices(mark).find_map(|(at, _)| {
        let start = at.checked_sub(after)?;
        let (date, length) = read(text.get(start..)?)?;
        Some((start, date, length))
    })
}

fn rfc3339(text: &str) -> Option<(OffsetDateTime, usize)> {
    let looks_right = text.starts_with(|c: char| c.is_ascii_digit());
    let ends = |c: char| !(c.is_ascii_alphanumeric() || "-+:.".contains(c));
    let length = text[..text.find(ends).unwrap_or(text.len())].trim_end_matches('.').len();
    let date = looks_right.then(|| OffsetDateTime::parse(&text[..length], &Rfc3339).ok())??;
    Some((date, length))
}

fn http_date(text: &str) -> Option<(OffsetDateTime, usize)> {
    let date = text.get(..HTTP_DATE)?;
    // Read as the jar reads it; a second parser would be another five kilobytes of the lab.
    let cookie = Cookie::parse(format!("a=; Expires={date}")).ok()?;
    Some((cookie.expires_datetime()?, HTTP_DATE))
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

/// `for 14 days`, or `expired`.
pub fn lives_for(lives: Duration) -> String {
    if lives.is_positive() { format!("for {}", span(lives)) } else { "expired".to_owned() }
}

/// A span of time in the largest unit that divides it, such as `90 minutes` or `14 days`.
pub(crate) fn span(time: Duration) -> String {
    let seconds = (time + Duration::milliseconds(500)).whole_seconds();
    // A date may be off by what the test itself took.
    let seconds = if seconds >= 45 { (seconds + 30) / 60 * 60 } else { seconds };
    let units = [(86_400, "day"), (3_600, "hour"), (60, "minute"), (1, "second")];
    let (size, name) = units
        .into_iter()
        .find(|(size, _)| seconds >= *size && seconds % size == 0)
        .unwrap_or((1, "second"));
    let count = seconds / size;
    format!("{count} {name}{}", if count == 1 { "" } else { "s" })
}
