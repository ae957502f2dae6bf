//! Who gets in.

use std::{sync::Arc, time::Duration};

use axum::{
    http::{StatusCode, header},
    response::{IntoResponse, Response},
};

use crate::{
    edge::provider::Provider,
    error::{Error, brief},
    members::{
        credentials::{is_good_name, is_text},
        password,
        tries::Tries,
    },
    store::{
        accounts::{Account, Accounts},
        again,
        orders::Orders,
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
    pub(crate) orders: Arc<dyn Orders>,
    pub(crate) sessions: Arc<dyn Sessions>,
    /// Who else may say who somebody is.
    pub(crate) provider: Option<Arc<dyn Provider>>,
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
    /// Somebody has this name.
    Taken,
}

impl Door {
    pub(crate) fn new(
        members: impl Accounts + Orders,
        sessions: impl Sessions,
        provider: Option<Arc<dyn Provider>>,
    ) -> Self {
        let members = Arc::new(members);
        Self {
            accounts: members.clone(),
            orders: members,
            sessions: Arc::new(sessions),
            provider,
            guesses: Arc::default(),
            guesses_inside: Arc::default(),
            new_members: Arc::default(),
        }
    }

    /// The name of the other server at which members may sign in.
    pub(crate) fn elsewhere(&self) -> Option<&str> {
        self.provider.as_ref().map(|provider| provider.agreed().host())
    }

    /// The account of whoever has this name and this password. Who is signed in is counted
    /// by the handle of the session, which stays the same when the identifier changes, and
    /// waits apart from strangers. However often the request is run, that is one try.
    pub(crate) async fn try_password(
        &self,
        handle: Option<&str>,
        name: &str,
        password: String,
    ) -> Result<Result<Account, Refusal>, Error> {
        again::once("try_password", self.check(handle, name, password)).await
    }

    async fn check(
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
        let hash = open.filter(|account| account.has_password());
        let hash = hash.map(|account| account.password_hash.clone());
        let fits = password::fits(room, password, hash).await?;
        let Some(account) = open.filter(|_| fits) else {
            return Ok(Err(Refusal::Wrong.logged(known)));
        };
        guesses.forget(by);
        if handle.is_some() {
            tracing::info!(member = name, "gives the password once more");
        }
        Ok(Ok(account.clone()))
    }

    /// A new account for whoever has this name and this password by now. However often the
    /// request is run, that is one account.
    pub(crate) async fn register(
        &self,
        name: String,
        password: String,
    ) -> Result<Result<Account, Refusal>, Error> {
        again::act("register", self.add(name, password)).await
    }

    async fn add(
        &self,
        name: String,
        password: String,
    ) -> Result<Result<Account, Refusal>, Error> {
        if let Err(pause) = self.new_members.allow("anybody") {
            return Ok(Err(Refusal::TooOften(pause)));
        }
        let hash = password::hash(&password::STRANGERS, password).await?;
        let account = Account::new(name, hash);
        let is_new = self.accounts.add(account.clone()).await?;
        Ok(if is_new { Ok(account) } else { Err(Refusal::Taken) })
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
            Self::Taken => "This name is taken.",
        }
    }

    /// The answer, with the page that says so.
    pub(crate) fn answer(self, page: impl IntoResponse) -> Response {
        match self {
            Self::Wrong => (StatusCode::FORBIDDEN, page).into_response(),
            Self::Taken => (StatusCode::CONFLICT, page).into_response(),
            Self::TooOften(pause) => {
                let seconds = pause.as_secs_f64().ceil().to_string();
                let retry_after = [(header::RETRY_AFTER, seconds)];
                (StatusCode::TOO_MANY_REQUESTS, retry_after, page).into_response()
            }
        }
    }
}
