//! The records of Express in Redis, as connect-redis keeps them.

use async_trait::async_trait;
use redis::{AsyncConnectionConfig, AsyncTypedCommands, Client, RedisResult};
use tokio::time;

use crate::{moving::kept::Kept, store::redis::PATIENCE};

/// A longer record holds no basket that somebody has filled. In bytes.
const LONGEST: usize = 64 * 1024;

/// One Redis, and what stands there before each identifier.
pub(super) struct InRedis {
    pub(super) client: Client,
    pub(super) prefix: String,
}

#[async_trait]
impl Kept for InRedis {
    async fn take(&self, sid: &str) -> Result<Option<Vec<u8>>, String> {
        let key = format!("{}{sid}", self.prefix);
        match time::timeout(PATIENCE, self.take_key(&key)).await {
            Ok(taken) => taken.map_err(|why| why.to_string()),
            Err(_) => Err(format!("no answer in {} s", PATIENCE.as_secs())),
        }
    }
}

impl InRedis {
    // ANCHOR: take
    /// Over a connection of its own: a visitor moves once, and a Redis that was away is
    /// found again.
    async fn take_key(&self, key: &str) -> RedisResult<Option<Vec<u8>>> {
        // Whoever calls this limits the time.
        let config = AsyncConnectionConfig::new()
            .set_connection_timeout(None)
            .set_response_timeout(None);
        let client = &self.client;
        let mut redis =
            client.get_multiplexed_async_connection_with_config(&config).await?;
        if redis.strlen(key).await? > LONGEST {
            tracing::warn!("a session of Express is too long, and ends");
            redis.del(key).await?;
            return Ok(None);
        }
        redis::Cmd::get_del(key).query_async(&mut redis).await
    }
    // ANCHOR_END: take
}
