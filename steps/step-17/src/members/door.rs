//! Who gets in.

use std::{sync::Arc, time::Duration};

use axum::{
    http::{StatusCode, header},
    response::{IntoResponse, Response},
};

use crate::{
    error::{Error, brief},
    members::{
        credentials::{is_good_name, is_text},
        password,
        tries::Tries,
    },
    store::{
        accounts::{Account, Accounts},
        sessions::Sessions,
    },
};

/// So many new members a minute, whoever they are: a stranger has no name yet to count by.
const NEW_MEMBERS: u32 = 10;

/// So many wrong passwords a minute for one name, or in one session.
const GUESSES: u32 = 5;

/// Who decides who gets in, and what is known of those who are.
#[derive(Clone)]
pub(crate) struct Door {
    pub(crate) accounts: Arc<dyn Accounts>,
    pub(crate) sessions: Arc<dyn Sessions>,
    guesses: Arc<Tries<GUESSES>>,
    guesses_inside: Arc<Tries<GUESSES>>,
    new_members: Arc<Tries<NEW_MEMBERS>>,
}

/// Why somebody does not get in.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Refusal {
    /// The same for a name that nobody has, a wrong password, and an account that is
    /// disabled.
    Wrong,
    /// There were too many tries. Says how long there are no others.
    TooOften(Duration),
}

impl Door {
    pub(crate) fn new(accounts: impl Accounts, sessions: impl Sessions) -> Self {
        Self {
            accounts: Arc::new(accounts),
            sessions: Arc::new(sessions),
            guesses: Arc::default(),
            guesses_inside: Arc::default(),
            new_members: Arc::default(),
        }
    }

    /// The account of whoever has this name and this password. Who is signed in is counted
    /// by the handle of the session, which stays the same when the identifier changes, and
    /// waits apart from strangers.
    pub(crate) async fn try_password(
        &self,
        handle: Option<&str>,
        name: &str,
        password: String,
    ) -> Result<Result<Account, Refusal>, Error> {
        let (guesses, by, room) = match handle {
            Some(handle) => (&self.guesses_inside, handle, &password::MEMBERS),
            None => (&self.guesses, name, &password::STRANGERS),
        };
        if !is_good_name(name) || !is_text(&password) {
            return Ok(Err(Refusal::Wrong.logged(None)));
        }
        let account = self.accounts.find(name).await?;
        let known = account.as_ref();
        if let Err(pause) = guesses.allow(by) {
            return Ok(Err(Refusal::TooOften(pause).logged(known)));
        }
        let open = known.filter(|account| !account.is_disabled);
        let hash = open.map(|account| account.password_hash.clone());
        let fits = password::fits(room, password, hash).await?;
        let Some(account) = open.filter(|_| fits) else {
            return Ok(Err(Refusal::Wrong.logged(known)));
        };
        guesses.forget(by);
        Ok(Ok(account.clone()))
    }

    /// Whether somebody may register, which takes a hash.
    pub(crate) fn try_to_register(&self) -> Result<(), Refusal> {
        self.new_members.allow("anybody").map_err(Refusal::TooOften)
    }
}

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
