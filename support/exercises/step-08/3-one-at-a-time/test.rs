//! What is saved in the middle of a sweep is not swept away.

use async_trait::async_trait;
use step_08::sweep::Swept;
use time::{Duration, OffsetDateTime};
use tokio::task::yield_now;
use tower_sessions::{
    MemoryStore, SessionStore,
    session::{Id, Record},
    session_store::Result,
};

/// A store that takes its time to delete.
#[derive(Clone, Debug, Default)]
struct Slow(MemoryStore);

#[async_trait]
impl SessionStore for Slow {
    async fn create(&self, record: &mut Record) -> Result<()> {
        self.0.create(record).await
    }

    async fn save(&self, record: &Record) -> Result<()> {
        self.0.save(record).await
    }

    async fn load(&self, id: &Id) -> Result<Option<Record>> {
        self.0.load(id).await
    }

    async fn delete(&self, id: &Id) -> Result<()> {
        for _ in 0..10 {
            yield_now().await;
        }
        self.0.delete(id).await
    }
}

#[tokio::test]
async fn what_is_saved_in_the_middle_of_a_sweep_stays() {
    let store = Swept::new(Slow::default());
    let now = OffsetDateTime::now_utc();
    let (ended, later) = (now - Duration::seconds(1), now + Duration::minutes(30));
    let mut record = Record { id: Id::default(), data: Default::default(), expiry_date: ended };
    store.create(&mut record).await.expect("it is created");
    // A request has loaded the record in time, and saves it now.
    record.expiry_date = later;
    let (swept, saved) = tokio::join!(store.delete_expired(), store.save(&record));
    swept.expect("the sweep ends");
    saved.expect("it is saved");
    assert!(store.load(&record.id).await.expect("the store answers").is_some());
}
