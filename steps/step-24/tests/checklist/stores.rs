//! The stores on which each row is played.

use std::{
    path::Path,
    sync::{Arc, LazyLock, Mutex, MutexGuard, PoisonError},
};

use engines::{Memcached, Replicated, Sentinels};
use step_24::{
    account_file::AccountFile, name::Name, postgres::Postgres, redis::Redis,
    sessions::Sessions, sqlite::Sqlite,
};
use tempfile::TempDir;

/// Which store the program is told to use.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Sqlite,
    Postgres,
    Redis,
    Sentinels,
    Cluster,
    Memcached,
}

/// Makes each of these functions a test on each store: `the_row::sqlite`, `the_row::postgres`
/// and so on.
macro_rules! on_each_store {
    ($($row:ident),+ $(,)?) => {
        $(mod $row {
            use crate::stores::Kind;

            #[tokio::test]
            async fn sqlite() {
                super::$row(Kind::Sqlite).await;
            }

            #[tokio::test]
            #[cfg_attr(not(postgres), ignore = "needs PostgreSQL: sudo apt-get install postgresql")]
            async fn postgres() {
                super::$row(Kind::Postgres).await;
            }

            #[tokio::test]
            #[cfg_attr(not(redis), ignore = "needs Redis: sudo apt-get install redis-server")]
            async fn redis() {
                super::$row(Kind::Redis).await;
            }

            #[tokio::test]
            #[cfg_attr(not(redis), ignore = "needs Redis: sudo apt-get install redis-server")]
            async fn sentinels() {
                super::$row(Kind::Sentinels).await;
            }

            #[tokio::test]
            #[cfg_attr(not(redis), ignore = "needs Redis: sudo apt-get install redis-server")]
            async fn cluster() {
                super::$row(Kind::Cluster).await;
            }

            #[tokio::test]
            #[cfg_attr(not(memcached), ignore = "needs Memcached: sudo apt-get install memcached")]
            async fn memcached() {
                super::$row(Kind::Memcached).await;
            }
        })+
    };
}
pub(crate) use on_each_store;

// Each engine ends with the program of the tests, however that ends.
static POSTGRES: LazyLock<engines::Postgres> =
    LazyLock::new(engines::Postgres::start);
static REDIS: LazyLock<engines::Redis> =
    LazyLock::new(|| engines::Redis::start_with(&["save \"\"", LOG[0], LOG[1]]));
static SENTINELS: LazyLock<Sentinels> =
    LazyLock::new(|| Sentinels::start_with(&LOG));
static CLUSTER: LazyLock<engines::Cluster> =
    LazyLock::new(|| engines::Cluster::start_with(&LOG));

/// The parameters stand in it: 8 KiB, one pass.
const CHEAP: &str = "$argon2id$v=19$m=8,t=1,p=1$M6qj0ES1cB0GAQcmuuNdvg$dWbnRvY8W/qUDy0uBdN7R8Uf3qxvEhBMa/4s83VHtSA";

/// As the shop wants it, without a wait for the disk.
const LOG: [&str; 2] = ["appendonly yes", "appendfsync no"];

/// Of these there is one place each, which a test has for itself.
static AT_SENTINELS: Mutex<()> = Mutex::new(());
static AT_CLUSTER: Mutex<()> = Mutex::new(());

/// A place in which nothing is kept yet, for one test.
pub(crate) struct Place {
    kind: Kind,
    /// As `STORE` names it.
    pub(crate) store: String,
    folder: TempDir,
    _alone: Option<MutexGuard<'static, ()>>,
    /// Each test has its own, which starts at once.
    memcached: Option<Memcached>,
}

impl Kind {
    pub(crate) fn place(self) -> Place {
        let folder =
            tempfile::tempdir_in("/dev/shm").or_else(|_| tempfile::tempdir());
        let folder = folder.expect("a temporary folder");
        let (store, alone) = match self {
            Self::Sqlite => (
                format!("sqlite:{}", folder.path().join("shop.db").display()),
                None,
            ),
            Self::Postgres => (POSTGRES.empty(), None),
            Self::Redis => (REDIS.empty(), None),
            Self::Sentinels => emptied(&*SENTINELS, &AT_SENTINELS),
            Self::Cluster => emptied(&*CLUSTER, &AT_CLUSTER),
            Self::Memcached => (String::new(), None),
        };
        let memcached = (self == Self::Memcached).then(Memcached::start);
        let store = match &memcached {
            Some(engine) => format!("memcached://{}", engine.address()),
            None => store,
        };
        Place { kind: self, store, folder, _alone: alone, memcached }
    }
}

fn emptied(
    engine: &impl Replicated,
    alone: &'static Mutex<()>,
) -> (String, Option<MutexGuard<'static, ()>>) {
    let alone = alone.lock().unwrap_or_else(PoisonError::into_inner);
    for server in engine.primaries() {
        server.cli(&["FLUSHALL"]);
    }
    (engine.url(), Some(alone))
}

impl Place {
    pub(crate) fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// The store itself, beside the program: as whoever runs it reaches it.
    pub(crate) async fn open(&self) -> Arc<dyn Sessions> {
        match self.kind {
            Kind::Sqlite => {
                let file = self.store.trim_start_matches("sqlite:");
                Arc::new(Sqlite::open(file).expect("it opens"))
            }
            Kind::Postgres => {
                Arc::new(Postgres::open(&self.store).await.expect("it opens"))
            }
            Kind::Memcached => {
                let address = self.store.trim_start_matches("memcached://");
                let notes = AccountFile::open(self.folder().join("accounts.db"));
                let store = step_24::memcached::Memcached::open(
                    address,
                    notes.expect("it opens"),
                );
                Arc::new(store.await.expect("it opens"))
            }
            _ => Arc::new(Redis::open(&self.store).await.expect("it opens")),
        }
    }

    /// Spoils what is kept under this name, as a disk that fails does: whoever asks for it gets
    /// an error from the store itself.
    pub(crate) fn spoil(&self, name: &Name) {
        let key = format!("tea:session:{name}");
        let spoil = |redis: &engines::Redis, database: &[&str]| {
            redis.cli(&[database, &["DEL", &key]].concat());
            redis.cli(&[database, &["RPUSH", &key, "spoilt"]].concat());
        };
        match self.kind {
            Kind::Sqlite => {
                let file = self.store.trim_start_matches("sqlite:");
                let db = rusqlite::Connection::open(file).expect("it opens");
                db.execute("ALTER TABLE sessions RENAME TO spoilt", [])
                    .expect("it is done");
            }
            Kind::Postgres => {
                POSTGRES.sql(&self.store, "ALTER TABLE sessions RENAME TO spoilt");
            }
            Kind::Redis => spoil(&REDIS, &["-n", self.database()]),
            Kind::Sentinels => spoil(SENTINELS.primary_of(&key), &[]),
            Kind::Cluster => spoil(CLUSTER.primary_of(&key), &[]),
            Kind::Memcached => self.memcached.iter().for_each(Memcached::kill),
        }
    }

    /// Gives each member a hash that says of itself that it is cheap, and fits no password:
    /// where guesses are counted, nobody need wait for what each costs.
    pub(crate) fn make_guesses_cheap(&self) {
        let sql = format!("UPDATE accounts SET password_hash = '{CHEAP}'");
        let file = match self.kind {
            Kind::Postgres => {
                POSTGRES.sql(&self.store, &sql);
                return;
            }
            Kind::Sqlite => self.store.trim_start_matches("sqlite:").into(),
            _ => self.folder().join("accounts.db"),
        };
        let db = rusqlite::Connection::open(file).expect("it opens");
        db.execute(&sql, []).expect("it is done");
    }

    /// The number of its Redis database.
    fn database(&self) -> &str {
        self.store.rsplit('/').next().unwrap_or_default()
    }

    /// All that lies there, as whoever copies it has it.
    pub(crate) fn at_rest(&self) -> String {
        let kept = match self.kind {
            Kind::Sqlite => String::new(),
            Kind::Postgres => ["sessions", "accounts", "orders"]
                .map(|table| {
                    POSTGRES.sql(&self.store, &format!("SELECT * FROM {table}"))
                })
                .concat(),
            Kind::Redis => keys(&REDIS, &["-n", self.database()]),
            Kind::Sentinels => {
                SENTINELS.primaries().iter().map(|it| keys(it, &[])).collect()
            }
            Kind::Memcached => {
                self.memcached.iter().map(Memcached::at_rest).collect()
            }
            Kind::Cluster => {
                CLUSTER.primaries().iter().map(|it| keys(it, &[])).collect()
            }
        };
        let files = std::fs::read_dir(self.folder()).expect("it can be read");
        let files = files.map(|file| {
            let bytes = std::fs::read(file.expect("a file").path())
                .expect("it can be read");
            String::from_utf8_lossy(&bytes).into_owned()
        });
        kept + &files.collect::<String>()
    }
}

/// Each key of this Redis, and what is under it.
fn keys(redis: &engines::Redis, database: &[&str]) -> String {
    let ask = |command: &[&str]| redis.cli(&[database, command].concat());
    let all = ask(&["KEYS", "*"]);
    let values = all.lines().map(|key| match ask(&["TYPE", key]).trim() {
        "string" => ask(&["GET", key]),
        "set" => ask(&["SMEMBERS", key]),
        _ => ask(&["ZRANGE", key, "0", "-1"]),
    });
    let values: String = values.collect();
    all + &values
}
