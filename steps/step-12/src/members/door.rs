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
    store::strict::Sessions,
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
    guesses: Arc<Tries>,
    guesses_inside: Arc<Tries>,
    new_members: Arc<Tries>,
}

/// Why somebody does not get in.
#[derive(Clone, Copy)]
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
            guesses: Arc::new(Tries::new(GUESSES)),
            guesses_inside: Arc::new(Tries::new(GUESSES)),
            new_members: Arc::new(Tries::new(NEW_MEMBERS)),
        }
    }

    // ANCHOR: try_password
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
        let known = self.accounts.find(name).await;
        if let Err(pause) = guesses.allow(by) {
            return Ok(Err(Refusal::TooOften(pause).logged(known.as_ref())));
        }
        let account = known.as_ref().filter(|account| !account.is_disabled);
        let hash = account.map(|account| account.password_hash.clone());
        let fits = password::fits(room, password, hash).await?;
        let Some(account) = account.filter(|_| fits) else {
            return Ok(Err(Refusal::Wrong.logged(known.as_ref())));
        };
        guesses.forget(by);
        Ok(Ok(account.clone()))
    }
    // ANCHOR_END: try_password

    /// Whether somebody may register: that takes a hash, and a place among the accounts.
    pub(crate) fn try_to_register(&self) -> Result<(), Refusal> {
        self.new_members.allow("anybody").map_err(|pause| {
            tracing::warn!("too many want to register");
            Refusal::TooOften(pause)
        })
    }
}

impl Refusal {
    /// Tells the log. The name of a member only: another one may be a password, given in
    /// the wrong field.
    fn logged(self, account: Option<&Account>) -> Self {
        let why = match self {
            Self::Wrong => "wrong",
            Self::TooOften(_) => "too often",
        };
        let member = account.map(|account| brief(&account.name));
        tracing::warn!(why, member, "a password is refused");
        self
    }

    /// What the visitor is to read.
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
