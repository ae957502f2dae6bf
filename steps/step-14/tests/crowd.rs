//! A crowd at the sign-in, beside a member who is in. A program of its own: what it counts, the
//! tests of one program share.

use std::{
    pin::Pin,
    task::{Context, Waker},
    time::Duration,
};

use axum::{
    Router,
    body::Body,
    http::{Request, StatusCode, header},
    response::Response,
};
use step_14::{accounts::Accounts, app, sqlite::Sqlite};
use tokio::time;
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

/// Goes on with a request as far as it goes by itself.
fn push<T>(request: Pin<&mut impl Future<Output = T>>) {
    let _ = request.poll(&mut Context::from_waker(Waker::noop()));
}

#[tokio::test]
async fn strangers_who_sign_in_at_once_let_no_member_wait_who_is_in() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let store = Sqlite::open(folder.path().join("shop.db")).expect("it opens");
    let app = app(store.clone(), Key::from(&[7; 64]), store.clone());
    let ada = format!("name=Ada&{PASSWORD}");
    let ada = cookie(&send(&app, "/register", "x=1", &ada).await);
    let token = token(&app, &ada).await;
    let forms = (0..200).map(|number| format!("name=Adam{number}&{PASSWORD}"));
    let forms: Vec<String> = forms.collect();
    let mut crowd: Vec<_> = forms
        .iter()
        .map(|form| Box::pin(send(&app, "/sign-in", "x=1", form)))
        .collect();
    // As far as the store, which tells who they are, and then as far as the queue: there they stay,
    // those whose turn it is too.
    for _ in 0..2 {
        crowd.iter_mut().for_each(|one| push(one.as_mut()));
        for _ in 0..3 {
            store.find("nobody").await.expect("it answers those before first");
        }
    }
    let form = format!("token={token}&{PASSWORD}");
    let confirmed = send(&app, "/confirm", &ada, &form);
    // A busy machine may take seconds, a queue that does not move takes for ever.
    let answer = time::timeout(Duration::from_secs(600), confirmed).await;
    let answer = answer.expect("she does not queue behind the crowd");
    assert_eq!(answer.status(), StatusCode::SEE_OTHER);
}
