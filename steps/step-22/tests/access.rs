//! Access tokens: who gets in with one, and who tries to.

use axum::http::{Method, StatusCode};
use serde_json::json;
use step_22::accounts::{Account, Accounts};
use time::Duration;

mod program;
mod told;
use program::{PASSWORD, orders, refresh, sign_in, with};
use told::Told;

/// A store that knows an administrator, and a server on it.
async fn shop() -> (Told, axum::Router) {
    trial::forbid_in_logs(&[PASSWORD]);
    let store = Told::new();
    let account = Account::administrator(PASSWORD.to_owned()).await;
    let is_new = store.add(account.expect("an account")).await;
    assert!(is_new.expect("a store"));
    let app = store.server_at(program::site(Duration::minutes(5)));
    (store, app)
}

#[tokio::test]
async fn a_program_signs_in_and_goes_on() {
    let (_store, app) = shop().await;
    let given = sign_in(&app, "administrator", PASSWORD).await;
    assert_eq!(given.status, StatusCode::OK, "{given:?}");
    assert_eq!(given.header("cache-control"), "no-store");
    assert_eq!(given.body["token_type"], "Bearer");
    assert_eq!(given.body["expires_in"], 300);
    assert!(!given.headers.contains_key("set-cookie"));
    let access = given.text("access_token");
    let answer = orders(&app, &access).await;
    assert_eq!((answer.status, &answer.body), (StatusCode::OK, &json!([])));
    let answer = with(&app, Method::GET, "/api/administrator", &access).await;
    assert_eq!(answer.body, json!({ "sessions": 1, "disabled": [] }));
    let given = refresh(&app, &given.text("refresh_token")).await;
    assert_eq!(given.status, StatusCode::OK, "{given:?}");
    assert_eq!(orders(&app, &given.text("access_token")).await.status, 200);
    let last = given.text("refresh_token");
    let answer = with(&app, Method::POST, "/api/tokens/end", &last).await;
    assert_eq!(answer.status, StatusCode::NO_CONTENT);
    let answer = refresh(&app, &last).await;
    assert_eq!(answer.status, StatusCode::UNAUTHORIZED);
    assert_eq!(
        answer.header("www-authenticate"),
        r#"Bearer error="invalid_token""#
    );
    assert_eq!(answer.header("content-type"), "application/problem+json");
    println!("{given:?} {answer:?}");
}
