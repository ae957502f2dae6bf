//! What each way does besides.

use std::time::Duration;

use axum::{
    Router,
    http::{Method, StatusCode},
    middleware::{from_fn, from_fn_with_state},
    routing::get,
};
use tokio::{select, task::JoinSet, time};

use crate::{
    advisory_lock, again,
    compared::InMemory,
    engine::{LONG, Postgres, Redis},
    list,
    merged::Writes,
    plain::PlainPostgres,
    process_lock::{self, Locks},
    race::{Door, FIVE, LetsIn, Trial, send},
    version::Versioned,
};

/// A lock makes those wait who only look: one after another.
#[tokio::test(start_paused = true)]
async fn four_readers_of_100_ms_take_400_ms_behind_a_lock_and_100_ms_without() {
    let look = || async { time::sleep(Duration::from_millis(100)).await };
    let without = Router::new().route("/", get(look));
    let lock = from_fn_with_state(Locks::default(), process_lock::one_at_a_time);
    for (server, milliseconds) in
        [(without.clone(), 100), (without.layer(lock), 400)]
    {
        let began = time::Instant::now();
        let mut readers = JoinSet::new();
        for _ in 0..4 {
            let server = server.clone();
            readers.spawn(async move {
                send(&server, Method::GET, "/", "id=ada", "").await
            });
        }
        readers.join_all().await;
        assert_eq!(began.elapsed(), Duration::from_millis(milliseconds));
    }
}

/// Whoever dies keeps a lock in Redis for as long as that lives.
#[tokio::test]
#[cfg_attr(not(redis), ignore = "needs Redis: sudo apt-get install redis-server")]
async fn nobody_gets_in_after_a_holder_that_has_died_before_its_lock_ends() {
    let redis = Redis::start();
    let (lock, mut trial) = redis.locked(LONG).await;
    let dies = tokio::spawn(trial.append(0));
    let _held = trial.held().await;
    dies.abort();
    assert!(dies.await.is_err_and(|why| why.is_cancelled()));
    let next = tokio::spawn(trial.append(1));
    let asks_again = async {
        redis.asked_for_a_lock().await;
        redis.asked_for_a_lock().await;
    };
    select! {
        _ = trial.held() => panic!("it has got in"),
        () = asks_again => {}
    }
    // The ten minutes pass.
    lock.end(&trial.cookie).await;
    drop(trial.held().await);
    let (.., status) = next.await.expect("an answer");
    assert_eq!((status, trial.kept().await), (StatusCode::OK, 1));
}

/// Whoever has outlived a lock in Redis does not give back that of the next one.
#[tokio::test]
#[cfg_attr(not(redis), ignore = "needs Redis: sudo apt-get install redis-server")]
async fn a_lock_is_given_back_by_nobody_but_its_holder() {
    let redis = Redis::start();
    let (lock, mut trial) = redis.locked(LONG).await;
    let outlives = tokio::spawn(trial.append(0));
    let first = trial.held().await;
    lock.end(&trial.cookie).await;
    let next = tokio::spawn(trial.append(1));
    let second = trial.held().await;
    drop(first);
    outlives.await.expect("an answer");
    assert!(lock.is_taken(&trial.cookie).await);
    drop(second);
    next.await.expect("an answer");
    assert!(!lock.is_taken(&trial.cookie).await);
}

/// How many connections five requests of a session take for an advisory lock: who waits for
/// it has one as well.
pub(crate) async fn connections_for_a_lock(postgres: &Postgres) -> usize {
    let mut trial = postgres.locked(16).await;
    let mut under_way = JoinSet::new();
    (0..FIVE).for_each(|number| drop(under_way.spawn(trial.append(number))));
    let first = trial.held().await;
    postgres.waits_for_a_lock(4).await;
    let connections = postgres.locks("true");
    drop(first);
    for _ in 1..FIVE {
        drop(trial.held().await);
    }
    under_way.join_all().await;
    connections
}

/// With a pool of five, five requests wait for ever: one has the lock and wants a connection
/// to save, the others have the connections and want the lock.
#[tokio::test]
#[cfg_attr(
    not(postgres),
    ignore = "needs PostgreSQL: sudo apt-get install postgresql"
)]
async fn five_requests_with_five_connections_wait_for_one_another_for_ever() {
    let postgres = Postgres::start();
    let pool = postgres.pool(FIVE);
    let serve = |door: &Door| {
        let lock = from_fn_with_state(pool.clone(), advisory_lock::one_at_a_time);
        list::server(PlainPostgres(pool.clone()), door).layer(lock)
    };
    let mut trial = Trial::begin(1, serve).await;
    let mut under_way = JoinSet::new();
    under_way.spawn(trial.append(0));
    let first = trial.held().await;
    (1..FIVE).for_each(|number| drop(under_way.spawn(trial.append(number))));
    postgres.waits_for_a_lock(4).await;
    drop(first);
    // Only a new connection would help, and there is none.
    while pool.status().waiting == 0 {
        tokio::task::yield_now().await;
    }
    let status = pool.status();
    assert_eq!((status.size, status.available), (FIVE, 0));
    assert!(under_way.try_join_next().is_none());
}

/// A member adds to the notes, while another tab removes the member.
async fn notes_while_the_member_goes(trial: Trial) -> Trial {
    let mut trial =
        trial.appending(["member", "notes", "notes", "notes", "notes"], "");
    let signs_in = tokio::spawn(trial.append(0));
    drop(trial.held().await);
    signs_in.await.expect("an answer");
    let notes = tokio::spawn(trial.append(1));
    let held = trial.held().await;
    let server = &trial.servers[0];
    let gone = send(server, Method::DELETE, "/member", &trial.cookie, "").await;
    assert_eq!(gone.status(), StatusCode::OK);
    assert_eq!(trial.look("/member").await, "");
    drop(held);
    notes.await.expect("an answer");
    trial
}

/// If each request writes all that it holds, it writes what is not there any more.
#[tokio::test]
#[cfg_attr(not(redis), ignore = "needs Redis: sudo apt-get install redis-server")]
async fn merging_all_keys_brings_a_deleted_one_back() {
    let redis = Redis::start();
    let trial = notes_while_the_member_goes(redis.merged(Writes::All).await).await;
    assert_eq!(trial.look("/member").await, "0");
}

/// If it writes what it has changed, the session is one that no request has seen: notes that
/// a member wrote, and no member.
#[tokio::test]
#[cfg_attr(not(redis), ignore = "needs Redis: sudo apt-get install redis-server")]
async fn merging_changed_keys_makes_a_session_that_nobody_has_written() {
    let redis = Redis::start();
    let trial = redis.merged(Writes::Changed).await;
    let trial = notes_while_the_member_goes(trial).await;
    assert_eq!(trial.look("/member").await, "");
    assert_eq!(trial.look("/notes").await, "1");
}

fn versioned(store: &Versioned<InMemory>, door: &Door) -> Router {
    list::server(store.clone(), door).layer(from_fn(again::run_again))
}

/// Of five that have looked at one version, one saves; of the four that look again, one; and
/// so on. What a handler does outside of the session, it does in each run.
#[tokio::test(start_paused = true)]
async fn five_requests_are_run_15_times() {
    let store = Versioned(InMemory::default());
    let mut trial = Trial::begin(2, |door| versioned(&store, door)).await;
    let raced = trial.race(LetsIn::All).await;
    assert_eq!((raced.runs, trial.kept().await), (15, 5));
}

/// If the handler tries again as well as the layer, each of the four that come too late at
/// first is written twice: by its own second look, and by its second run.
#[tokio::test(start_paused = true)]
async fn retrying_in_two_places_writes_five_items_nine_times() {
    let store = Versioned(InMemory::default());
    let trial = Trial::begin(2, |door| versioned(&store, door)).await;
    let mut trial = trial.appending(["list"; FIVE], "/retried");
    let statuses = trial.race(LetsIn::All).await.statuses();
    let list = trial.look("/list").await;
    let mut items: Vec<&str> = list.split(' ').collect();
    items.sort();
    assert_eq!(items, ["0", "1", "1", "2", "2", "3", "3", "4", "4"]);
    assert_eq!(statuses, "5 × 200");
}
