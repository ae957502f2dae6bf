//! A crowd at the sign-in, beside a member who is in. A program of its own: what it counts, the
//! tests of one program share.

#![cfg(redis)]

mod database;

use axum::{
    Router,
    body::Body,
    http::{Request, StatusCode, header},
    response::Response,
};
use step_16::app;
use tokio::task::JoinSet;
use tower::ServiceExt;
use tower_sessions::cookie::Key;

const PASSWORD: &str = "password=a+cup+before+noon";

async fn send(app: &Router, path: &str, cookie: &str, fields: &str) -> Response {
    let request = Request::builder()
        .method(if fields.is_empty() { "GET" } else { "POST" })
        .uri(path)
        .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
        .header(header::COOKIE, cookie)
        .body(Body::from(fields.to_owned()));
    let request = request.expect("well formed");
    app.clone().oneshot(request).await.expect("an answer")
}

fn cookie(answer: &Response) -> String {
    let cookie = answer.headers().get(header::SET_COOKIE).expect("a cookie");
    let cookie = cookie.to_str().expect("text");
    cookie.split(';').next().unwrap_or_default().to_owned()
}

async fn token(app: &Router, cookie: &str) -> String {
    let page = send(app, "/confirm", cookie, "").await.into_body();
    let page = axum::body::to_bytes(page, 1 << 20).await.expect("a page");
    let page = String::from_utf8_lossy(&page).into_owned();
    let (_, rest) = page.split_once(r#"name="token" value=""#).expect("a token");
    rest.split('"').next().unwrap_or_default().to_owned()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn strangers_who_sign_in_at_once_let_no_member_wait_who_is_in() {
    let place = database::place();
    let store = place.sessions();
    let accounts = place.accounts(&store);
    let app = app(store, Key::from(&[7; 64]), accounts);
    let ada = format!("name=Ada&{PASSWORD}");
    let ada = cookie(&send(&app, "/register", "x=1", &ada).await);
    let token = token(&app, &ada).await;
    let mut crowd = JoinSet::new();
    for number in 0..100 {
        let app = app.clone();
        crowd.spawn(async move {
            let form = format!("name=Adam{number}&{PASSWORD}");
            send(&app, "/sign-in", "x=1", &form).await.status()
        });
    }
    let first = crowd.join_next().await.expect("there is a crowd");
    assert_eq!(first.expect("an answer"), StatusCode::FORBIDDEN);
    let form = format!("token={token}&{PASSWORD}");
    let answer = send(&app, "/confirm", &ada, &form).await;
    assert_eq!(answer.status(), StatusCode::SEE_OTHER);
    let mut waiting = 0;
    while crowd.try_join_next().is_some() {}
    while crowd.join_next().await.is_some() {
        waiting += 1;
    }
    assert!(waiting > 0, "she has not queued behind the crowd");
}
