//! The shop of this step, over two servers, and five packets of one session at once.

#[path = "../shops/mod.rs"]
mod shops;

use std::path::Path;

use async_trait::async_trait;
use step_19::{
    accounts::Accounts,
    name::Name,
    orders::Orders,
    sessions::{Entry, Sessions},
    sqlite::Sqlite,
};
use tower_sessions::{
    SessionStore,
    session::{Id, Record},
    session_store::Result,
};

use crate::race::{Door, Trial, door};
use shops::{Person, server};

/// Two shops on one file.
pub(crate) async fn on_sqlite(folder: &Path) -> Trial {
    let open = || {
        let store = Sqlite::open(folder.join("shop.db")).expect("it opens");
        (store.clone(), store)
    };
    begin([open(), open()]).await
}

/// Two shops, each with its sessions and its accounts.
pub(crate) async fn begin<Store: Sessions + Clone>(
    places: [(Store, impl Accounts + Orders); 2],
) -> Trial {
    let (door, waiting) = door();
    let servers = places.map(|(inner, accounts)| {
        server(AtDoor { inner, door: door.clone() }, accounts)
    });
    let ada = Person::shopping(&servers[0]).await;
    let add = ("/basket".to_owned(), format!("token={}&tea=assam", ada.token));
    Trial {
        servers: servers.into(),
        waiting,
        cookie: ada.cookie,
        appends: std::array::from_fn(|_| add.clone()),
        looks: vec!["/".to_owned()],
        count: packets,
    }
}

/// Such as 5 of `5 × Assam`.
fn packets(page: &str) -> usize {
    let before = page.split_once(" × Assam").map_or("", |(before, _)| before);
    let digits = before.rsplit(|it: char| !it.is_ascii_digit()).next();
    digits.and_then(|digits| digits.parse().ok()).unwrap_or_default()
}

/// A store at whose door a request waits that has looked at its session.
#[derive(Clone, Debug)]
struct AtDoor<Store> {
    inner: Store,
    door: Door,
}

#[async_trait]
impl<Store: Sessions> SessionStore for AtDoor<Store> {
    async fn load(&self, id: &Id) -> Result<Option<Record>> {
        let found = self.inner.load(id).await;
        self.door.wait().await;
        found
    }

    async fn create(&self, record: &mut Record) -> Result<()> {
        self.inner.create(record).await
    }

    async fn save(&self, record: &Record) -> Result<()> {
        self.inner.save(record).await
    }

    async fn delete(&self, id: &Id) -> Result<()> {
        self.inner.delete(id).await
    }
}

#[async_trait]
impl<Store: Sessions> Sessions for AtDoor<Store> {
    async fn rotate(&self, before: &Name, record: &mut Record) -> Result<()> {
        self.inner.rotate(before, record).await
    }

    async fn successor_of(&self, name: &Name) -> Result<Option<Name>> {
        self.inner.successor_of(name).await
    }

    async fn entries_of(&self, member: Option<&str>) -> Result<Vec<Entry>> {
        self.inner.entries_of(member).await
    }

    async fn end(&self, name: &Name) -> Result<bool> {
        self.inner.end(name).await
    }

    async fn end_unless_changed(&self, name: &Name, version: i64) -> Result<()> {
        self.inner.end_unless_changed(name, version).await
    }

    async fn end_by(&self, by: &Name, names: &[Name]) -> Result<usize> {
        self.inner.end_by(by, names).await
    }

    async fn delete_expired(&self) -> Result<Vec<Name>> {
        self.inner.delete_expired().await
    }
}
