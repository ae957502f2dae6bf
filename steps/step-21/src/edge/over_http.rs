//! A provider that is asked over HTTP.

use std::{fmt, sync::Arc, time::Duration};

use async_trait::async_trait;
use base64::{
    Engine,
    prelude::{BASE64_STANDARD, BASE64_URL_SAFE_NO_PAD},
};
use serde::{Deserialize, de::DeserializeOwned};
use time::OffsetDateTime;
use tokio::{sync::Semaphore, task};
use ureq::Agent;
use zeroize::Zeroizing;

use crate::edge::provider::{Agreed, Provider, Silence, Subject};

/// How long the provider may take for its answer, all in all.
const PATIENCE: Duration = Duration::from_secs(5);

/// No answer of a provider is longer, in bytes.
const LONGEST: u64 = 64 * 1024;

/// Nobody waits for a thread: a provider that hangs would keep them all.
const AT_ONCE: usize = 8;

/// A provider that is asked over HTTP.
pub(super) struct OverHttp {
    agreed: Agreed,
    /// What this server proves with that it is the one, as a header says it.
    credentials: Arc<Zeroizing<String>>,
    agent: Agent,
    room: Arc<Semaphore>,
}

// ANCHOR: agent
impl OverHttp {
    /// A provider with which this `secret` is shared.
    pub(super) fn new(agreed: Agreed, secret: &str) -> Self {
        let config = Agent::config_builder()
            .timeout_global(Some(PATIENCE))
            .https_only(agreed.issuer.starts_with("https://"))
            // Where it leads, nothing was agreed upon.
            .max_redirects(0)
            .http_status_as_error(false)
            .proxy(None)
            .build();
        let credentials = basic(&agreed.client, secret);
        Self {
            credentials: Arc::new(credentials),
            agent: config.new_agent(),
            room: Arc::new(Semaphore::new(AT_ONCE)),
            agreed,
        }
    }
}

/// A name and a secret as a header (RFC 6749, section 2.3.1).
fn basic(client: &str, secret: &str) -> Zeroizing<String> {
    let encoded = |text| {
        let pair = serde_urlencoded::to_string([("", text)]);
        Zeroizing::new(pair.unwrap_or_default().split_off(1))
    };
    let pair = Zeroizing::new(format!("{}:{}", *encoded(client), *encoded(secret)));
    Zeroizing::new(format!("Basic {}", BASE64_STANDARD.encode(pair.as_bytes())))
}
// ANCHOR_END: agent

/// Nothing of what is secret.
impl fmt::Debug for OverHttp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("OverHttp").field(&self.agreed).finish()
    }
}

#[async_trait]
impl Provider for OverHttp {
    fn agreed(&self) -> &Agreed {
        &self.agreed
    }

    // ANCHOR: exchange
    async fn exchange(
        &self,
        code: &str,
        verifier: &str,
    ) -> Result<Subject, Silence> {
        let form = [
            ("grant_type", "authorization_code"),
            ("code", code),
            ("redirect_uri", &self.agreed.redirect_uri),
            ("code_verifier", verifier),
        ];
        let form = serde_urlencoded::to_string(form).map_err(unclear)?;
        let room = self.room.clone().try_acquire_owned();
        let room = room.map_err(|_| out_of_reach("too many ask at once"))?;
        let (agent, credentials) = (self.agent.clone(), self.credentials.clone());
        let address = format!("{}/token", self.agreed.issuer);
        let asked = task::spawn_blocking(move || {
            let _room = room;
            ask(&agent, &address, &credentials, &form)
        });
        let answer = asked.await.map_err(out_of_reach)??;
        subject(&answer, &self.agreed)
    }
    // ANCHOR_END: exchange
}

fn out_of_reach(why: impl fmt::Display) -> Silence {
    Silence::OutOfReach(why.to_string())
}

fn unclear(why: impl fmt::Display) -> Silence {
    Silence::Unclear(why.to_string())
}

// ANCHOR: ask
fn ask(
    agent: &Agent,
    address: &str,
    credentials: &str,
    form: &str,
) -> Result<Vec<u8>, Silence> {
    let mut answer = agent
        .post(address)
        .header("authorization", credentials)
        .header("content-type", "application/x-www-form-urlencoded")
        .header("accept", "application/json")
        .send(form)
        .map_err(out_of_reach)?;
    let body = answer.body_mut().with_config().limit(LONGEST).read_to_vec();
    let body = body.map_err(|why| match why {
        ureq::Error::BodyExceedsLimit(_) => unclear(why),
        _ => out_of_reach(why),
    })?;
    match answer.status().as_u16() {
        200 => Ok(body),
        400 if error_in(&body) == "invalid_grant" => Err(Silence::Refused),
        status => Err(unclear(format!("status {status} from the provider"))),
    }
}
// ANCHOR_END: ask

#[derive(Deserialize)]
struct Wrong {
    error: String,
}

fn error_in(body: &[u8]) -> String {
    serde_json::from_slice(body)
        .map_or_else(|_| String::new(), |it: Wrong| it.error)
}

#[derive(Deserialize)]
struct Tokens {
    id_token: String,
}

/// What an ID token says (OpenID Connect Core 1.0, section 2).
#[derive(Deserialize)]
struct Claims {
    iss: String,
    sub: String,
    aud: Audience,
    exp: i64,
    #[serde(default)]
    auth_time: i64,
}

/// For whom an ID token is.
#[derive(Deserialize)]
#[serde(untagged)]
enum Audience {
    One(String),
    Several(Vec<String>),
}

impl Audience {
    fn is(&self, client: &str) -> bool {
        match self {
            Self::One(one) => one == client,
            // What is for others as well, another one may have asked for.
            Self::Several(several) => {
                matches!(&several[..], [one] if one == client)
            }
        }
    }
}

// ANCHOR: subject
/// Whom the provider's answer names. The token came from the provider itself, and for this
/// server's secret: its signature would say that once more (section 3.1.3.7).
fn subject(answer: &[u8], agreed: &Agreed) -> Result<Subject, Silence> {
    let Tokens { id_token } = read(answer)?;
    let mut parts = id_token.split('.');
    let claims = parts.nth(1).ok_or_else(|| unclear("this is no ID token"))?;
    let claims = BASE64_URL_SAFE_NO_PAD.decode(claims);
    let claims = claims.map_err(|_| unclear("the ID token is no base64"))?;
    let Claims { iss, sub, aud, exp, auth_time } = read(&claims)?;
    if iss != agreed.issuer || !aud.is(&agreed.client) {
        return Err(unclear("the ID token is another one's"));
    }
    if exp <= OffsetDateTime::now_utc().unix_timestamp() {
        return Err(unclear("the ID token has expired"));
    }
    let proven = OffsetDateTime::from_unix_timestamp(auth_time);
    Ok(Subject { name: sub, proven: proven.map_err(unclear)? })
}
// ANCHOR_END: subject

/// Not what serde says of it: that may repeat what stands there.
fn read<T: DeserializeOwned>(json: &[u8]) -> Result<T, Silence> {
    serde_json::from_slice(json)
        .map_err(|why| unclear(format!("{:?} at {}", why.classify(), why.column())))
}
