//! Part V, *In production*.

// The recorders of the steps' own tests. Their lines are shorter than the lab's.
#[rustfmt::skip]
#[path = "../../../steps/step-19/tests/told/mod.rs"]
mod told;
#[rustfmt::skip]
#[path = "../../../steps/step-20/tests/told/mod.rs"]
mod told_20;
#[rustfmt::skip]
#[path = "../../../steps/step-22/tests/told/mod.rs"]
mod told_22;

use std::sync::{Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use axum::Router;
use base64::{Engine, prelude::BASE64_STANDARD};
use conversation::{Backend, Call, Changed, Deed, KeysOf, Row, Server};
use step_20::secret::{Keys, Ring};
use step_22::site::Tokens;
use time::{Duration, OffsetDateTime, format_description::well_known::Rfc3339};
use tower_sessions::cookie::Key;

use crate::steps::{part::Part, signing};
use told::Told;

pub(crate) const PART: Part = Part {
    servers: &[
        (19, || on(Told::new())),
        (20, || keyed(Shop::Ring(told_20::Told::new()))),
        (22, || giving(|usual| usual)),
    ],
    // What chapter 19 mends is the store's part. The shop of the step before is not shown beside it:
    // it keeps no orders, and it would be a second shop in the file.
    naive: &[
        (19, "the last write wins", || on(Told::naive())),
        (20, "one key, as in step 19", || keyed(Shop::OneKey(Told::new()))),
        (22, "tokens of a day", || giving(|usual| Tokens { lives: Duration::DAY, ..usual })),
        (22, "no window", || giving(|usual| Tokens { grace: Duration::ZERO, ..usual })),
    ],
};

/// A server, beside which others can join.
fn on(store: Told) -> Server {
    (store.server(), Box::new(store))
}

/// A server that gives programs such tokens, beside which others can join.
fn giving(set: fn(Tokens) -> Tokens) -> Server {
    signing::install();
    let store = told_22::Told::new().giving(set);
    (store.server(), Box::new(store))
}

/// A server with the old key, beside which others can join, and whose keys can be changed.
fn keyed(shop: Shop) -> Server {
    let servers = Keyed { shop, files: Mutex::default(), made: Mutex::new(None) };
    (servers.begin(), Box::new(servers))
}

/// A key of 64 bytes that nobody has to guess.
struct Named {
    name: &'static str,
    byte: u8,
}

const OLD: Named = Named { name: "old", byte: 7 };
const NEW: Named = Named { name: "new", byte: 8 };

impl Named {
    fn base64(&self) -> String {
        BASE64_STANDARD.encode([self.byte; 64])
    }

    fn key(&self) -> Key {
        Key::from(&[self.byte; 64])
    }
}

const LEARN: &str = "learns of the new key";
const AT_ONCE: &str = "signs with the new key at once";
const FORGET: &str = "forgets the old key";
const RESTART: &str = "restarts with the new key";

/// So far is a date set back for a key to sign at once.
const SET_BACK: Duration = Duration::DAY;

/// The servers of a step on one store.
enum Shop {
    /// Step 20: each server has keys that change while it runs.
    Ring(told_20::Told),
    /// Step 19: each server has one key from its start to its end.
    OneKey(Told),
}

impl Shop {
    fn app(&self, ring: &Ring) -> Router {
        match self {
            Self::Ring(store) => store.server_with(ring.clone()),
            Self::OneKey(store) => {
                step_19::app(store.clone(), ring.keys().signing(), store.clone())
            }
        }
    }

    fn backend(&self) -> &dyn Backend {
        match self {
            Self::Ring(store) => store,
            Self::OneKey(store) => store,
        }
    }
}

/// The file of a server's keys, and what the server has read of it.
struct File {
    has_old: bool,
    /// When the new key was made, if it is there.
    new: Option<OffsetDateTime>,
    ring: Ring,
}

impl File {
    fn new(has_old: bool, new: Option<OffsetDateTime>) -> Self {
        Self { has_old, new, ring: Ring::new(parse(has_old, new)) }
    }

    /// The server reads its file.
    fn read(&self) {
        self.ring.replace(parse(self.has_old, self.new));
    }

    /// What the server's own code says of its keys.
    fn told(&self, changes: Vec<&'static str>) -> KeysOf {
        let keys = self.ring.keys();
        let signs = if keys.signing() == NEW.key() { NEW.name } else { OLD.name };
        let knows = |named: &Named| keys.all().any(|(key, _)| key == named.key());
        let opens = [OLD, NEW].into_iter().filter(knows).map(|named| named.name);
        KeysOf { signs, opens: opens.collect(), changes }
    }
}

/// The keys of a file, as the step reads them.
fn parse(has_old: bool, new: Option<OffsetDateTime>) -> Keys {
    let old = has_old.then(|| OLD.base64());
    let new = new.map(|made| {
        let made = made.format(&Rfc3339).expect("a date");
        format!("{made} {}", NEW.base64())
    });
    let lines: Vec<String> = old.into_iter().chain(new).collect();
    Keys::parse(&lines.join("\n")).expect("keys")
}

/// Servers with a file of keys for each.
struct Keyed {
    shop: Shop,
    files: Mutex<Vec<File>>,
    /// When the new key was made: it is the same one everywhere.
    made: Mutex<Option<OffsetDateTime>>,
}

impl Keyed {
    /// One more server: it has the keys of the first, and the first the old one.
    fn begin(&self) -> Router {
        let mut files = self.files();
        let (has_old, new) = files.first().map_or((true, None), |it| (it.has_old, it.new));
        let file = File::new(has_old, new);
        let app = self.shop.app(&file.ring);
        files.push(file);
        app
    }

    fn files(&self) -> MutexGuard<'_, Vec<File>> {
        self.files.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// When the new key was made: now, if there was none.
    fn made(&self) -> OffsetDateTime {
        let mut made = self.made.lock().unwrap_or_else(PoisonError::into_inner);
        *made.get_or_insert_with(OffsetDateTime::now_utc)
    }

    /// What can be done with the keys in this file.
    fn changes(&self, file: &File) -> Vec<&'static str> {
        match (&self.shop, file.new) {
            _ if !file.has_old => Vec::new(),
            (Shop::OneKey(_), _) => vec![RESTART],
            (Shop::Ring(_), None) => vec![LEARN, AT_ONCE],
            (Shop::Ring(_), Some(_)) => vec![FORGET],
        }
    }
}

#[async_trait]
impl Backend for Keyed {
    fn calls(&self) -> Vec<Call> {
        self.shop.backend().calls()
    }

    fn rows(&self) -> Vec<Row> {
        self.shop.backend().rows()
    }

    async fn age(&self, by: Duration) {
        self.shop.backend().age(by).await;
        let mut made = self.made.lock().unwrap_or_else(PoisonError::into_inner);
        *made = made.map(|made| made - by);
        for file in &mut *self.files() {
            file.new = file.new.map(|made| made - by);
            file.read();
        }
    }

    fn tick(&self, by: Duration) {
        self.shop.backend().tick(by);
    }

    fn deeds(&self) -> Vec<(Deed, Option<String>)> {
        self.shop.backend().deeds()
    }

    fn hold(&self, verb: Option<&'static str>) {
        self.shop.backend().hold(verb);
    }

    fn holds(&self) -> bool {
        self.shop.backend().holds()
    }

    async fn undergo(&self, deed: &Deed) -> Result<(), String> {
        self.shop.backend().undergo(deed).await
    }

    fn another(&self) -> Option<Router> {
        Some(self.begin())
    }

    fn has_room(&self) -> bool {
        true
    }

    fn restarted(&self, server: usize) -> Option<Router> {
        self.files().get(server).map(|file| self.shop.app(&file.ring))
    }

    fn keys(&self) -> Vec<KeysOf> {
        self.files().iter().map(|file| file.told(self.changes(file))).collect()
    }

    fn operate(&self, server: usize, what: &str) -> Result<Changed, String> {
        let mut files = self.files();
        let number = server + 1;
        let file = files.get_mut(server).ok_or_else(|| format!("no server {number}"))?;
        if !self.changes(file).contains(&what) {
            return Err(format!("server {number} is not one that {what} now"));
        }
        match what {
            LEARN => file.new = Some(self.made()),
            AT_ONCE => file.new = Some(self.made() - SET_BACK),
            RESTART => (file.has_old, file.new) = (false, Some(self.made())),
            _ => file.has_old = false,
        }
        file.read();
        let app = (what == RESTART).then(|| self.shop.app(&file.ring));
        let mut told = format!("Server {number} {what}.");
        if files.iter().all(|file| !file.has_old) {
            told += " No server has the old key any more.";
        }
        Ok(Changed { told, app })
    }
}
