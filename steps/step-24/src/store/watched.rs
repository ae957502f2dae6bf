//! What a store is asked, what came of it, and how long it took.

use std::sync::Arc;

use async_trait::async_trait;
use tokio::time::Instant;
use tower_sessions::{
    SessionStore,
    session::{Id, Record},
    session_store::Result,
};

use crate::{
    store::{
        accounts::{Account, Accounts},
        name::Name,
        orders::{Order, Orders},
        sessions::{Entry, Sessions, is_end, is_stale},
    },
    watch::metrics::{Call, Metrics, Outcome},
};

/// Any store, each call of which is counted.
#[derive(Clone, Debug)]
pub(crate) struct Watched<Store> {
    inner: Store,
    metrics: Arc<Metrics>,
}

impl<Store> Watched<Store> {
    pub(crate) fn new(inner: Store, metrics: &Arc<Metrics>) -> Self {
        Self { inner, metrics: metrics.clone() }
    }

    /// Counts a call. One whose request is given up meanwhile is not counted.
    async fn count<T>(
        &self,
        call: Call,
        asked: impl Future<Output = Result<T>>,
    ) -> Result<T> {
        let begun = Instant::now();
        let answer = asked.await;
        self.metrics.called(call, outcome(&answer), begun.elapsed());
        answer
    }
}

fn outcome<T>(answer: &Result<T>) -> Outcome {
    match answer {
        Ok(_) => Outcome::Done,
        Err(why) if is_end(why) || is_stale(why) => Outcome::Refused,
        Err(_) => Outcome::Failed,
    }
}

#[async_trait]
impl<Store: SessionStore> SessionStore for Watched<Store> {
    async fn create(&self, record: &mut Record) -> Result<()> {
        self.count(Call::Create, self.inner.create(record)).await
    }

    async fn save(&self, record: &Record) -> Result<()> {
        self.count(Call::Save, self.inner.save(record)).await
    }

    async fn load(&self, id: &Id) -> Result<Option<Record>> {
        self.count(Call::Load, self.inner.load(id)).await
    }

    async fn delete(&self, id: &Id) -> Result<()> {
        self.count(Call::End, self.inner.delete(id)).await
    }
}

#[async_trait]
impl<Store: Sessions> Sessions for Watched<Store> {
    async fn rotate(&self, before: &Name, record: &mut Record) -> Result<()> {
        self.count(Call::Rotate, self.inner.rotate(before, record)).await
    }

    async fn successor_of(&self, name: &Name) -> Result<Option<Name>> {
        self.count(Call::SuccessorOf, self.inner.successor_of(name)).await
    }

    async fn entries_of(&self, member: Option<&str>) -> Result<Vec<Entry>> {
        self.count(Call::EntriesOf, self.inner.entries_of(member)).await
    }

    async fn end(&self, name: &Name) -> Result<bool> {
        self.count(Call::End, self.inner.end(name)).await
    }

    async fn end_unless_changed(&self, name: &Name, version: i64) -> Result<()> {
        let asked = self.inner.end_unless_changed(name, version);
        self.count(Call::EndUnlessChanged, asked).await
    }

    async fn end_by(&self, by: &Name, names: &[Name]) -> Result<usize> {
        self.count(Call::EndBy, self.inner.end_by(by, names)).await
    }

    async fn delete_expired(&self) -> Result<Vec<Name>> {
        self.count(Call::DeleteExpired, self.inner.delete_expired()).await
    }
}

#[async_trait]
impl<Members: Accounts> Accounts for Watched<Members> {
    async fn find(&self, name: &str) -> Result<Option<Account>> {
        self.count(Call::FindAccount, self.inner.find(name)).await
    }

    async fn add(&self, account: Account) -> Result<bool> {
        self.count(Call::AddAccount, self.inner.add(account)).await
    }

    async fn set_password(
        &self,
        by: &Name,
        known: &Account,
        changed: &Account,
    ) -> Result<Option<usize>> {
        let asked = self.inner.set_password(by, known, changed);
        self.count(Call::SetPassword, asked).await
    }

    async fn disable(&self, by: &Name, name: &str) -> Result<Option<usize>> {
        self.count(Call::DisableAccount, self.inner.disable(by, name)).await
    }

    async fn enable(&self, by: &Name, name: &str) -> Result<bool> {
        self.count(Call::EnableAccount, self.inner.enable(by, name)).await
    }

    async fn disabled(&self) -> Result<Vec<String>> {
        self.count(Call::DisabledAccounts, self.inner.disabled()).await
    }
}

#[async_trait]
impl<Members: Orders> Orders for Watched<Members> {
    async fn place(&self, order: &Order) -> Result<()> {
        self.count(Call::PlaceOrder, self.inner.place(order)).await
    }

    async fn orders_of(&self, member: &str) -> Result<Vec<Order>> {
        self.count(Call::OrdersOf, self.inner.orders_of(member)).await
    }
}
