//! Passwords: kept as a hash that is slow to compute, and computed where it stops nobody.

use std::sync::Arc;

use argon2::{
    Argon2,
    password_hash::{
        self, PasswordHash, PasswordHasher, PasswordVerifier, SaltString,
        rand_core::OsRng,
    },
};
use prometheus_client::metrics::gauge::Gauge;
use tokio::{runtime::Handle, sync::Semaphore};
use unicode_normalization::UnicodeNormalization;

use crate::{error::Error, watch::metrics::OneMore};

/// Where passwords are hashed. Each hash takes 19 MiB while it is computed: more at once
/// would be an attack.
#[derive(Clone)]
pub(crate) struct Room {
    places: Arc<Semaphore>,
    /// Those that are computed, or wait to be.
    open: Gauge,
}

impl Room {
    pub(crate) fn new(places: usize, open: &Gauge) -> Self {
        Self { places: Arc::new(Semaphore::new(places)), open: open.clone() }
    }
}

/// The hash of a password that nobody has.
const NOBODYS: &str = "$argon2id$v=19$m=19456,t=2,p=1$M6qj0ES1cB0GAQcmuuNdvg$dWbnRvY8W/qUDy0uBdN7R8Uf3qxvEhBMa/4s83VHtSA";

/// A new hash of this password, with argon2id and the parameters that OWASP asks for:
/// 19 MiB, two passes, one lane.
pub(crate) async fn hash(room: &Room, password: String) -> Result<String, Error> {
    off_the_async_threads(room, move || {
        let salt = SaltString::generate(&mut OsRng);
        let password = prepared(&password);
        let hash = Argon2::default().hash_password(password.as_bytes(), &salt)?;
        Ok(hash.to_string())
    })
    .await
}

/// Whether this is the password of that hash. Where there is no hash it is not, and to
/// find out takes as long.
pub(crate) async fn fits(
    room: &Room,
    password: String,
    hash: Option<String>,
) -> Result<bool, Error> {
    let is_known = hash.is_some();
    let hash = hash.unwrap_or_else(|| NOBODYS.to_owned());
    let fits = off_the_async_threads(room, move || {
        let hash = PasswordHash::new(&hash)?;
        let password = prepared(&password);
        match Argon2::default().verify_password(password.as_bytes(), &hash) {
            Err(password_hash::Error::Password) => Ok(false),
            outcome => outcome.map(|()| true),
        }
    });
    Ok(fits.await? && is_known)
}

/// A password as RFC 8265 compares it: two keyboards may send one letter in two ways.
fn prepared(password: &str) -> String {
    password.nfc().map(|c| if c.is_whitespace() { ' ' } else { c }).collect()
}

async fn off_the_async_threads<T: Send + 'static>(
    room: &Room,
    work: impl FnOnce() -> password_hash::Result<T> + Send + 'static,
) -> Result<T, Error> {
    let Ok(runtime) = Handle::try_current() else {
        // As in the page of this book: there are no async threads to stay off.
        return work().map_err(|why| Error::Password(why.to_string()));
    };
    let _open = OneMore::of(&room.open);
    let place = room.places.clone().acquire_owned().await;
    let place = place.map_err(|why| Error::Password(why.to_string()))?;
    // Goes with the work, which goes on when the visitor hangs up.
    let outcome = runtime
        .spawn_blocking(move || {
            let _place = place;
            work()
        })
        .await;
    let outcome = outcome.map_err(|why| Error::Password(why.to_string()))?;
    outcome.map_err(|why| Error::Password(why.to_string()))
}
