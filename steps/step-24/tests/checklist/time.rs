//! How long a session lives. The program's clock is the machine's: what is kept is made older.

use time::Duration;

use crate::{
    people::RIGHT,
    shop::{PASSWORD, Shop},
    stores::{Kind, on_each_store},
};

on_each_store! {
    the_server_ends_the_session_whatever_the_browser_has_kept,
    without_a_visit_for_thirty_minutes_a_session_is_over,
    however_often_she_comes_a_session_is_over_after_twelve_hours,
    a_remembered_session_is_over_after_thirty_days_or_ninety_in_all,
    a_session_of_a_clock_that_was_ahead_is_no_members,
}

/// More than a busy machine takes between two requests.
const MARGIN: Duration = Duration::minutes(5);

async fn the_server_ends_the_session_whatever_the_browser_has_kept(kind: Kind) {
    let mut shop = Shop::open(kind).await;
    shop.shops("Ada").await;
    let kept = shop.cookie("Ada");
    assert!(shop.opens(&kept).await);
    shop.pass(Duration::minutes(31)).await;
    assert!(!shop.opens(&kept).await);
    assert_eq!(shop.count().await, 0);
}

async fn without_a_visit_for_thirty_minutes_a_session_is_over(kind: Kind) {
    let mut shop = Shop::open(kind).await;
    shop.shops("Ada").await;
    for _ in 0..3 {
        shop.pass(Duration::minutes(30) - MARGIN).await;
        assert!(shop.is_in("Ada").await, "a visit counts");
    }
    shop.pass(Duration::minutes(30)).await;
    assert!(!shop.is_in("Ada").await);
}

async fn however_often_she_comes_a_session_is_over_after_twelve_hours(kind: Kind) {
    let mut shop = Shop::open(kind).await;
    shop.shops("Ada").await;
    for _ in 0..35 {
        shop.pass(Duration::minutes(20)).await;
        assert!(shop.is_in("Ada").await);
    }
    shop.pass(Duration::minutes(20)).await;
    assert!(!shop.is_in("Ada").await);
}

async fn a_remembered_session_is_over_after_thirty_days_or_ninety_in_all(
    kind: Kind,
) {
    let mut shop = Shop::open(kind).await;
    shop.give("Ada", "/register", "Ada", PASSWORD).await;
    shop.submit("Ada", "/remember", "remember=true").await;
    shop.submit("Ada", "/basket", "tea=assam").await;
    for _ in 0..3 {
        shop.pass(Duration::days(29)).await;
        let page = shop.get("Ada", "/").await.text;
        assert!(page.contains("1 × Assam"), "{page}");
    }
    shop.pass(Duration::days(3)).await;
    let page = shop.get("Ada", "/").await.text;
    assert!(!page.contains("1 × Assam"), "ninety days: {page}");
    shop.sign_in_as_ada("Ada").await;
    shop.submit("Ada", "/remember", "remember=true").await;
    shop.pass(Duration::days(30)).await;
    shop.submit("Ada", "/confirm", RIGHT).await;
    assert!(!shop.is_in("Ada").await, "thirty days without a visit");
}

async fn a_session_of_a_clock_that_was_ahead_is_no_members(kind: Kind) {
    let mut shop = Shop::open(kind).await;
    shop.shops("Ada").await;
    shop.pass(Duration::days(-30)).await;
    assert!(!shop.is_in("Ada").await);
    assert!(shop.members().await.is_empty());
}
