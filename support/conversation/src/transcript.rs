//! The transcript: a conversation as lines of text, in the manner of `curl -v`.
//!
//! `>` is what the browser sent, `<` what the server answered, `|` the page's text, and `*` what
//! happened out of sight: in the store and in the browser's jar.

use std::fmt::Write;

use time::{Duration, OffsetDateTime};

use crate::{
    jar::Held,
    labels::span,
    page_text,
    play::{Conversation, Event, Exchange},
    store::{Call, Row},
};

impl Conversation {
    /// Everything that happened, as a person reads it; identifiers as `<sid-1>`, dates relative.
    pub fn transcript(&self) -> String {
        let told: Vec<String> = self.events.iter().map(|event| self.tell(event)).collect();
        told.join("\n")
    }

    /// The last request and all that came of it, in the same words; empty before the first.
    pub fn last_exchange(&self) -> String {
        let exchanges = |event: &&Event| matches!(event, Event::Exchange(_));
        let last = self.events.iter().rev().find(exchanges);
        last.map(|event| self.tell(event)).unwrap_or_default()
    }

    fn tell(&self, event: &Event) -> String {
        match event {
            Event::Exchange(exchange) => self.stable(&exchange.tell(), exchange.now),
            Event::Passed(time) => format!("# {} pass.\n", span(*time)),
            Event::Said(sentence) => self.labels.apply(&format!("# {sentence}\n")),
        }
    }
}

impl Exchange {
    fn tell(&self) -> String {
        let mut out = if self.goes_on {
            format!("# {}'s {} {} goes on.\n", self.who, self.method, self.path)
        } else {
            self.tell_request()
        };
        for call in &self.calls {
            line(&mut out, "* store: ", &call.tell());
        }
        let Some(status) = self.status else {
            line(&mut out, "* ", "the server has not heard of that yet");
            return out;
        };
        line(&mut out, "< HTTP/1.1 ", &status.to_string());
        // The length says nothing of sessions, and changes with every word of the page.
        for (name, value) in self.received.iter().filter(|(name, _)| name != "content-length") {
            line(&mut out, "< ", &format!("{name}: {value}"));
        }
        for text in page_text::lines(&self.html) {
            line(&mut out, "| ", &text);
        }
        for refusal in &self.refused {
            line(&mut out, "* the browser refuses ", refusal);
        }
        for row in &self.rows {
            line(&mut out, "* the server holds ", &row.tell());
        }
        for cookie in &self.cookies {
            line(&mut out, &format!("* {} holds ", self.who), &cookie.tell(self.now));
        }
        out
    }

    fn tell_request(&self) -> String {
        let mut out = format!("# {}\n> {} {} HTTP/1.1\n", self.who, self.method, self.path);
        for (name, value) in &self.sent {
            line(&mut out, "> ", &format!("{name}: {value}"));
        }
        if !self.form.is_empty() {
            line(&mut out, ">\n> ", &self.form);
        }
        out
    }
}

fn line(out: &mut String, before: &str, text: &str) {
    writeln!(out, "{before}{text}").expect("a String takes everything");
}

impl Call {
    fn tell(&self) -> String {
        let mut told = format!("{} {}", self.verb, self.id);
        if !self.sent.is_empty() {
            told += &format!(" {}", self.sent);
        }
        if let Some(lives) = self.lives {
            told += &format!(", {}", lives_for(lives));
        }
        if !self.answer.is_empty() {
            told += &format!(" → {}", self.answer);
        }
        told
    }
}

impl Row {
    fn tell(&self) -> String {
        let data = if self.id.is_empty() {
            self.data.clone()
        } else {
            format!("{} {}", self.id, self.data)
        };
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

/// `for 14 days`, or `expired`.
pub fn lives_for(lives: Duration) -> String {
    if lives.is_positive() { format!("for {}", span(lives)) } else { "expired".to_owned() }
}
