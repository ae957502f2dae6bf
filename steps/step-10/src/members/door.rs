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

/// Who decides who gets in.
#[derive(Clone)]
pub(crate) struct Door {
    pub(crate) accounts: Arc<dyn Accounts>,
    guesses: Arc<Tries>,
    new_members: Arc<Tries>,
}

/// Why somebody does not get in.
#[derive(Clone, Copy)]
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
            guesses: Arc::new(Tries::new(GUESSES)),
            new_members: Arc::new(Tries::new(NEW_MEMBERS)),
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
        if let Err(pause) = self.guesses.allow(name) {
            let refusal = Refusal::TooOften(pause);
            return Ok(Err(refusal.logged(account.as_ref())));
        }
        let hash = account.as_ref().map(|account| account.password_hash.clone());
        if !password::fits(password, hash).await? {
            return Ok(Err(Refusal::Wrong.logged(account.as_ref())));
        }
        self.guesses.forget(name);
        Ok(Ok(()))
    }

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
