//! Who gets in.

use std::{sync::Arc, time::Duration};

use axum::{
    http::{StatusCode, header},
    response::{IntoResponse, Response},
};

use crate::{
    error::{Error, brief},
    members::{
        accounts::{Account, Accounts},
        credentials::{is_good_name, is_text},
        password,
        tries::Tries,
    },
};

/// So many new members a minute, whoever they are: a stranger has no name yet to count by.
const NEW_MEMBERS: u32 = 10;

/// So many wrong passwords a minute for one name.
const GUESSES: u32 = 5;

// ANCHOR: door
/// Who decides who gets in.
#[derive(Clone)]
pub(crate) struct Door {
    pub(crate) accounts: Arc<dyn Accounts>,
    guesses: Arc<Tries<GUESSES>>,
    new_members: Arc<Tries<NEW_MEMBERS>>,
}

/// Why somebody does not get in.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Refusal {
    /// The same for a name that nobody has and for a wrong password.
    Wrong,
    /// There were too many tries. Says how long there are no others.
    TooOften(Duration),
}

impl Door {
    pub(crate) fn new(accounts: impl Accounts) -> Self {
        Self {
            accounts: Arc::new(accounts),
            guesses: Arc::default(),
            new_members: Arc::default(),
        }
    }

    /// Lets in whoever has this name and this password.
    pub(crate) async fn try_password(
        &self,
        name: &str,
        password: String,
    ) -> Result<Result<(), Refusal>, Error> {
        if !is_good_name(name) || !is_text(&password) {
            return Ok(Err(Refusal::Wrong.logged(None)));
        }
        let account = self.accounts.find(name).await;
        let known = account.as_ref();
        if let Err(pause) = self.guesses.allow(name) {
            return Ok(Err(Refusal::TooOften(pause).logged(known)));
        }
        let hash = known.map(|account| account.password_hash.clone());
        if !password::fits(password, hash).await? {
            return Ok(Err(Refusal::Wrong.logged(known)));
        }
        self.guesses.forget(name);
        Ok(Ok(()))
    }
    // ANCHOR_END: door

    /// Whether somebody may register, which takes a hash.
    pub(crate) fn try_to_register(&self) -> Result<(), Refusal> {
        self.new_members.allow("anybody").map_err(Refusal::TooOften)
    }
}

// ANCHOR: refusal
impl Refusal {
    /// Tells the log. Not a name that nobody has: it may be a password, misplaced.
    fn logged(self, account: Option<&Account>) -> Self {
        let member = account.map(|account| brief(&account.name));
        tracing::warn!(why = ?self, member, "a password is refused");
        self
    }

    pub(crate) fn why(self) -> &'static str {
        match self {
            Self::Wrong => "There is no member with this name and this password.",
            Self::TooOften(_) => "Too many tries. Wait a minute.",
        }
    }

    /// The answer, with the page that says so.
    pub(crate) fn answer(self, page: impl IntoResponse) -> Response {
        match self {
            Self::Wrong => (StatusCode::FORBIDDEN, page).into_response(),
            Self::TooOften(pause) => {
                let seconds = pause.as_secs_f64().ceil().to_string();
                let retry_after = [(header::RETRY_AFTER, seconds)];
                (StatusCode::TOO_MANY_REQUESTS, retry_after, page).into_response()
            }
        }
    }
}
// ANCHOR_END: refusal
