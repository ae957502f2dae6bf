//! Who gets in.

use std::sync::Arc;

use axum::http::StatusCode;

use crate::{
    error::Error,
    members::{
        accounts::{Account, Accounts},
        credentials::{is_good_name, is_text},
        password,
        tries::Tries,
    },
    store::sessions::Sessions,
};

/// Who decides who gets in, and what is known of those who are.
#[derive(Clone)]
pub(crate) struct Door {
    pub(crate) accounts: Arc<dyn Accounts>,
    pub(crate) sessions: Arc<dyn Sessions>,
    tries: Arc<Tries>,
}

/// Why somebody does not get in.
#[derive(Clone, Copy, PartialEq)]
pub(crate) enum Refusal {
    /// The same for a name that nobody has, a wrong password, and an account that is
    /// disabled.
    Wrong,
    TooOften,
}

impl Door {
    pub(crate) fn new(accounts: impl Accounts, sessions: impl Sessions) -> Self {
        let (accounts, sessions) = (Arc::new(accounts), Arc::new(sessions));
        Self { accounts, sessions, tries: Arc::default() }
    }

    /// The account of whoever has this name and this password.
    pub(crate) async fn try_password(
        &self,
        name: &str,
        password: String,
    ) -> Result<Result<Account, Refusal>, Error> {
        if !is_good_name(name) || !is_text(&password) {
            return Ok(Err(Refusal::Wrong));
        }
        if !self.tries.allow(name) {
            return Ok(Err(Refusal::TooOften));
        }
        let account = self.accounts.find(name).await;
        let account = account.filter(|account| !account.is_disabled);
        let hash = account.as_ref().map(|account| account.password_hash.clone());
        let fits = password::fits(password, hash).await?;
        let Some(account) = account.filter(|_| fits) else {
            return Ok(Err(Refusal::Wrong));
        };
        self.tries.forget(name);
        Ok(Ok(account))
    }
}

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
