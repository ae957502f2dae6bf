//! The transcript: a conversation as lines of text, in the manner of `curl -v`.
//!
//! `>` is what the browser sent, `<` what the server answered, `|` the page's text, and `*` what
//! happened out of sight: in the store and in the browser's jar.

use std::fmt::Write;

use time::OffsetDateTime;

use crate::{
    jar::Held,
    labels::{lives_for, span},
    news::News,
    page_text,
    play::{Conversation, Event, Exchange},
    store::{Call, Row},
};

impl Conversation {
    /// Everything that happened, as a person reads it; identifiers as `<sid-1>`, dates relative.
    /// What is held is told where it has changed, and a long record once.
    pub fn transcript(&self) -> String {
        let mut news = News::default();
        let told: Vec<String> = self.told().map(|event| self.tell(event, &mut news)).collect();
        told.join("\n")
    }

    /// The last request and all that came of it, in the same words; empty before the first.
    pub fn last_exchange(&self) -> String {
        let last = self.events.iter().rev().find(|event| event.exchange().is_some());
        last.map(|event| self.tell(event, &mut News::default())).unwrap_or_default()
    }

    fn tell(&self, event: &Event, news: &mut News) -> String {
        match event {
            Event::Exchange(exchange) => {
                let stable = |text: &str| self.stable(text, exchange.now);
                exchange.tell(&stable, news)
            }
            Event::Passed(time) => format!("# {} pass.\n", span(*time)),
            Event::Said(sentence) => self.labels.apply(&format!("# {sentence}\n")),
        }
    }
}

impl Exchange {
    fn tell(&self, stable: &impl Fn(&str) -> String, news: &mut News) -> String {
        let mut out = if self.goes_on {
            format!("# {}'s {} {} goes on.\n", self.who, self.method, self.path)
        } else {
            self.tell_request()
        };
        out = stable(&out);
        for call in &self.calls {
            let told = call.tell(|record| news.of(call.record(), &stable(record)));
            line(&mut out, "* store: ", &stable(&told));
        }
        let Some(status) = self.status else {
            line(&mut out, "* ", "the server has not heard of that yet");
            return out;
        };
        line(&mut out, "< HTTP/1.1 ", &status.to_string());
        for (name, value) in self.received.iter().filter(|(name, _)| !is_left_out(name)) {
            line(&mut out, "< ", &stable(&format!("{name}: {value}")));
        }
        for text in page_text::lines(&self.html) {
            line(&mut out, "| ", &stable(&text));
        }
        for token in &self.given {
            if let Some(says) = &token.says {
                line(&mut out, "* ", &stable(&format!("{} says {says}", token.text)));
            }
        }
        for refusal in &self.refused {
            line(&mut out, "* the browser refuses ", refusal);
        }
        self.tell_what_is_held(&mut out, stable, news);
        out
    }

    fn tell_what_is_held(
        &self,
        out: &mut String,
        stable: &impl Fn(&str) -> String,
        news: &mut News,
    ) {
        let rows = self
            .rows
            .iter()
            .map(|row| stable(&row.tell(|record| news.of(&row.id, &stable(record)))));
        let rows: Vec<String> = rows.collect();
        if news.is_new("", &rows) {
            for row in or_nothing(&rows) {
                line(out, "* the server holds ", row);
            }
        }
        let cookies = self.cookies.iter().map(|cookie| stable(&cookie.tell(self.now)));
        let tokens = self.tokens.iter().map(|token| stable(&token.tell()));
        let carried: Vec<String> = cookies.chain(tokens).collect();
        if news.is_new(&self.who, &carried) {
            for it in or_nothing(&carried) {
                line(out, &format!("* {} holds ", self.who), it);
            }
        }
    }

    fn tell_request(&self) -> String {
        let mut out = format!("# {}\n> {} {} HTTP/1.1\n", self.who, self.method, self.path);
        for (name, value) in &self.sent {
            line(&mut out, "> ", &format!("{name}: {value}"));
        }
        if !self.body.is_empty() {
            line(&mut out, ">\n> ", &self.body);
        }
        out
    }
}

/// The length changes with every word of the page. The others are the same on every answer of a
/// step, and say nothing of sessions.
fn is_left_out(name: &str) -> bool {
    let left_out = [
        "content-length",
        "content-security-policy",
        "referrer-policy",
        "x-content-type-options",
    ];
    left_out.contains(&name)
}

fn line(out: &mut String, before: &str, text: &str) {
    writeln!(out, "{before}{text}").expect("a String takes everything");
}

fn or_nothing(held: &[String]) -> impl Iterator<Item = &str> {
    let nothing = held.is_empty().then_some("nothing");
    held.iter().map(String::as_str).chain(nothing)
}

impl Call {
    fn tell(&self, mut record: impl FnMut(&str) -> String) -> String {
        let mut told = format!("{} {}", self.verb, self.id);
        if !self.sent.is_empty() {
            told += &format!(" {}", record(&self.sent));
        }
        if let Some(lives) = self.lives {
            told += &format!(", {}", lives_for(lives));
        }
        if !self.answer.is_empty() {
            told += &format!(" → {}", record(&self.answer));
        }
        told
    }
}

impl Row {
    fn tell(&self, record: impl FnOnce(&str) -> String) -> String {
        let data = record(&self.data);
        let data = if self.id.is_empty() { data } else { format!("{} {data}", self.id) };
        match self.lives {
            Some(lives) => format!("{data}, {}", lives_for(lives)),
            None => data,
        }
    }
}

impl Held {
    fn tell(&self, now: OffsetDateTime) -> String {
        let attributes = self.attributes().join(", ");
        let attributes =
            if attributes.is_empty() { String::new() } else { format!(" ({attributes})") };
        format!("{}={}{attributes}, {}", self.name, self.value, self.lives(now))
    }

    /// `for 14 days`, or `until the browser closes`.
    pub fn lives(&self, now: OffsetDateTime) -> String {
        match self.expires {
            Some(end) => format!("for {}", span(end - now)),
            None => "until the browser closes".to_owned(),
        }
    }
}
