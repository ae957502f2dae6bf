//! The shop twice on a Redis Cluster.

#![cfg(redis)]

mod shops;

use std::sync::LazyLock;

use axum::http::StatusCode;
use engines::{Cluster, Replicated};
use shops::{Person, rounds, server};
use step_19::{account_file::AccountFile, apart::Apart, name::Name, redis::Redis};
use tempfile::TempDir;

/// It ends with the program.
static CLUSTER: LazyLock<Cluster> = LazyLock::new(Cluster::start);

fn opened_twice(cluster: &Cluster) -> (TempDir, [Redis; 2], [Apart<Redis>; 2]) {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let stores =
        [(); 2].map(|()| Redis::at(&cluster.url()).expect("a URL of a cluster"));
    let members = stores.clone().map(|store| {
        let file = AccountFile::open(folder.path().join("accounts.db"));
        Apart::new(file.expect("it opens"), store)
    });
    (folder, stores, members)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_servers_on_one_cluster_keep_each_packet() {
    let (_folder, stores, [one, other]) = opened_twice(&CLUSTER);
    let [first, second] = stores.clone();
    let servers = [server(first, one), server(second, other)];
    let row = rounds("Redis Cluster", servers, &stores[0]).await;
    shops::record("rounds_in_cluster", &row);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn five_forms_are_one_order_beside_a_cluster() {
    let (_folder, [first, second], [one, other]) = opened_twice(&CLUSTER);
    shops::five_forms_are_one_order([server(first, one), server(second, other)])
        .await;
}

#[test]
fn two_programs_on_one_cluster_are_one_shop() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let file = folder.path().join("accounts.db").display().to_string();
    let store = [("STORE", &*CLUSTER.url()), ("ACCOUNTS_DB", &file)];
    shops::two_programs_are_one_shop(&store);
}

/// As a server that has taken the place of another.
#[tokio::test]
async fn servers_that_do_not_know_the_script_are_told() {
    let (_folder, [store, other], [members, _]) = opened_twice(&CLUSTER);
    let shop = server(store, members);
    let mut ada = Person::shopping(&shop).await;
    for packets in 1..4 {
        for primary in CLUSTER.primaries() {
            primary.cli(&["SCRIPT", "FLUSH"]);
        }
        ada.post(&shop, "/basket", "tea=assam").await;
        assert_eq!(shops::packets(&other, &ada).await, packets);
    }
}

/// It has the sessions of the one that died, and has not heard of the script.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_replica_that_takes_over_is_told_the_script() {
    let cluster = Cluster::start();
    let (_folder, [store, other], [members, _]) = opened_twice(&cluster);
    let shop = server(store, members);
    let mut ada = Person::shopping(&shop).await;
    let added = ada.post(&shop, "/basket", "tea=assam").await;
    assert_eq!(added.status, StatusCode::SEE_OTHER);
    cluster.wait_until_followed();
    let name = Name::of(&ada.id().expect("a session"));
    let lost = cluster.kill_primary_of(&format!("tea:session:{name}"));
    cluster.wait_until_replaced(lost);
    // On a busy machine, one may come before the client has found its way.
    for _ in 0..20 {
        let added = ada.post(&shop, "/basket", "tea=assam").await;
        if added.status == StatusCode::SEE_OTHER {
            break;
        }
    }
    assert!(shops::packets(&other, &ada).await >= 2);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nobody_waits_for_one_that_is_held_in_a_cluster() {
    let (_folder, stores, members) = opened_twice(&CLUSTER);
    shops::nobody_waits_for_one_that_is_held(stores, members).await;
}
