//! Where sessions are kept: who copies it, fills it, breaks it, or stands at another server.

use axum::http::StatusCode;
use step_24::name::Name;

use crate::{
    identifiers::signed,
    people::{ADAS, ANOTHER, DEVICES},
    shop::{COOKIE, PROGRAM, Shop},
    stores::{Kind, on_each_store},
};

on_each_store! {
    a_copy_of_the_store_and_the_key_sign_nobody_in,
    strangers_begin_a_hundred_sessions_from_one_address_and_end_nobodys,
    a_store_that_fails_is_a_page_without_its_cause_which_the_log_has,
    what_was_acknowledged_survives_a_crash_of_the_server_and_what_has_ended_does_not_come_back,
    who_signs_out_at_one_server_is_out_at_the_other_and_comes_back_by_none,
    no_form_or_page_is_given_by_one_server_for_what_the_other_has_ended,
    another_password_at_one_server_ends_what_the_other_is_beginning,
    a_server_that_dies_in_the_middle_of_a_change_lets_nobody_in_who_was_to_be_out,
    all_other_sessions_of_a_member_end_wherever_they_began,
    whoever_a_store_has_forgotten_is_a_stranger_who_signs_in_again,
    hole_whoever_may_write_to_the_store_is_anybody,
    nobody_else_on_the_machine_reads_the_files_beside_the_program,
    four_hundred_requests_at_once_are_all_answered,
}

async fn a_copy_of_the_store_and_the_key_sign_nobody_in(kind: Kind) {
    let mut shop = Shop::open(kind).await;
    shop.shops("Ada").await;
    let id = shop.id("Ada").expect("a session");
    let (cookie, kept) = (shop.cookie("Ada"), shop.place.at_rest());
    let name = Name::of(&id).to_string();
    assert!(kept.contains("Ada") && kept.contains("assam"), "it is looked at");
    assert!(!kept.contains(&id.to_string()) && !kept.contains(&cookie[..43]));
    for value in [name.clone(), name[..32].to_owned(), name[32..].to_owned()] {
        let forged = signed(&shop.key, &value);
        assert!(!shop.opens(&forged).await, "{value}");
    }
    for half in [&name[..32], &name[32..]] {
        let number = i128::from_str_radix(half, 16).unwrap_or(i128::MAX);
        let forged =
            signed(&shop.key, &tower_sessions::session::Id(number).to_string());
        assert!(!shop.opens(&forged).await, "{half}");
    }
    let forged = signed(&shop.key, &id.to_string());
    assert!(shop.opens(&forged).await, "a cookie is signed like this");
}

async fn strangers_begin_a_hundred_sessions_from_one_address_and_end_nobodys(
    kind: Kind,
) {
    let mut shop = Shop::open(kind).await;
    shop.shops("Ada").await;
    for number in 0..105 {
        shop.close("Mallory");
        let answer = shop.post("Mallory", "/basket", "tea=assam").await;
        let begins = answer.status == StatusCode::SEE_OTHER;
        assert_eq!(begins, number < 100, "{number}: {}", answer.status);
        assert_eq!(answer.header("set-cookie").is_some(), begins, "{number}");
    }
    assert_eq!(shop.count().await, 101);
    assert!(shop.is_in("Ada").await);
    shop.close("Phone");
    assert_eq!(shop.sign_in_as_ada("Phone").await.status, StatusCode::SEE_OTHER);
}

async fn a_store_that_fails_is_a_page_without_its_cause_which_the_log_has(
    kind: Kind,
) {
    let mut shop = Shop::open(kind).await;
    shop.shops("Ada").await;
    let token = shop.secret("Ada", "token").await;
    let name = Name::of(&shop.id("Ada").expect("a session"));
    shop.place.spoil(&name);
    for (path, fields) in
        [("/", None), ("/member", None), ("/basket", Some("tea=sencha"))]
    {
        let answer = match fields {
            Some(fields) => {
                shop.post("Ada", path, &format!("token={token}&{fields}")).await
            }
            None => shop.get("Ada", path).await,
        };
        assert_eq!(
            answer.status,
            StatusCode::SERVICE_UNAVAILABLE,
            "{path}: {}",
            answer.text
        );
        assert_eq!(answer.header("set-cookie"), None, "she keeps what she has");
        assert_eq!(answer.header("cache-control"), Some("no-store"));
        for cause in [
            "sessions",
            "WRONGTYPE",
            "SQL",
            "table",
            "relation",
            "edis",
            "127.0.0.1",
        ] {
            assert!(!answer.body.contains(cause), "{cause}: {}", answer.body);
        }
    }
    // Nobody is told goodbye whose session could not be ended.
    let answer = shop.post("Ada", "/sign-out", &format!("token={token}")).await;
    assert_eq!(answer.status, StatusCode::SERVICE_UNAVAILABLE);
    assert!(!shop.cookies("Ada").is_empty());
    let about = shop.get("Ada", "/about").await;
    assert_eq!(about.status, StatusCode::OK, "what needs no store is there");
    let log = shop.log();
    let cause = [
        "WRONGTYPE",
        "no such table",
        "does not exist",
        "db error",
        "Connection refused",
    ];
    assert!(
        log.contains("ERROR") && cause.iter().any(|it| log.contains(it)),
        "{log}"
    );
}

async fn what_was_acknowledged_survives_a_crash_of_the_server_and_what_has_ended_does_not_come_back(
    kind: Kind,
) {
    let mut shop = Shop::open(kind).await;
    shop.shops("Ada").await;
    shop.shops("Grace").await;
    let grace = shop.cookie("Grace");
    shop.sign_out("Grace").await;
    shop.check_out("Ada").await;
    shop.buy("Ada", "oolong").await;
    shop.crash();
    let page = shop.get("Ada", "/").await.text;
    assert!(page.contains("Ada") && page.contains("1 × Oolong"), "{page}");
    assert_eq!(shop.orders("Ada").await, ["1 × Assam"]);
    assert!(!shop.opens(&grace).await);
    shop.close("Grace");
    shop.give("Grace", "/sign-in", "Grace", crate::shop::PASSWORD).await;
    assert!(shop.is_in("Grace").await, "her account is kept");
}

async fn who_signs_out_at_one_server_is_out_at_the_other_and_comes_back_by_none(
    kind: Kind,
) {
    let mut shop = Shop::open(kind).await;
    let another = shop.another();
    shop.answers(1);
    shop.shops("Ada").await;
    shop.answers(2);
    assert!(shop.is_in("Ada").await, "she is known there");
    let copy = shop.cookie("Ada");
    let mut crowd = vec![(shop.port(), shop.form("Ada", "/sign-out", "").await)];
    for port in [another.port(), shop.port(), another.port()] {
        crowd.push((port, shop.form("Ada", "/basket", "tea=oolong").await));
    }
    let answers = shop.at_once(&crowd).await;
    assert_eq!(answers[0].0, StatusCode::SEE_OTHER);
    for server in [1, 2] {
        shop.answers(server);
        assert!(!shop.opens(&copy).await, "{server}");
        for (_, cookie) in &answers {
            assert!(!shop.opens(cookie).await, "{server}");
        }
    }
    assert!(shop.members().await.is_empty());
}

async fn no_form_or_page_is_given_by_one_server_for_what_the_other_has_ended(
    kind: Kind,
) {
    let mut shop = Shop::administered(kind).await;
    let _another = shop.another();
    shop.answers(1);
    shop.three_devices().await;
    shop.answers(2);
    for browser in DEVICES {
        assert!(shop.is_in(browser).await, "{browser}");
    }
    let token = shop.secret("Phone", "token").await;
    shop.answers(1);
    shop.submit("Grace", "/administrator/end-all", "").await;
    shop.answers(2);
    for browser in DEVICES {
        assert!(!shop.is_in(browser).await, "{browser}");
    }
    let fields = format!("token={token}&{ANOTHER}");
    let answer = shop.post("Phone", "/password", &fields).await;
    assert!(answer.status != StatusCode::OK, "{}", answer.text);
    let answer = shop.sign_in_as_ada("Phone").await;
    assert_eq!(answer.status, StatusCode::SEE_OTHER, "the password is the old one");
}

async fn another_password_at_one_server_ends_what_the_other_is_beginning(
    kind: Kind,
) {
    let mut shop = Shop::open(kind).await;
    let another = shop.another();
    shop.answers(1);
    shop.shops("Ada").await;
    let mut crowd =
        vec![(shop.port(), shop.form("Ada", "/password", ANOTHER).await)];
    for thief in ["Mallory", "Mallory too"] {
        crowd.push((another.port(), shop.form(thief, "/sign-in", ADAS).await));
    }
    let answers = shop.at_once(&crowd).await;
    assert_eq!(answers[0].0, StatusCode::SEE_OTHER, "{answers:?}");
    for server in [1, 2] {
        shop.answers(server);
        for (number, (_, cookie)) in answers.iter().enumerate() {
            assert_eq!(
                shop.opens(cookie).await,
                number == 0,
                "{server}: {answers:?}"
            );
        }
    }
    assert_eq!(shop.members().await, ["Ada"]);
}

/// Whatever of it was done: with the new password, the others are out.
async fn a_server_that_dies_in_the_middle_of_a_change_lets_nobody_in_who_was_to_be_out(
    kind: Kind,
) {
    let mut shop = Shop::open(kind).await;
    shop.three_devices().await;
    let form = shop.form("Phone", "/password", ANOTHER).await;
    let sent = shop.send_only(&form).await;
    shop.crash();
    drop(sent);
    let answer = shop.give("Tablet", "/sign-in", "Ada", "two cups at four").await;
    let is_changed = answer.status == StatusCode::SEE_OTHER;
    for browser in ["Laptop", "Office"] {
        assert_eq!(shop.is_in(browser).await, !is_changed, "{browser}");
    }
    if !is_changed {
        shop.submit("Phone", "/password", ANOTHER).await;
        assert!(!shop.is_in("Laptop").await && shop.is_in("Phone").await);
    }
}

async fn all_other_sessions_of_a_member_end_wherever_they_began(kind: Kind) {
    let mut shop = Shop::open(kind).await;
    let _another = shop.another();
    shop.answers(1);
    shop.three_devices().await;
    shop.shops("Grace").await;
    shop.answers(2);
    let answer = shop.submit("Phone", "/devices/end-others", "").await;
    assert_eq!(answer.status, StatusCode::SEE_OTHER);
    for server in [1, 2] {
        shop.answers(server);
        assert!(
            !shop.is_in("Laptop").await && !shop.is_in("Office").await,
            "{server}"
        );
        assert!(shop.is_in("Phone").await && shop.is_in("Grace").await, "{server}");
    }
}

async fn whoever_a_store_has_forgotten_is_a_stranger_who_signs_in_again(
    kind: Kind,
) {
    let mut shop = Shop::open(kind).await;
    shop.shops("Ada").await;
    shop.buy("Grace", "assam").await;
    for record in shop.live().await {
        shop.store().delete(&record.id).await.expect("it answers");
    }
    for who in ["Ada", "Grace"] {
        let page = shop.get(who, "/").await;
        assert_eq!(page.status, StatusCode::OK, "{who}");
        assert!(!page.text.contains("1 × Assam"), "{who}: {}", page.text);
        assert!(shop.cookies(who).is_empty(), "{who}");
        assert!(!shop.is_in(who).await, "{who}");
    }
    shop.sign_in_as_ada("Ada").await;
    assert!(shop.is_in("Ada").await);
}

/// Whoever keeps the store sees to it that the servers alone write there.
async fn hole_whoever_may_write_to_the_store_is_anybody(kind: Kind) {
    let mut shop = Shop::open(kind).await;
    shop.shops("Ada").await;
    shop.shops("Mallory").await;
    let id = shop.id("Ada").expect("a session");
    let ada = shop.store().load(&id).await.expect("it answers").expect("it lives");
    shop.rewrite("Mallory", |record| {
        for name in ["member", "stamp"] {
            record.data.insert(name.to_owned(), ada.data[name].clone());
        }
    })
    .await;
    let page = shop.get("Mallory", "/member").await.text;
    assert!(page.contains("Ada") && !page.contains("Mallory"), "{page}");
}

#[cfg(unix)]
async fn nobody_else_on_the_machine_reads_the_files_beside_the_program(kind: Kind) {
    use std::os::unix::fs::PermissionsExt;
    let mut shop = Shop::open(kind).await;
    shop.shops("Ada").await;
    for file in std::fs::read_dir(shop.place.folder()).expect("it can be read") {
        let file = file.expect("a file");
        let mode = file.metadata().expect("it is there").permissions().mode();
        assert_eq!(mode & 0o077, 0, "{:?}: {mode:o}", file.path());
    }
}

async fn four_hundred_requests_at_once_are_all_answered(kind: Kind) {
    let mut shop = Shop::open(kind).await;
    shop.shops("Ada").await;
    let out = shop.form("Nobody", "/sign-out", "").await;
    let crowd = vec![(shop.port(), out); 400];
    for (status, _) in shop.at_once(&crowd).await {
        let clear = [StatusCode::SEE_OTHER, StatusCode::SERVICE_UNAVAILABLE];
        assert!(clear.contains(&status), "{status}");
    }
    assert!(shop.is_in("Ada").await);
}

/// One that is full would throw live sessions out, or the list of them.
#[test]
#[cfg_attr(not(redis), ignore = "needs Redis: sudo apt-get install redis-server")]
fn a_redis_that_would_evict_sessions_is_refused_at_the_start() {
    let settings = ["save \"\"", "maxmemory 100mb", "maxmemory-policy allkeys-lru"];
    let redis = engines::Redis::start_with(&settings);
    let folder = tempfile::tempdir().expect("a temporary folder");
    let (key, accounts) =
        (step_24::secret::new_key(), folder.path().join("accounts.db"));
    let environment = [
        ("SESSION_KEY", key.as_str()),
        ("STORE", &redis.url()),
        ("ACCOUNTS_DB", accounts.to_str().expect("text")),
    ];
    let how = trial::Start { program: PROGRAM, environment: &environment };
    let line = trial::refuses_to_start(how);
    assert!(
        line.contains("it evicts live sessions") && !line.contains(COOKIE),
        "{line}"
    );
}
