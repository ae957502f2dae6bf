//! The store of step 16, as a subject.

use std::sync::Arc;

use async_trait::async_trait;
use conformance::{Data, Subject};
use engines::{Cluster, Redis as Engine, Replicated};
use step_16::{name::Name, redis::Redis, sessions::Sessions};
use tower_sessions::{
    SessionStore,
    session::{Id, Record},
    session_store::Result,
};

/// What `redis-cli` says, at each server that has keys.
pub(crate) type Cli = Box<dyn Fn(&[&str]) -> String + Send + Sync>;

/// The one of step 16, in a place that is empty at first.
pub(crate) struct InRedis {
    store: Redis,
    cli: Cli,
}

impl InRedis {
    /// In a database of its own of a Redis that others share.
    pub(crate) async fn new(engine: &Arc<Engine>) -> Self {
        let (url, cli) = database(engine);
        Self { store: Redis::open(&url).await.expect("a Redis"), cli }
    }

    /// In a cluster, which has no databases: it is emptied.
    pub(crate) async fn in_cluster(cluster: &Arc<Cluster>) -> Self {
        let (url, cli) = emptied(cluster);
        Self { store: Redis::open(&url).await.expect("a cluster"), cli }
    }
}

/// A database that nobody has used.
pub(crate) fn database(engine: &Arc<Engine>) -> (String, Cli) {
    let (engine, url) = (Arc::clone(engine), engine.empty());
    let (_, number) = url.rsplit_once('/').expect("it has a number");
    let number = number.to_owned();
    let cli = move |command: &[&str]| engine.cli(&[&["-n", &number], command].concat());
    (url, Box::new(cli))
}

/// A cluster, without what was in it.
pub(crate) fn emptied(cluster: &Arc<Cluster>) -> (String, Cli) {
    let (cluster, url) = (Arc::clone(cluster), cluster.url());
    let cli = move |command: &[&str]| {
        cluster.primaries().iter().map(|master| master.cli(command)).collect::<String>()
    };
    cli(&["FLUSHALL"]);
    (url, Box::new(cli))
}

/// How many keys there are.
pub(crate) fn keys(cli: &Cli) -> usize {
    let counts = cli(&["DBSIZE"]);
    counts.lines().map(|count| count.parse::<usize>().expect("a number")).sum()
}

/// All keys, and what lies under them.
pub(crate) fn dumped(cli: &Cli) -> Vec<u8> {
    let keys = cli(&["KEYS", "*"]);
    let dumped = keys.lines().map(|key| cli(&["--no-raw", "DUMP", key]));
    dumped.fold(keys.clone(), |all, value| all + &value).into_bytes()
}

#[async_trait]
impl Subject for InRedis {
    fn store(&self) -> &dyn SessionStore {
        &self.store
    }

    async fn rotate(&self, before: &Id, record: &mut Record) -> Option<Result<()>> {
        Some(self.store.rotate(&Name::of(before), record).await)
    }

    async fn of_member(&self, member: &str) -> Option<Result<Vec<Data>>> {
        let entries = self.store.entries_of(Some(member)).await;
        Some(entries.map(|entries| entries.into_iter().map(|entry| entry.data).collect()))
    }

    async fn sweep(&self) -> Option<Result<()>> {
        let swept = self.store.delete_expired().await;
        // Records go with Redis's own sweep, ten times a second: that is waited for, not timed.
        for _ in 0..1_000 {
            if self.count().await <= Some(1) {
                break;
            }
            tokio::time::sleep(std::time::Duration::from_millis(10)).await;
        }
        Some(swept.map(|_| ()))
    }

    async fn count(&self) -> Option<usize> {
        Some(keys(&self.cli))
    }

    async fn at_rest(&self) -> Option<Vec<u8>> {
        Some(dumped(&self.cli))
    }
}
