//! Who gets in.

use std::sync::Arc;

use axum::http::StatusCode;

use crate::{
    error::Error,
    members::{
        accounts::Accounts,
        credentials::{is_good_name, is_text},
        password,
        tries::Tries,
    },
};

// ANCHOR: door
/// Who decides who gets in.
#[derive(Clone)]
pub(crate) struct Door {
    pub(crate) accounts: Arc<dyn Accounts>,
    tries: Arc<Tries>,
}

/// Why somebody does not get in.
#[derive(Clone, Copy, PartialEq)]
pub(crate) enum Refusal {
    /// The same for a name that nobody has and for a wrong password.
    Wrong,
    TooOften,
}

impl Door {
    pub(crate) fn new(accounts: impl Accounts) -> Self {
        Self { accounts: Arc::new(accounts), tries: Arc::default() }
    }

    /// Lets in whoever has this name and this password.
    pub(crate) async fn try_password(
        &self,
        name: &str,
        password: String,
    ) -> Result<Result<(), Refusal>, Error> {
        if !is_good_name(name) || !is_text(&password) {
            return Ok(Err(Refusal::Wrong));
        }
        if !self.tries.allow(name) {
            return Ok(Err(Refusal::TooOften));
        }
        let account = self.accounts.find(name).await;
        let hash = account.map(|account| account.password_hash);
        if !password::fits(password, hash).await? {
            return Ok(Err(Refusal::Wrong));
        }
        self.tries.forget(name);
        Ok(Ok(()))
    }
}
// ANCHOR_END: door

impl Refusal {
    pub(crate) fn status(self) -> StatusCode {
        match self {
            Self::Wrong => StatusCode::FORBIDDEN,
            Self::TooOften => StatusCode::TOO_MANY_REQUESTS,
        }
    }

    pub(crate) fn why(self) -> &'static str {
        match self {
            Self::Wrong => "There is no member with this name and this password.",
            Self::TooOften => "Too many tries. Wait a minute.",
        }
    }
}
