//! The cookie, as the program writes it.

use axum::http::Method;
use conversation::{Answer, Request};
use time::Duration;

use crate::{
    people::{ADAS, RIGHT},
    shop::{COOKIE, Shop},
    stores::{Kind, on_each_store},
};

on_each_store! {
    each_cookie_and_its_removal_have_all_the_attributes,
    a_cookie_is_a_small_part_of_4096_bytes_whatever_the_basket_holds,
    the_cookie_of_exactly_this_name_counts_and_no_other,
    the_cookie_goes_with_the_browser_unless_she_asks_for_more_and_lives_90_days_at_most,
    what_is_removed_stays_removed_in_a_browser_that_has_all_the_rules,
}

fn set(answer: &Answer) -> Vec<&str> {
    let headers = answer.headers.iter();
    headers.filter(|it| it.0 == "set-cookie").map(|it| it.1.as_str()).collect()
}

/// All of it but for the value, and for how long it lives.
fn attributes(cookie: &str) -> Vec<&str> {
    let mut all: Vec<&str> = cookie.split("; ").skip(1).collect();
    all.sort_unstable();
    all.retain(|it| !it.starts_with("Max-Age") && !it.starts_with("Expires"));
    all
}

async fn each_cookie_and_its_removal_have_all_the_attributes(kind: Kind) {
    let mut shop = Shop::open(kind).await;
    let mut answers = vec![
        shop.post("Ada", "/register", ADAS).await,
        shop.buy("Ada", "assam").await,
        shop.submit("Ada", "/confirm", RIGHT).await,
        shop.submit("Ada", "/remember", "remember=true").await,
        shop.get("Ada", "/").await,
        shop.sign_out("Ada").await,
        shop.buy("Ada", "assam").await,
        shop.submit("Ada", "/start-over", "").await,
    ];
    shop.forge("Ada", COOKIE, "rubbish");
    answers.push(shop.get("Ada", "/").await);
    let cookies: Vec<&str> = answers.iter().flat_map(set).collect();
    assert!(cookies.len() >= 7, "{cookies:#?}");
    let removals = cookies.iter().filter(|it| it.starts_with("__Host-id=;"));
    assert!(removals.count() >= 2, "{cookies:#?}");
    for cookie in cookies {
        assert!(cookie.starts_with("__Host-id="), "{cookie}");
        let all = attributes(cookie);
        assert_eq!(
            all,
            ["HttpOnly", "Path=/", "SameSite=Lax", "Secure"],
            "{cookie}"
        );
    }
}

async fn a_cookie_is_a_small_part_of_4096_bytes_whatever_the_basket_holds(
    kind: Kind,
) {
    let mut shop = Shop::open(kind).await;
    shop.shops("Ada").await;
    for tea in ["assam", "sencha", "oolong"] {
        for _ in 0..5 {
            let answer = shop.buy("Ada", tea).await;
            for cookie in set(&answer) {
                assert!(cookie.len() < 256, "{cookie}");
            }
        }
    }
    assert!(COOKIE.len() + shop.cookie("Ada").len() < 128);
}

async fn the_cookie_of_exactly_this_name_counts_and_no_other(kind: Kind) {
    let mut shop = Shop::open(kind).await;
    shop.shops("Ada").await;
    let value = shop.cookie("Ada");
    for name in [
        "__host-id",
        "__HOST-ID",
        "__Host-Id",
        "__Host-id2",
        "_Host-id",
        "id",
        "__Secure-id",
        "%5F%5FHost-id",
        "__Host%2Did",
        "\"__Host-id\"",
        "__Host-id\u{a0}",
    ] {
        let cookie = format!("{name}={value}");
        let answer = shop.look("Mallory", "/member", ("cookie", &cookie)).await;
        assert!(!answer.text.contains("Sign out"), "{name}");
    }
    // Of two of one name nobody knows which is whose.
    for cookie in [
        format!("{COOKIE}={value}; {COOKIE}=planted"),
        format!("{COOKIE}=planted; {COOKIE}={value}"),
        format!("{COOKIE}={value}; {COOKIE}={value}x"),
    ] {
        let answer = shop.look("Mallory", "/member", ("cookie", &cookie)).await;
        assert!(!answer.text.contains("Sign out"), "{cookie}");
    }
    let cookie = format!("{COOKIE}={value}; other=1; %5F%5FHost-id=planted");
    let answer = shop.look("Mallory", "/member", ("cookie", &cookie)).await;
    assert!(answer.text.contains("Sign out"), "others beside it take nothing away");
}

async fn the_cookie_goes_with_the_browser_unless_she_asks_for_more_and_lives_90_days_at_most(
    kind: Kind,
) {
    let mut shop = Shop::open(kind).await;
    let answer = shop.post("Ada", "/register", ADAS).await;
    for cookie in set(&answer) {
        assert!(
            !cookie.contains("Max-Age") && !cookie.contains("Expires"),
            "{cookie}"
        );
    }
    let answer = shop.submit("Ada", "/remember", "remember=true").await;
    let lives = seconds(&answer).expect("it outlives the browser");
    assert!((Duration::days(29)..=Duration::days(30)).contains(&lives), "{lives}");
    let mut left = Duration::days(90);
    for _ in 0..4 {
        shop.pass(Duration::days(20)).await;
        left -= Duration::days(20);
        let lives =
            seconds(&shop.get("Ada", "/").await).expect("it outlives the browser");
        assert!(lives <= left.min(Duration::days(30)), "{lives} of {left}");
    }
}

fn seconds(answer: &Answer) -> Option<Duration> {
    let cookie = set(answer).pop()?;
    let seconds = cookie.split("Max-Age=").nth(1)?.split(';').next()?;
    seconds.parse().ok().map(Duration::seconds)
}

/// A removal without the attributes would be refused, and the cookie would stay.
async fn what_is_removed_stays_removed_in_a_browser_that_has_all_the_rules(
    kind: Kind,
) {
    let mut shop = Shop::open(kind).await;
    shop.shops("Ada").await;
    shop.sign_out("Ada").await;
    assert!(shop.cookies("Ada").is_empty());
    shop.buy("Ada", "assam").await;
    shop.submit("Ada", "/start-over", "").await;
    assert!(shop.cookies("Ada").is_empty());
    // From another site no cookie comes along with a form, and one with a link.
    shop.shops("Grace").await;
    let from = conversation::Initiator::CrossSiteLink;
    let answer =
        shop.send("Grace", Request::new(Method::GET, "/").from(from)).await;
    assert!(answer.text.contains("1 × Assam"), "{}", answer.text);
}
