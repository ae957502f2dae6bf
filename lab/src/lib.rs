//! The lab: every step's own server, with the recorder's browsers before it, compiled for the
//! page.
//!
//! A page asks one line of JSON at a time and gets one line back ([`Lab::ask`]). Compiled for
//! WebAssembly, the lines come by standard input and output, the clock and the randomness are the
//! page's, and waiting takes no time.

mod finish;
mod log;
mod open;
#[cfg(target_family = "wasm")]
mod page;
#[cfg(not(target_family = "wasm"))]
pub mod record;
mod report;
mod steps;

use std::time::Duration;

use conversation::{Conversation, Deed};
use serde_json::Value;

pub use crate::steps::parts;
use crate::{finish::finish, log::Log, open::Open};

/// One step's server, the browsers before it, and all that has happened.
pub struct Lab {
    log: Log,
    wait: Option<fn(Duration)>,
    open: Option<Open>,
}

impl Lab {
    /// A lab with no step open. `wait` moves the clock; without it, the clock stands still, and
    /// time passes by moving all dates into the past.
    pub fn new(wait: Option<fn(Duration)>) -> Self {
        Self { log: Log::default(), wait, open: None }
    }

    /// Answers one question, both of them JSON:
    /// - `{"open": 3, "title": "…"}` opens a step; the title is the ladder's;
    /// - `{"do": "Ada: GET /"}` does what a line of a script says;
    /// - `{"tell": "transcript"}` asks for all that was said, as one text;
    /// - `{"solved": "… .. … ;; …"}` asks whether such events stand in that text, one after the
    ///   other, each with these parts in it, and none that begins with `never `.
    ///
    /// The answer says how things stand, or `{"error": "…"}`; then nothing has changed.
    pub fn ask(&mut self, question: &str) -> String {
        self.try_ask(question).unwrap_or_else(|why| report::error(&why))
    }

    fn try_ask(&mut self, question: &str) -> Result<String, String> {
        let question: Value = serde_json::from_str(question).map_err(|why| why.to_string())?;
        let text = |key: &str| question[key].as_str();
        if let Some(step) = question["open"].as_u64() {
            let title = text("title").unwrap_or("What happens in the lab");
            self.open(step, title)?;
        } else if text("tell").is_some() {
            return Ok(report::transcript(self.open.as_ref().ok_or("no step is open")?));
        } else if let Some(events) = text("solved") {
            return Ok(report::solved(self.open.as_ref().ok_or("no step is open")?, events));
        } else {
            self.perform(text("do").ok_or("ask to open a step, or to do something")?)?;
        }
        let open = self.open.as_mut().ok_or("no step is open")?;
        Ok(report::state(open, &self.log))
    }

    fn open(&mut self, step: u64, title: &str) -> Result<(), String> {
        let server = steps::server(step, None).ok_or_else(|| {
            format!("there is no step {step} in this lab; it has steps {}", known())
        })?;
        let conversation = Conversation::with(title, server);
        let conversation = match self.wait {
            Some(wait) => conversation.waiting(wait),
            None => conversation,
        };
        self.open = Some(Open { step, conversation, done: Vec::new() });
        self.log.clear();
        Ok(())
    }

    fn perform(&mut self, line: &str) -> Result<(), String> {
        let open = self.open.as_mut().ok_or("no step is open")?;
        let deed = Deed::parse(&open.conversation.resolve(line))?;
        let step = open.step;
        let done = open.conversation.perform(deed, |naive| steps::server(step, naive));
        self.log.listen(|| finish(done))?;
        open.done.push(line.to_owned());
        Ok(())
    }
}

/// `1, 2, 3`
fn known() -> String {
    parts().flatten().map(|step| step.to_string()).collect::<Vec<_>>().join(", ")
}
