//! The shop twice on a Redis Cluster.

#![cfg(redis)]

mod shops;

use std::sync::LazyLock;

use engines::{Cluster, Replicated};
use shops::{Person, rounds, server};
use step_19::{account_file::AccountFile, apart::Apart, redis::Redis};
use tempfile::TempDir;

/// It ends with the program.
static CLUSTER: LazyLock<Cluster> = LazyLock::new(Cluster::start);

fn opened_twice() -> (TempDir, [Redis; 2], [Apart<Redis>; 2]) {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let stores =
        [(); 2].map(|()| Redis::at(&CLUSTER.url()).expect("a URL of a cluster"));
    let members = stores.clone().map(|store| {
        let file = AccountFile::open(folder.path().join("accounts.db"));
        Apart::new(file.expect("it opens"), store)
    });
    (folder, stores, members)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_servers_on_one_cluster_keep_each_packet() {
    let (_folder, stores, [one, other]) = opened_twice();
    let [first, second] = stores.clone();
    let servers = [server(first, one), server(second, other)];
    let row = rounds("Redis Cluster", servers, &stores[0]).await;
    shops::record("rounds_in_cluster", &row);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn five_forms_are_one_order_beside_a_cluster() {
    let (_folder, [first, second], [one, other]) = opened_twice();
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
    let (_folder, [store, other], [members, _]) = opened_twice();
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

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nobody_waits_for_one_that_is_held_in_a_cluster() {
    let (_folder, stores, members) = opened_twice();
    shops::nobody_waits_for_one_that_is_held(stores, members).await;
}
