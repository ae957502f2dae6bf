//! What Memcached must be like before anybody's session is in it.

use crate::store::{
    account_file::AccountFile,
    memcached::{
        act::{Answer, Memcached},
        kept::LONGEST,
    },
};

/// A key of ours that is no session's.
const TRIAL: &str = "session:trial";

impl Memcached {
    /// Opens the Memcached at this address, such as `localhost:11211`. Which sessions a
    /// member has is noted in this file.
    ///
    /// # Errors
    /// Says in one line why it cannot be used.
    pub async fn open(address: &str, notes: AccountFile) -> Result<Self, String> {
        let store = Self::at(address, notes);
        store.within(store.try_out()).await.map_err(|failed| failed.why())?;
        Ok(store)
    }

    /// Has it keep the longest session that there may be. One that takes shorter values
    /// only would lose a session that grows.
    async fn try_out(&self) -> Answer<()> {
        let (mut act, _) = self.begin(TRIAL).await?;
        act.set(TRIAL, &[b' '; LONGEST], "T1").await?;
        act.delete(TRIAL).await?;
        act.done();
        Ok(())
    }
}
