// Tests of your own: browsers that keep cookies, and a store in which time passes.

use axum::{Router, body, http::Request};
use cookie_store::CookieStore;
use std::{collections::HashMap, sync::Arc, sync::Mutex};
use tower::ServiceExt;
use tower_sessions::cookie::time::{Duration, OffsetDateTime};
use tower_sessions::{SessionStore, session::Id, session::Record, session_store::Result};

#[derive(Clone, Debug, Default)]
struct Rows(Arc<Mutex<HashMap<Id, Record>>>);
impl Rows {
    /// Lets time pass: each record has that much less of it left.
    fn pass(&self, time: Duration) {
        self.0.lock().unwrap().values_mut().for_each(|row| row.expiry_date -= time);
    }
}

#[async_trait::async_trait]
impl SessionStore for Rows {
    async fn save(&self, row: &Record) -> Result<()> {
        self.0.lock().unwrap().insert(row.id, row.clone());
        Ok(())
    }
    async fn load(&self, id: &Id) -> Result<Option<Record>> {
        let lives = |row: &&Record| row.expiry_date > OffsetDateTime::now_utc();
        Ok(self.0.lock().unwrap().get(id).filter(lives).cloned())
    }
    async fn delete(&self, id: &Id) -> Result<()> {
        self.0.lock().unwrap().remove(id);
        Ok(())
    }
}

/// Asks for a page or sends a form, as a browser with this jar does.
async fn send(app: &Router, jar: &mut CookieStore, path: &str, form: &str) -> String {
    let url = format!("https://localhost{path}").parse().unwrap();
    let cookies = jar.get_request_values(&url).map(|(name, value)| format!("{name}={value}"));
    let request = Request::builder()
        .method(if form.is_empty() { "GET" } else { "POST" })
        .uri(path)
        .header("cookie", cookies.collect::<Vec<_>>().join("; "))
        .header("content-type", "application/x-www-form-urlencoded")
        .body(form.to_owned());
    let (head, page) = app.clone().oneshot(request.unwrap()).await.unwrap().into_parts();
    for cookie in head.headers.get_all("set-cookie") {
        let _ = jar.parse(cookie.to_str().unwrap(), &url);
    }
    let page = body::to_bytes(page, usize::MAX).await.unwrap();
    format!("{:?}\n{}", head.headers, String::from_utf8_lossy(&page))
}

fn server() -> (Router, Rows) {
    let rows = Rows::default();
    (step_03::app(rows.clone()), rows)
}

#[tokio::test]
async fn the_cookie_is_out_of_a_scripts_reach() {
    let answer = send(&server().0, &mut CookieStore::default(), "/", "").await;
    assert!(answer.contains("; HttpOnly"), "{answer}");
}

#[tokio::test]
async fn a_session_ends_after_two_weeks_without_a_visit() {
    let ((app, rows), mut ada) = (server(), CookieStore::default());
    for (days, count) in [(0, 1), (13, 2), (13, 3), (14, 1)] {
        rows.pass(Duration::days(days));
        let answer = send(&app, &mut ada, "/", "").await;
        assert!(answer.contains(&format!("<strong>{count}</strong>")), "{answer}");
    }
}

#[tokio::test]
async fn two_browsers_are_two_people() {
    let ((app, _), [mut ada, mut grace]) = (server(), Default::default());
    send(&app, &mut ada, "/", "").await;
    let answer = send(&app, &mut grace, "/", "").await;
    assert!(answer.contains("<strong>1</strong>"), "{answer}");
}
