//! The end of a session, and what must not come after it.

use axum::http::StatusCode;

use crate::{
    people::{ANOTHER, DEVICES, RIGHT},
    shop::{PASSWORD, Shop},
    stores::{Kind, on_each_store},
};

on_each_store! {
    a_copy_of_the_cookie_opens_nothing_once_its_owner_has_signed_out,
}

async fn a_copy_of_the_cookie_opens_nothing_once_its_owner_has_signed_out(kind: Kind) {
    let mut shop = Shop::open(kind).await;
    shop.shops("Ada").await;
    let before = shop.get("Ada", "/").await;
    assert!(before.body.contains("Assam"));
    shop.steal("Ada", "Mallory");
    assert!(shop.is_in("Mallory").await, "the attack runs");
    let copy = shop.cookie("Ada");
    let answer = shop.sign_out("Ada").await;
    assert_eq!(answer.status, StatusCode::SEE_OTHER);
    assert_eq!(shop.count().await, 0, "nothing is kept");
    assert!(!shop.is_in("Mallory").await);
    assert!(!shop.opens(&copy).await);
    let page = shop.get("Mallory", "/").await;
    assert!(!page.text.contains("1 × Assam"), "{}", page.text);
}
