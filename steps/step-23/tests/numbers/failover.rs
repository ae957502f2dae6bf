//! The Redis that has the sessions dies, and another one takes its place.

use axum::{Router, http::StatusCode};
use engines::{Replicated, Sentinels};
use step_23::{
    account_file::AccountFile, apart::Apart, app, redis::Redis, site::Site,
    watch::Watch,
};
use tokio::task::JoinSet;

use crate::{Looks, chart::Phase, people::Person, told::ring};

/// How often it is asked whether the store is back.
const PAUSE: std::time::Duration = std::time::Duration::from_millis(10);

const PHASES: [Phase; 3] = [
    Phase { name: "before", looks: 10 },
    Phase { name: "no primary", looks: 5 },
    Phase { name: "after", looks: 10 },
];

/// A hundred visitors at once: each second one looks, and the others put tea into their baskets.
async fn all(app: &Router, visitors: &mut Vec<Person>) {
    let mut under_way = JoinSet::new();
    for (number, mut visitor) in visitors.drain(..).enumerate() {
        let app = app.clone();
        under_way.spawn(async move {
            match number % 2 {
                0 => visitor.get(&app, "/").await,
                _ => visitor.post(&app, "/basket", "tea=assam").await,
            };
            (number, visitor)
        });
    }
    let mut came = under_way.join_all().await;
    came.sort_by_key(|(number, _)| *number);
    visitors.extend(came.into_iter().map(|(_, visitor)| visitor));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_the_numbers_say_of_a_failover() {
    let redis = Sentinels::start();
    let folder = tempfile::tempdir().expect("a temporary folder");
    let store = Redis::open(&redis.url()).await.expect("Redis is there");
    let accounts =
        AccountFile::open(folder.path().join("accounts.db")).expect("it opens");
    let (members, watch) = (Apart::new(accounts, store.clone()), Watch::default());
    let app = app(store, ring(), members, Site::default(), watch.clone());
    let mut visitors: Vec<Person> = (0..100).map(Person::number).collect();
    for visitor in &mut visitors {
        visitor.post(&app, "/basket", "tea=assam").await;
        visitor.get(&app, "/").await;
    }
    let mut probe = Person::number(1_000);

    let mut looks = Looks::at(
        &watch,
        &[
            (
                "Pages of the shop",
                "requests_total",
                &[r#"route="/""#, r#"status="200""#],
                false,
            ),
            (
                "Tea put into a basket",
                "requests_total",
                &[r#"route="/basket""#, r#"status="303""#],
                false,
            ),
            ("Pages that say: later", "requests_total", &[r#"status="503""#], true),
            (
                "Store calls that failed",
                "store_calls_seconds_count",
                &[r#"outcome="Failed""#],
                true,
            ),
            ("Sessions begun", "sessions_begun_total", &[], false),
        ],
    );
    for phase in &PHASES {
        let lost = (phase.name == "no primary").then(|| {
            redis.wait_until_followed();
            // Who hangs takes nobody's place.
            redis.cut_off_replicas();
            redis.kill_primary_of("")
        });
        for _ in 0..phase.looks {
            all(&app, &mut visitors).await;
            looks.look();
        }
        if let Some(lost) = lost {
            assert_eq!(
                probe.get(&app, "/ready").await,
                StatusCode::SERVICE_UNAVAILABLE
            );
            redis.thaw();
            redis.wait_until_replaced(lost);
            while probe.get(&app, "/ready").await != StatusCode::OK {
                tokio::time::sleep(PAUSE).await;
            }
        }
    }
    looks.keep("failover_chart", "failover_numbers", &PHASES);
}
