//! Who ends all sessions.

use std::time::{Duration, Instant};

use crate::{
    board::Board,
    page,
    shop::ADMINISTRATOR,
    wire::{Answer, Wire},
};

/// The administrator, signed in at the first server.
pub(crate) struct Administrator {
    wire: Wire,
    cookie: String,
}

impl Administrator {
    pub(crate) fn new(board: &Board) -> Self {
        Self { wire: Wire::to(board.ports[0], "10.2.0.1".to_owned()), cookie: String::new() }
    }

    /// Gets in, however often that takes, and comes to the page with the form.
    pub(crate) fn sign_in(&mut self) -> String {
        let form = format!("name=administrator&password={ADMINISTRATOR}").replace(' ', "+");
        loop {
            self.ask(("POST", "/sign-in"), &form);
            if let Some(page) = self.ask(("GET", "/administrator"), "")
                && let Some(token) = page::token(&page.body)
                && page.status == 200
            {
                return token.to_owned();
            }
            self.cookie.clear();
        }
    }

    /// Ends all sessions, however often it takes to ask, and says how long it took.
    pub(crate) fn end_all(&mut self, token: &str) -> Duration {
        let form = format!("token={token}");
        let since = Instant::now();
        // To whoever is not signed in another page is shown.
        let is_done = |it: Answer| it.location.starts_with("/administrator?");
        while !self.ask(("POST", "/administrator/end-all"), &form).is_some_and(is_done) {}
        since.elapsed()
    }

    fn ask(&mut self, what: (&str, &str), form: &str) -> Option<Answer> {
        let answer = self.wire.ask(what, &self.cookie, form).ok()?;
        if let Some(cookie) = answer.cookies.last() {
            self.cookie.clone_from(cookie);
        }
        Some(answer)
    }
}
