//! What becomes of visitors when a replica takes the place of a Redis that was killed.

#![cfg(redis)]

mod house;

use engines::{Cluster, Replicated, Sentinels};
use house::{House, Load, Person, is_kept};
use step_16::name::Name;

const CREDENTIALS: &str = "name=Ada&password=a+cup+before+noon";
const CHANGE: &str = "password=a+cup+before+noon&new=another+at+noon";

fn key(person: &Person) -> String {
    format!("tea:session:{}", Name::of(&person.id().expect("there is a session")))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn hole_when_a_primary_dies_what_its_replicas_have_not_heard_is_undone() {
    a_failover_undoes_what_replicas_have_not_heard(&Sentinels::start()).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn hole_when_a_master_dies_what_its_replica_has_not_heard_is_undone() {
    a_failover_undoes_what_replicas_have_not_heard(&Cluster::start()).await;
}

/// And keeps what they have heard. The shop goes on by itself, and a password that was changed
/// stays so.
async fn a_failover_undoes_what_replicas_have_not_heard(redis: &impl Replicated) {
    let house = House::at(&redis.url());
    let (first, store) = house.server().await;
    let (second, _) = house.server().await;
    let servers = [first.clone(), second];
    let app = &first;
    let mut ada = Person::registered(app, "Ada").await;
    let mut thief = Person::default();
    thief.post(app, "/sign-in", CREDENTIALS).await;
    let mut grace = Person::registered(app, "Grace").await;
    let copy = grace.clone();
    let load = Load::on(&servers);
    load.goes_on().await;
    let heard = load.acknowledged();
    redis.wait_until_followed();

    redis.cut_off_replicas();
    let key = key(&grace);
    let doomed = redis.primary_of(&key).port();
    let unheard = basket_on(doomed, redis, app).await;
    assert_eq!(grace.post(app, "/sign-out", "").await.location, "/");
    assert_eq!(copy.clone().get(app, "/member").await.location, "/sign-in");
    assert_eq!(ada.post(app, "/password", CHANGE).await.status, 303);
    assert_eq!(thief.get(app, "/member").await.location, "/sign-in");
    assert_eq!(redis.kill_primary_of(&key), doomed);
    redis.thaw();
    redis.wait_until_replaced(doomed);

    load.goes_on().await;
    load.end().await;
    is_kept(heard, &store).await;
    let page = unheard.clone().get(app, "/").await.page;
    assert!(!page.contains("1 × "), "the packet is gone: {page}");
    assert_eq!(
        copy.clone().get(app, "/member").await.status,
        200,
        "she is in again"
    );
    assert_eq!(thief.get(app, "/member").await.location, "/sign-in", "he is not");
}

/// Somebody whose basket lies on this server.
async fn basket_on(
    port: u16,
    redis: &impl Replicated,
    app: &axum::Router,
) -> Person {
    loop {
        let mut visitor = Person::default();
        assert_eq!(visitor.post(app, "/basket", "tea=assam").await.status, 303);
        if redis.primary_of(&key(&visitor)).port() == port {
            return visitor;
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_redis_that_wants_a_replica_refuses_what_it_could_lose() {
    let redis = Sentinels::start_with(&["min-replicas-to-write 1"]);
    let house = House::at(&redis.url());
    let (app, _) = house.server().await;
    let ada = Person::registered(&app, "Ada").await;
    redis.cut_off_replicas();
    let answer = ada.clone().post(&app, "/sign-out", "").await;
    assert_eq!(answer.status, 503);
    let answer = Person::default().post(&app, "/basket", "tea=assam").await;
    assert_eq!(answer.status, 503);
    assert_eq!(ada.clone().get(&app, "/member").await.status, 200, "she can look");
    redis.thaw();
}
