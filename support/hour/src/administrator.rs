//! Who ends all sessions.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

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

/// Lets the administrator in, however often that takes.
pub(crate) fn sign_in(board: &Arc<Board>) -> Administrator {
    let wire = Wire::to(board.ports[0], "10.2.0.1".to_owned());
    let mut administrator = Administrator { wire, cookie: String::new() };
    let form = format!("name=administrator&password={ADMINISTRATOR}").replace(' ', "+");
    administrator.ask_until(303, ("POST", "/sign-in"), &form);
    administrator
}

impl Administrator {
    /// Ends all sessions, and says how long that took.
    pub(crate) fn end_all(&mut self) -> Duration {
        let page = self.ask_until(200, ("GET", "/administrator"), "").body;
        let form = format!("token={}", page::token(&page).unwrap_or_default());
        let since = Instant::now();
        self.ask_until(303, ("POST", "/administrator/end-all"), &form);
        since.elapsed()
    }

    fn ask_until(&mut self, status: u16, what: (&str, &str), form: &str) -> Answer {
        loop {
            let Ok(answer) = self.wire.ask(what, &self.cookie, form) else { continue };
            if let Some(cookie) = answer.cookies.last() {
                self.cookie.clone_from(cookie);
            }
            if answer.status == status {
                return answer;
            }
        }
    }
}
