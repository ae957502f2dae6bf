//! Messages of the database: which sessions have changed, whoever has changed them.

use std::future::{pending, poll_fn};

use tokio::time::{self, Duration};
use tokio_postgres::{AsyncMessage, NoTls};

use crate::store::{
    cache::Cache,
    name::Name,
    postgres::call::{Failed, Postgres, why},
};

/// So long after one connection has ended is the next one made.
const PAUSE: Duration = Duration::from_secs(1);

impl Postgres {
    // ANCHOR: tell
    /// Tells `cache` of each session that changes, for as long as the server runs. While
    /// there are no messages, the cache is closed.
    pub async fn tell(self, cache: Cache) {
        loop {
            let ended = self.listen(&cache).await;
            cache.close();
            let cause = ended.err().map(|cause| why(&cause));
            tracing::warn!(cause, "no messages come: the cache is closed");
            time::sleep(PAUSE).await;
        }
    }

    /// Listens on a connection of its own, until that ends.
    async fn listen(&self, cache: &Cache) -> Result<(), Failed> {
        // Whoever takes the connection may never say a word.
        let connecting = async { Ok(self.config.connect(NoTls).await?) };
        let (client, mut connection) = self.within(connecting).await?;
        let listens = async {
            client.batch_execute("LISTEN sessions").await?;
            cache.open();
            pending().await
        };
        let hears = async {
            while let Some(message) =
                poll_fn(|context| connection.poll_message(context)).await
            {
                hear(message?, cache);
            }
            Ok(())
        };
        tokio::select! { end = listens => end, end = hears => end }
    }
    // ANCHOR_END: tell
}

// ANCHOR: hear
fn hear(message: AsyncMessage, cache: &Cache) {
    if let AsyncMessage::Notification(changed) = message
        && let Ok(name) = changed.payload().parse::<Name>()
    {
        cache.forget(&name);
    }
}
// ANCHOR_END: hear
