//! What is new about what is kept: a figure that told a long record again and again would be miles
//! long.

use std::mem;

use serde_json::Value;

/// A record up to this length is told whole each time. It is some six lines of a ladder.
const LONG: usize = 150;

/// What has been told so far.
#[derive(Default)]
pub(crate) struct News {
    /// Of each record, by its identifier.
    records: Vec<(String, Value)>,
    /// Of all that each browser holds, by its name, and the server, which has none.
    held: Vec<(String, Vec<String>)>,
}

impl News {
    /// What to tell of a record: all of it the first time, and if it is long, only what has changed
    /// since, behind an ellipsis. That time has passed for its dates is no change.
    pub(crate) fn of(&mut self, id: &str, data: &str) -> String {
        let Ok(record @ Value::Object(_)) = serde_json::from_str(data) else {
            return data.to_owned();
        };
        let Some((_, told)) = self.records.iter_mut().find(|(known, _)| known == id) else {
            self.records.push((id.to_owned(), record));
            return data.to_owned();
        };
        let before = mem::replace(told, record);
        if data.len() > LONG { difference(&before, told) } else { data.to_owned() }
    }

    /// Whether somebody holds something else than was told last; at first, nothing.
    pub(crate) fn is_new(&mut self, who: &str, held: &[String]) -> bool {
        let told = match self.held.iter().position(|(known, _)| known == who) {
            Some(at) => &mut self.held[at].1,
            None => {
                self.held.push((who.to_owned(), Vec::new()));
                &mut self.held.last_mut().expect("it was just put there").1
            }
        };
        let is_new = told != held;
        held.clone_into(told);
        is_new
    }
}

fn difference(before: &Value, now: &Value) -> String {
    let fields = |record: &Value| record.as_object().cloned().unwrap_or_default();
    let mut told = "{…".to_owned();
    for key in fields(before).keys().filter(|key| now.get(key).is_none()) {
        told += &format!(",no {key:?}");
    }
    for (key, value) in fields(now) {
        if !before.get(&key).is_some_and(|old| is_same(old, &value)) {
            // Its `Display` would bring a second way to write JSON into the lab's files.
            let value = serde_json::to_string(&value).expect("a JSON value is JSON");
            told += &format!(",{key:?}:{value}");
        }
    }
    told + "}"
}

fn is_same(one: &Value, other: &Value) -> bool {
    match (one, other) {
        (Value::String(one), Value::String(other)) => {
            one == other || is_date(one) && is_date(other)
        }
        (Value::Object(one), Value::Object(other)) => {
            one.len() == other.len()
                && one.iter().all(|(key, value)| {
                    other.get(key).is_some_and(|other| is_same(value, other))
                })
        }
        _ => one == other,
    }
}

/// As [`relative_dates`](crate::labels::relative_dates) writes it.
fn is_date(text: &str) -> bool {
    text == "<now>" || text.starts_with("<in ") || text.ends_with(" ago>")
}

#[cfg(test)]
mod tests {
    use super::News;

    const BASKET: &str = r#"{"basket":{"assam":1},"noted":"<now>","token":"<token-1>","why":"this is a long record, and nobody wants to read it twice in one figure, or three times"}"#;

    #[test]
    fn a_long_record_is_told_once_and_then_what_is_new() {
        let mut news = News::default();
        assert_eq!(news.of("1", BASKET), BASKET);
        assert_eq!(news.of("1", BASKET), "{…}");
        assert_eq!(news.of("1", &BASKET.replace("<now>", "<3 minutes ago>")), "{…}");
        let two = BASKET.replace("\"assam\":1", "\"assam\":2");
        assert_eq!(news.of("1", &two), r#"{…,"basket":{"assam":2}}"#);
        let token = two.replace("<token-1>", "<token-2>");
        assert_eq!(news.of("1", &token), r#"{…,"token":"<token-2>"}"#);
        assert_eq!(news.of("2", BASKET), BASKET, "another record");
    }

    #[test]
    fn what_is_gone_is_told() {
        let mut news = News::default();
        news.of("1", BASKET);
        let less = BASKET.replace("\"basket\":{\"assam\":1},", "\"because\":0,");
        assert_eq!(news.of("1", &less), r#"{…,no "basket","because":0}"#);
    }

    #[test]
    fn a_short_record_and_an_error_are_told_as_they_are() {
        let mut news = News::default();
        for told in ["", "nothing", r#"{"visits":1}"#, r#"{"visits":1}"#] {
            assert_eq!(news.of("1", told), told);
        }
    }
}
