//! The Redis that has the sessions dies, and another one takes its place.

use axum::{Router, http::StatusCode};
use engines::{Replicated, Sentinels};
use step_23::{
    account_file::AccountFile, apart::Apart, app, redis::Redis, site::Site,
    watch::Watch,
};
use tokio::task::JoinSet;

use crate::{Looks, chart::Phase, people::Person, told::ring};

/// How often it is asked whether a primary is there, and the store is back.
const PAUSE: std::time::Duration = std::time::Duration::from_millis(10);

const PHASES: [Phase; 3] = [
    Phase { name: "before", looks: 10 },
    Phase { name: "no primary", looks: 5 },
    Phase { name: "after", looks: 10 },
];

/// So many sentinels never agree that a primary is dead: there are three. On a busy machine
/// they would take one for dead that is only slow.
const TOO_MANY: &str = "4";

/// Tells a sentinel something of the primary. What it says.
fn tell(port: u16, words: &[&str]) -> redis::RedisResult<String> {
    let sentinel = redis::Client::open(("127.0.0.1", port))?;
    redis::cmd("SENTINEL").arg(words).query(&mut sentinel.get_connection()?)
}

/// Each second visitor looks, and the others put tea into their baskets.
async fn come(app: &Router, number: usize, visitor: &mut Person) {
    match number % 2 {
        0 => visitor.get(app, "/").await,
        _ => visitor.post(app, "/basket", "tea=assam").await,
    };
}

/// All visitors, one after another: on a busy machine, a hundred at once would wait longer
/// than a call of the store may take.
async fn one_by_one(app: &Router, visitors: &mut [Person]) {
    for (number, visitor) in visitors.iter_mut().enumerate() {
        come(app, number, visitor).await;
    }
}

/// All visitors at once: each waits until the call of the store is given up.
async fn at_once(app: &Router, visitors: &mut Vec<Person>) {
    let mut under_way = JoinSet::new();
    for (number, mut visitor) in visitors.drain(..).enumerate() {
        let app = app.clone();
        under_way.spawn(async move {
            come(&app, number, &mut visitor).await;
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
    for port in redis.ports() {
        let said = tell(port, &["SET", Sentinels::NAME, "quorum", TOO_MANY]);
        assert_eq!(said.expect("it listens"), "OK");
    }
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
            redis.kill_primary_of("")
        });
        for _ in 0..phase.looks {
            match lost {
                Some(_) => at_once(&app, &mut visitors).await,
                None => one_by_one(&app, &mut visitors).await,
            }
            looks.look();
        }
        if let Some(lost) = lost {
            assert_eq!(
                probe.get(&app, "/ready").await,
                StatusCode::SERVICE_UNAVAILABLE
            );
            // One acts without the others, once it knows a replica that is well.
            while redis.primary_of("").port() == lost {
                let _ = tell(redis.ports()[0], &["FAILOVER", Sentinels::NAME]);
                tokio::time::sleep(PAUSE).await;
            }
            redis.wait_until_replaced(lost);
            while probe.get(&app, "/ready").await != StatusCode::OK {
                tokio::time::sleep(PAUSE).await;
            }
        }
    }
    looks.keep("failover_chart", "failover_numbers", &PHASES);
}
