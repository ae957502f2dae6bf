//! Signing in by what another server says.

use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;
use time::{Duration, OffsetDateTime};
use tower_sessions::{Session, session::Id};

use crate::{
    edge::{
        address::Address,
        provider::{Agreed, Provider, Silence, Subject},
    },
    error::Error,
    members::{credentials::is_good_name, door::Door, next::Next, step_up::Then},
    session::lifetime,
    store::accounts::Account,
};

const KEY: &str = "trip";

/// Who does not come back sooner has to set out again.
const LONGEST: Duration = Duration::minutes(10);

/// What a session knows of its visitor's way to the provider. There is one at a time.
#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct Trip {
    /// What whoever comes back must bring along: nobody else's way ends in this session.
    state: String,
    /// What the code is good for nothing without. It goes to the provider alone.
    verifier: String,
    #[serde(with = "time::serde::rfc3339")]
    begun: OffsetDateTime,
    pub(crate) purpose: Purpose,
}

/// What it is good for that the provider says who somebody is.
#[derive(Clone, Serialize, Deserialize)]
pub(crate) enum Purpose {
    /// To sign in, and to go on there.
    SignIn(Next),
    /// In the place of the password once more.
    Confirm(Then),
}

/// Sets out for the provider: says at which address it asks who somebody is.
pub(crate) async fn leave(
    session: &Session,
    agreed: &Agreed,
    purpose: Purpose,
) -> Result<String, Error> {
    let trip = Trip {
        state: Id::default().to_string(),
        // One identifier would be too short (RFC 7636, section 4.1).
        verifier: format!("{}{}", Id::default(), Id::default()),
        begun: OffsetDateTime::now_utc(),
        purpose,
    };
    let address = trip.address(agreed);
    session.insert(KEY, trip).await?;
    Ok(address)
}

impl Trip {
    fn address(&self, agreed: &Agreed) -> String {
        let challenge =
            BASE64_URL_SAFE_NO_PAD.encode(Sha256::digest(&self.verifier));
        let mut asked = vec![
            ("response_type", "code"),
            ("client_id", &agreed.client),
            ("redirect_uri", &agreed.redirect_uri),
            ("scope", "openid"),
            ("state", &self.state),
            ("code_challenge", &challenge),
            ("code_challenge_method", "S256"),
        ];
        if matches!(self.purpose, Purpose::Confirm(_)) {
            asked.extend([("prompt", "login"), ("max_age", "0")]);
        }
        let asked = serde_urlencoded::to_string(asked).unwrap_or_default();
        format!("{}/authorize?{asked}", agreed.issuer)
    }

    fn is_over(&self) -> bool {
        let age = OffsetDateTime::now_utc() - self.begun;
        age >= LONGEST || age < -lifetime::APART
    }

    /// Whether somebody has proven it on this way, and not before.
    pub(crate) fn is_proof(&self, subject: &Subject) -> bool {
        subject.proven >= self.begun - lifetime::APART
    }
}

/// Ends the way of a session that becomes a member's: somebody else may have begun it.
pub(crate) async fn give_up(session: &Session) -> Result<(), Error> {
    session.remove_value(KEY).await?;
    Ok(())
}

/// What somebody brings along who comes from the provider.
#[derive(Deserialize, Serialize)]
pub(crate) struct Brought {
    #[serde(skip_serializing_if = "Option::is_none")]
    code: Option<String>,
    state: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    iss: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<String>,
}

/// Ends the way of this session's visitor: once, whatever comes of it.
pub(crate) async fn come_back(
    door: &Door,
    from: Address,
    session: &Session,
    provider: &dyn Provider,
    brought: &Brought,
) -> Result<(Trip, Subject), Error> {
    let trip: Option<Trip> = session.get(KEY).await?;
    let trip = trip.ok_or(Error::NotBack("nobody of this session has left"))?;
    if !bool::from(trip.state.as_bytes().ct_eq(brought.state.as_bytes())) {
        return Err(Error::NotBack("it is the way of somebody else"));
    }
    session.remove_value(KEY).await?;
    // Of two that bring the same, one saves this first.
    lifetime::save(session).await?;
    if trip.is_over() {
        return Err(Error::NotBack("it has taken too long"));
    }
    if brought.iss.as_deref() != Some(&provider.agreed().issuer) {
        return Err(Error::NotBack("it comes from another provider"));
    }
    let code = brought.code.as_deref().filter(|_| brought.error.is_none());
    let code = code.ok_or(Error::NotBack("the provider says nothing"))?;
    door.count_code(from)?;
    let subject = provider.exchange(code, &trip.verifier).await?;
    Ok((trip, subject))
}

/// The account of whom the provider names, a new one if there is none. It has no password,
/// and one that has a password is somebody else's.
pub(crate) async fn account(
    door: &Door,
    from: Address,
    agreed: &Agreed,
    subject: &Subject,
) -> Result<Account, Error> {
    let name = name_of(agreed, subject)?;
    let account = match door.accounts.find(&name).await? {
        None => door.register_elsewhere(from, name).await?,
        known => known,
    };
    let account = account.ok_or(Error::NoEntry("somebody has this name"))?;
    if account.has_password() {
        return Err(Error::NoEntry("somebody has registered under this name"));
    }
    if account.is_disabled {
        return Err(Error::NoEntry("the account is disabled"));
    }
    Ok(account)
}

/// What we call whom the provider names. Nobody can register such a name.
fn name_of(agreed: &Agreed, subject: &Subject) -> Result<String, Error> {
    let name = format!("{}@{}", subject.name, agreed.host());
    if is_good_name(&name) {
        Ok(name)
    } else {
        Err(Silence::Unclear("nobody can be called so".to_owned()).into())
    }
}

/// Whether this is the member who has set out, and has proven it since. Who has a password
/// is nobody whom a provider knows.
pub(crate) fn confirms(
    trip: &Trip,
    agreed: &Agreed,
    subject: &Subject,
    member: &Account,
) -> bool {
    !member.has_password()
        && trip.is_proof(subject)
        && name_of(agreed, subject).is_ok_and(|name| name == member.name)
}
