//! Codes: each is good for a minute, and once.

use std::{
    collections::HashMap,
    sync::{Mutex, PoisonError},
    time::Duration,
};

use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use tokio::time::Instant;

/// How long a code is good.
const GOOD: Duration = Duration::from_secs(60);

/// More of them wait for nobody.
const MOST: usize = 1_000;

/// What a code stands for.
pub(crate) struct Grant {
    pub(crate) subject: String,
    pub(crate) redirect_uri: String,
    pub(crate) challenge: String,
    /// When the name was chosen, in seconds since 1970.
    pub(crate) chosen: u64,
}

/// The codes that nobody has brought yet.
#[derive(Default)]
pub(crate) struct Codes(Mutex<HashMap<String, (Grant, Instant)>>);

impl Codes {
    /// A new code. None if too many wait.
    pub(crate) fn issue(&self, grant: Grant) -> Option<String> {
        let mut codes = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        codes.retain(|_, (_, made)| made.elapsed() < GOOD);
        let code = random().filter(|_| codes.len() < MOST)?;
        codes.insert(code.clone(), (grant, Instant::now()));
        Some(code)
    }

    /// What this code stands for, and never again.
    pub(crate) fn take(&self, code: &str) -> Option<Grant> {
        let mut codes = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let (grant, made) = codes.remove(code)?;
        (made.elapsed() < GOOD).then_some(grant)
    }
}

/// A text that nobody guesses.
pub(crate) fn random() -> Option<String> {
    let mut bytes = [0; 32];
    getrandom::fill(&mut bytes).ok()?;
    Some(BASE64_URL_SAFE_NO_PAD.encode(bytes))
}
