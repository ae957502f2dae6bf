//! What Memcached must be like before anybody's session is in it.

use std::net::Ipv6Addr;

use tower_sessions::{session::Id, session_store::Error};

use crate::store::{
    account_file::AccountFile,
    memcached::{
        act::{Answer, Memcached, Outcome},
        kept::LONGEST,
    },
};

const NO_CAS: &str = "it keeps no cas numbers, so that nobody sees what others have \
                      written: start it without -C";

impl Memcached {
    /// Opens the Memcached at this address, such as `localhost:11211`. Which sessions a
    /// member has is noted in this file.
    ///
    /// # Errors
    /// Says in one line why it cannot be used.
    pub async fn open(address: &str, notes: AccountFile) -> Result<Self, String> {
        let store = Self::at(checked(address)?, notes);
        store.within(store.try_out()).await.map_err(|failed| failed.why())?;
        Ok(store)
    }

    /// Has it keep the longest session that there may be, and replace it. One that takes
    /// shorter values only would lose a session that grows.
    async fn try_out(&self) -> Answer<()> {
        // Other servers may start at the same moment.
        let key = format!("trial:{}", Id::default());
        let (mut act, _) = self.begin(&key).await?;
        act.set(&key, &[b' '; LONGEST], "T1").await?;
        let replaced = match act.get(&key).await? {
            Some(found) => act.replace(&key, &found, b" ", "T1").await?,
            None => Outcome::Gone,
        };
        act.delete(&key).await?;
        act.done();
        match replaced {
            Outcome::Changed => Err(Error::Backend(NO_CAS.to_owned()).into()),
            _ => Ok(()),
        }
    }
}

/// An address as it follows on `memcached://`. Memcached knows no names, passwords or
/// databases: whoever writes one there believes in a lock that is none.
///
/// # Errors
/// Says in one line what it has to be like.
pub fn checked(address: &str) -> Result<&str, String> {
    let parts = address.rsplit_once(':').filter(|(host, port)| {
        let is_host = |c: char| c.is_ascii_alphanumeric() || "-._".contains(c);
        let inner = host.strip_prefix('[').and_then(|it| it.strip_suffix(']'));
        let is_ipv6 = inner.is_some_and(|it| it.parse::<Ipv6Addr>().is_ok());
        let is_name = !host.is_empty() && host.chars().all(is_host);
        (is_name || is_ipv6) && port.parse::<u16>().is_ok_and(|port| port > 0)
    });
    match parts {
        Some(_) => Ok(address),
        None => Err("its address has to be host:port, and nothing more".to_owned()),
    }
}
