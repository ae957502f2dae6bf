//! Visitors who fill their baskets, and what they were told.

use std::{
    collections::HashMap,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
};

use axum::Router;
use step_16::redis::Redis;
use tokio::{
    task::JoinHandle,
    time::{self, Duration},
};
use tower_sessions::{SessionStore, session::Id};

use super::Person;

/// So many fill their baskets, at two servers, and begin again.
const VISITORS: usize = 6;

/// Whoever is refused tries again a moment later.
const PAUSE: Duration = Duration::from_millis(20);

/// Of each session, how many of its writes were acknowledged.
pub(crate) type Acknowledged = HashMap<Id, u64>;

pub(crate) struct Load {
    is_over: Arc<AtomicBool>,
    acknowledged: Arc<Mutex<Acknowledged>>,
    visitors: Vec<JoinHandle<()>>,
}

impl Load {
    pub(crate) fn on(servers: &[Router; 2]) -> Self {
        let is_over = Arc::new(AtomicBool::new(false));
        let acknowledged = Arc::new(Mutex::new(HashMap::new()));
        let visitors = (0..VISITORS).map(|number| {
            let app = servers[number % 2].clone();
            let (is_over, told) = (Arc::clone(&is_over), Arc::clone(&acknowledged));
            tokio::spawn(async move {
                while !is_over.load(Ordering::SeqCst) {
                    visit(&app, &told).await;
                }
            })
        });
        Self { visitors: visitors.collect(), is_over, acknowledged }
    }

    /// What they were told until now.
    pub(crate) fn acknowledged(&self) -> Acknowledged {
        locked(&self.acknowledged, |all| all.clone())
    }

    /// Waits until something more is acknowledged.
    pub(crate) async fn goes_on(&self) {
        let before = self.acknowledged();
        while self.acknowledged() == before {
            tokio::task::yield_now().await;
        }
    }

    /// Ends it, once everybody has what was asked for last. What they were told.
    pub(crate) async fn end(self) -> Acknowledged {
        self.is_over.store(true, Ordering::SeqCst);
        for visitor in self.visitors {
            visitor.await.expect("nobody panics");
        }
        locked(&self.acknowledged, std::mem::take)
    }
}

fn locked<T>(
    told: &Mutex<Acknowledged>,
    work: impl FnOnce(&mut Acknowledged) -> T,
) -> T {
    work(&mut told.lock().unwrap_or_else(PoisonError::into_inner))
}

/// Ten packets into a basket.
async fn visit(app: &Router, told: &Mutex<Acknowledged>) {
    let mut visitor = Person::default();
    for _ in 0..10 {
        let answer = visitor.post(app, "/basket", "tea=assam").await;
        match answer.location.strip_prefix("/?said=") {
            Some(number) => {
                let id = visitor.id().expect("the first packet makes a session");
                let number = number.parse().expect("a number");
                locked(told, |all| all.insert(id, number));
            }
            None => time::sleep(PAUSE).await,
        }
        visitor.get(app, "/").await;
    }
}

/// Looks for everything that was acknowledged.
pub(crate) async fn is_kept(acknowledged: Acknowledged, store: &Redis) {
    for (id, told) in acknowledged {
        let record = store.load(&id).await.expect("it answers again");
        let kept = record.and_then(|it| it.data["flash"]["last"].as_u64());
        assert!(kept >= Some(told), "{kept:?} of {told}");
    }
}
