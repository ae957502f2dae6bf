//! The one script: a record is replaced only if it is the one that was seen.

use std::sync::LazyLock;

use redis::Script;
use tower_sessions::session_store::Result;

use crate::store::{
    name::Name,
    redis::{
        call::{Outcome, Redis},
        kept::session,
    },
    sessions::{ended, stale},
};

/// Of the key, it looks at the version and writes, and nobody comes in between. A cluster's
/// client may send it twice: what is there already is saved.
static SWAP: LazyLock<Script> = LazyLock::new(|| {
    Script::new(
        r#"local kept = redis.call('GET', KEYS[1])
if not kept then
    return 'ended'
end
if kept == ARGV[2] then
    return 'saved'
end
local version = string.match(kept, '^{"version":(%d+)') or '0'
if version ~= ARGV[1] then
    return 'stale'
end
if ARGV[2] == '' then
    redis.call('DEL', KEYS[1])
else
    redis.call('SET', KEYS[1], ARGV[2], 'PXAT', ARGV[3])
end
return 'saved'"#,
    )
});

impl Redis {
    /// Puts this text in the place of the version that was `seen`, up to its end, in
    /// milliseconds; or nothing, if it is empty. Says why not, if it has another version or
    /// has ended.
    pub(super) async fn swap(
        &self,
        name: &Name,
        seen: i64,
        text: &str,
        end: i64,
    ) -> Outcome<Result<()>> {
        let mut call = SWAP.key(session(name));
        call.arg(seen).arg(text).arg(end);
        let said: String = call.invoke_async(&mut self.way.clone()).await?;
        Ok(match said.as_str() {
            "saved" => Ok(()),
            "stale" => Err(stale()),
            _ => Err(ended()),
        })
    }

    /// Takes the record away, if it still has the version that was `seen`.
    pub(super) async fn take_unchanged(
        &self,
        name: &Name,
        seen: i64,
    ) -> Outcome<Result<()>> {
        self.swap(name, seen, "", 0).await
    }
}
