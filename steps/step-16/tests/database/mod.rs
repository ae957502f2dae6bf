//! The Redis of this program's tests, and the files of their accounts.

// Not each program of tests needs all of it.
#![allow(dead_code)]

use std::{cell::RefCell, env, fs, path::PathBuf, sync::LazyLock};

use engines::{Cluster, Replicated};
use step_16::{account_file::AccountFile, apart::Apart, redis::Redis};
use tempfile::TempDir;
use tower_sessions::session::Id;

/// It ends with the program.
pub(crate) static ENGINE: LazyLock<engines::Redis> =
    LazyLock::new(|| engines::Redis::start_with(&SETTINGS));

/// In its place, if the environment says so.
static CLUSTER: LazyLock<Option<Cluster>> = LazyLock::new(|| {
    env::var_os("ON_A_CLUSTER").map(|_| Cluster::start_with(&LOG))
});

/// As the shop wants it. Without a wait for the disk: what that does is for other tests.
const SETTINGS: [&str; 3] = ["save \"\"", LOG[0], LOG[1]];
const LOG: [&str; 2] = ["appendonly yes", "appendfsync no"];

thread_local! {
    /// Goes with the test, which has a thread of its own.
    static FOLDER: TempDir = folder();
    /// What this test has been given.
    static PLACES: RefCell<Vec<Place>> = const { RefCell::new(Vec::new()) };
}

/// In memory, where that can be: what the disk does is for other tests.
fn folder() -> TempDir {
    let made = tempfile::tempdir_in("/dev/shm").or_else(|_| tempfile::tempdir());
    made.expect("a temporary folder")
}

/// Where sessions and accounts are kept.
#[derive(Clone)]
pub(crate) struct Place {
    pub(crate) redis: String,
    pub(crate) accounts: PathBuf,
}

/// A place that nobody has used. Of a cluster there is one, which is emptied.
pub(crate) fn place() -> Place {
    let file = format!("{}.db", Id::default());
    let accounts = FOLDER.with(|folder| folder.path().join(file));
    let redis = match &*CLUSTER {
        Some(cluster) => {
            at_each_master(cluster, &["FLUSHALL"]);
            cluster.url()
        }
        None => ENGINE.empty(),
    };
    let place = Place { redis, accounts };
    PLACES.with_borrow_mut(|places| places.push(place.clone()));
    place
}

impl Place {
    pub(crate) fn sessions(&self) -> Redis {
        Redis::at(&self.redis).expect("a URL")
    }

    pub(crate) fn accounts(&self, sessions: &Redis) -> Apart<Redis> {
        let file = AccountFile::open(&self.accounts).expect("it opens");
        Apart::new(file, sessions.clone())
    }

    /// The URL of each server that has keys.
    pub(crate) fn each(&self) -> Vec<String> {
        match &*CLUSTER {
            Some(cluster) => {
                masters(cluster).iter().map(engines::Redis::url).collect()
            }
            None => vec![self.redis.clone()],
        }
    }

    /// What a program is told in its environment.
    pub(crate) fn environment(&self) -> [(&'static str, &str); 2] {
        let accounts = self.accounts.to_str().expect("text");
        [("REDIS_URL", &self.redis), ("ACCOUNTS_DB", accounts)]
    }

    /// What `redis-cli` says about it.
    pub(crate) fn cli(&self, command: &[&str]) -> String {
        if let Some(cluster) = &*CLUSTER {
            return at_each_master(cluster, command);
        }
        let (_, number) = self.redis.rsplit_once('/').expect("it has a number");
        ENGINE.cli(&[&["-n", number], command].concat())
    }

    fn at_rest(&self) -> Vec<u8> {
        let keys = self.cli(&["KEYS", "*"]);
        let values = keys.lines().map(|key| self.cli(&["--no-raw", "DUMP", key]));
        let all = values.fold(keys.clone(), |all, value| all + &value);
        let files = ["", "-wal"].map(|end| {
            let path = format!("{}{end}", self.accounts.display());
            fs::read(path).unwrap_or_default()
        });
        [all.into_bytes(), files.concat()].concat()
    }
}

/// What all of them say that have the key, or any keys.
fn at_each_master(cluster: &Cluster, command: &[&str]) -> String {
    let said = masters(cluster).iter().map(|master| master.cli(command));
    said.filter(|said| !said.starts_with("MOVED")).collect()
}

/// The first three stay masters: here, nobody kills them.
fn masters(cluster: &Cluster) -> &[engines::Redis] {
    &cluster.servers()[..3]
}

/// All that lies in the places of this test.
pub(crate) fn at_rest() -> Vec<u8> {
    PLACES.with_borrow(|places| places.iter().flat_map(Place::at_rest).collect())
}
