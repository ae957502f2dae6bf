//! Who gets in.

use std::{sync::Arc, time::Duration};

use axum::{
    extract::FromRef,
    http::StatusCode,
    response::{IntoResponse, Response},
};

use crate::{
    edge::{address::Address, limits::Limits, provider::Provider},
    error::{Error, brief, retry_after},
    members::{
        credentials::{is_good_name, is_text},
        password::{self, Room},
    },
    store::{
        accounts::{Account, Accounts},
        again,
        orders::Orders,
        sessions::Sessions,
    },
    tokens::issuer::Issuer,
    watch::metrics::{Metrics, SignIn},
};

/// Who decides who gets in, and what is known of those who are.
#[derive(Clone)]
pub(crate) struct Door {
    pub(crate) accounts: Arc<dyn Accounts>,
    pub(crate) orders: Arc<dyn Orders>,
    pub(crate) sessions: Arc<dyn Sessions>,
    /// Who else may say who somebody is.
    pub(crate) provider: Option<Arc<dyn Provider>>,
    /// What gives tokens to programs.
    pub(crate) issuer: Arc<Issuer>,
    pub(crate) metrics: Arc<Metrics>,
    limits: Arc<Limits>,
    strangers: Room,
    /// Who is signed in does not queue behind those who are not.
    pub(crate) members: Room,
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
        limits: Arc<Limits>,
        provider: Option<Arc<dyn Provider>>,
        issuer: Arc<Issuer>,
        metrics: &Arc<Metrics>,
    ) -> Self {
        let members = Arc::new(members);
        Self {
            accounts: members.clone(),
            orders: members,
            sessions: Arc::new(sessions),
            provider,
            issuer,
            metrics: metrics.clone(),
            limits,
            strangers: Room::new(3, &metrics.hashes),
            members: Room::new(1, &metrics.hashes),
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
        from: Address,
        handle: Option<&str>,
        name: &str,
        password: String,
    ) -> Result<Result<Account, Refusal>, Error> {
        again::once("try_password", self.check(from, handle, name, password)).await
    }

    async fn check(
        &self,
        from: Address,
        handle: Option<&str>,
        name: &str,
        password: String,
    ) -> Result<Result<Account, Refusal>, Error> {
        if !is_good_name(name) || !is_text(&password) {
            return Ok(Err(self.refuse(Refusal::Wrong, from, None)));
        }
        let account = self.accounts.find(name).await?;
        let known = account.as_ref();
        let (allowed, room) = match handle {
            Some(handle) => (self.limits.guess_in(from, handle), &self.members),
            None => (self.limits.guess(from, name), &self.strangers),
        };
        if let Err(pause) = allowed {
            return Ok(Err(self.refuse(Refusal::TooOften(pause), from, known)));
        }
        let open = known.filter(|account| !account.is_disabled);
        let hash = open.filter(|account| account.has_password());
        let hash = hash.map(|account| account.password_hash.clone());
        let fits = password::fits(room, password, hash).await?;
        let Some(account) = open.filter(|_| fits) else {
            return Ok(Err(self.refuse(Refusal::Wrong, from, known)));
        };
        match handle {
            Some(handle) => {
                self.limits.was_right_in(handle);
                tracing::info!(member = name, "gives the password once more");
            }
            None => self.limits.was_right(from, name),
        }
        Ok(Ok(account.clone()))
    }

    fn refuse(
        &self,
        refusal: Refusal,
        from: Address,
        account: Option<&Account>,
    ) -> Refusal {
        self.metrics.refused_sign_in(match refusal {
            Refusal::TooOften(_) => SignIn::TooOften,
            Refusal::Wrong | Refusal::Taken => SignIn::Wrong,
        });
        refusal.logged(from, account)
    }

    /// A new account for whoever has this name and this password by now. However often the
    /// request is run, that is one account.
    pub(crate) async fn register(
        &self,
        from: Address,
        name: String,
        password: String,
    ) -> Result<Result<Account, Refusal>, Error> {
        again::act("register", self.add(from, name, password)).await
    }

    async fn add(
        &self,
        from: Address,
        name: String,
        password: String,
    ) -> Result<Result<Account, Refusal>, Error> {
        if let Err(pause) = self.limits.register(from) {
            return Ok(Err(Refusal::TooOften(pause)));
        }
        let hash = password::hash(&self.strangers, password).await?;
        let account = Account::new(name, hash);
        let is_new = self.accounts.add(account.clone()).await?;
        Ok(if is_new { Ok(account) } else { Err(Refusal::Taken) })
    }

    /// Counts a code that the provider is asked about.
    pub(crate) fn count_code(&self, from: Address) -> Result<(), Error> {
        self.limits.ask(from).map_err(Error::TooOften)
    }

    /// A new account for whom a provider calls so, if nobody has this name.
    pub(crate) async fn register_elsewhere(
        &self,
        from: Address,
        name: String,
    ) -> Result<Option<Account>, Error> {
        self.limits.register(from).map_err(Error::TooOften)?;
        let account = Account::elsewhere(name);
        let is_new = self.accounts.add(account.clone()).await?;
        Ok(is_new.then_some(account))
    }
}

impl FromRef<Door> for Arc<Issuer> {
    fn from_ref(door: &Door) -> Self {
        door.issuer.clone()
    }
}

impl Refusal {
    /// Tells the log. Not a name that nobody has: it may be a password, misplaced.
    fn logged(self, from: Address, account: Option<&Account>) -> Self {
        let member = account.map(|account| brief(&account.name));
        tracing::warn!(why = ?self, member, %from, "a password is refused");
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
                let status = StatusCode::TOO_MANY_REQUESTS;
                (status, retry_after(pause), page).into_response()
            }
        }
    }
}
