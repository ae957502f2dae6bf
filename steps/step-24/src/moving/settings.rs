//! Reading from the environment where visitors come from.

use std::{ffi::OsString, path::Path, sync::Arc};

use redis::Client;
use zeroize::Zeroizing;

use crate::{
    moving::{in_redis::InRedis, kept::Moving},
    session::key_file,
};

/// What the names of this server's own keys in Redis begin with.
const OURS: &str = "tea:";

impl Moving {
    /// Reads `MOVE_FROM`, the Redis in which Express keeps its sessions, `MOVE_SECRETS`, a
    /// file with its secrets, one a line and the newest first, `MOVE_COOKIE` and
    /// `MOVE_PREFIX`, of which `var` gives the value. None if nobody moves.
    ///
    /// # Errors
    /// Says in one line which of them is wrong, and what it would be.
    pub fn parse(
        var: impl Fn(&str) -> Option<OsString>,
    ) -> Result<Option<Self>, String> {
        let text = |name: &str| match var(name).map(OsString::into_string) {
            Some(Ok(text)) => Ok(Some(text)),
            Some(Err(_)) => Err(format!("{name} is no text.")),
            None => Ok(None),
        };
        let Some(from) = text("MOVE_FROM")? else {
            let others = ["MOVE_SECRETS", "MOVE_COOKIE", "MOVE_PREFIX"];
            return match others.into_iter().find(|name| var(name).is_some()) {
                Some(name) => Err(format!("{name} is set, and MOVE_FROM is not.")),
                None => Ok(None),
            };
        };
        let secrets = var("MOVE_SECRETS").ok_or(
            "MOVE_FROM needs MOVE_SECRETS, a file with the secrets of Express, \
             one a line, the newest first.",
        )?;
        let cookie = text("MOVE_COOKIE")?.unwrap_or("connect.sid".to_owned());
        let prefix = text("MOVE_PREFIX")?.unwrap_or("sess:".to_owned());
        Ok(Some(Self {
            secrets: read(secrets.as_ref())
                .map_err(|why| format!("MOVE_SECRETS {why}"))?,
            cookie: name(cookie)?,
            kept: Arc::new(InRedis {
                client: client(&from)?,
                prefix: apart(prefix)?,
            }),
        }))
    }
}

/// The lines of the file, which nobody but its owner may read.
fn read(file: &Path) -> Result<Arc<[Zeroizing<String>]>, String> {
    let told = |why| format!("{}: {why}.", key_file::called(file));
    let text = key_file::text_of(file).map_err(told)?;
    let lines = text.lines().filter(|line| !line.is_empty());
    let secrets: Arc<[_]> =
        lines.map(|line| Zeroizing::new(line.to_owned())).collect();
    if secrets.is_empty() {
        return Err(told("there is no secret in it".to_owned()));
    }
    Ok(secrets)
}

fn client(from: &str) -> Result<Client, String> {
    let url = Some(from).filter(|it| it.starts_with("redis://"));
    // What is wrong with it, the error would say with the password in it.
    url.and_then(|url| Client::open(url).ok()).ok_or(
        "MOVE_FROM is not such as redis://localhost:6379, and sentinels and clusters \
         are not asked."
            .to_owned(),
    )
}

/// A name that a cookie can have, and that is not our own cookie's.
fn name(cookie: String) -> Result<String, String> {
    let is_letter = |it: u8| it.is_ascii_alphanumeric() || b"-._".contains(&it);
    if cookie.is_empty() || !cookie.bytes().all(is_letter) || cookie == "__Host-id"
    {
        return Err("MOVE_COOKIE is not such as connect.sid.".to_owned());
    }
    Ok(cookie)
}

/// A prefix under which none of our own keys is: else a session of ours could be taken for
/// one of Express.
fn apart(prefix: String) -> Result<String, String> {
    if prefix.starts_with(OURS) || OURS.starts_with(&prefix) {
        return Err(
            "MOVE_PREFIX is not such as sess:, apart from our own keys.".to_owned()
        );
    }
    Ok(prefix)
}
