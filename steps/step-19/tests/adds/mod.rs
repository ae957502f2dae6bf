//! Five requests of one session at once, over two servers.

use axum::{
    Router,
    body::{Body, to_bytes},
    http::{Request, StatusCode, header},
};
use step_19::{accounts::Accounts, app, orders::Orders, sessions::Sessions};
use tower::ServiceExt;
use tower_sessions::cookie::Key;

/// So often five requests are sent at once.
pub(crate) const ROUNDS: usize = 200;

/// A shop on this store.
pub(crate) fn server<Store: Sessions + Accounts + Orders + Clone>(
    store: Store,
) -> Router {
    app(store.clone(), Key::from(&[7; 64]), store)
}

/// What goes wrong in so many rounds: in each, a basket gets five packets at once.
pub(crate) async fn lost(servers: &[Router; 2], rounds: usize) -> Vec<String> {
    let mut wrong = Vec::new();
    for round in 0..rounds {
        if let Err(why) = five_at_once(servers).await {
            wrong.push(format!("round {round}: {why}"));
        }
    }
    wrong
}

async fn five_at_once(servers: &[Router; 2]) -> Result<(), String> {
    let first = post(&servers[0], None, "tea=assam").await;
    let cookie = first.0.ok_or("the first packet makes no session")?;
    let page = page(&servers[1], &cookie).await;
    let token = between(&page, r#"name="token" value=""#, '"');
    let adds: Vec<_> = (0..5)
        .map(|number| {
            let (server, cookie) = (servers[number % 2].clone(), cookie.clone());
            let form = format!("token={token}&tea=sencha");
            tokio::spawn(async move { post(&server, Some(&cookie), &form).await.1 })
        })
        .collect();
    let mut statuses = Vec::new();
    for add in adds {
        statuses.push(add.await.map_err(|why| why.to_string())?);
    }
    let page = self::page(&servers[0], &cookie).await;
    let is_kept = page.contains("5 × Sencha") && page.contains("1 × Assam");
    let is_well = statuses.iter().all(|status| *status == StatusCode::SEE_OTHER);
    if is_kept && is_well { Ok(()) } else { Err(format!("{statuses:?} {page}")) }
}

async fn post(
    server: &Router,
    cookie: Option<&str>,
    form: &str,
) -> (Option<String>, StatusCode) {
    let mut request = Request::post("/basket")
        .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded");
    if let Some(cookie) = cookie {
        request = request.header(header::COOKIE, cookie);
    }
    let request = request.body(Body::from(form.to_owned())).expect("well formed");
    let answer = server.clone().oneshot(request).await.expect("an answer");
    let cookie = answer.headers().get(header::SET_COOKIE);
    let cookie = cookie.and_then(|it| it.to_str().ok()?.split(';').next());
    (cookie.map(str::to_owned), answer.status())
}

async fn page(server: &Router, cookie: &str) -> String {
    let request = Request::get("/").header(header::COOKIE, cookie);
    let request = request.body(Body::empty()).expect("well formed");
    let answer = server.clone().oneshot(request).await.expect("an answer");
    let body = to_bytes(answer.into_body(), 1 << 16).await.expect("a page");
    String::from_utf8_lossy(&body).into_owned()
}

fn between<'a>(text: &'a str, before: &str, end: char) -> &'a str {
    let rest = text.split_once(before).map_or("", |(_, rest)| rest);
    rest.split(end).next().unwrap_or_default()
}
