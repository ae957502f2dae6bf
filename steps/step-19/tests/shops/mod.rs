//! Two servers of the shop on one store, whichever that is, and people who talk to them.

// Not each program of tests needs all of it.
#![allow(dead_code)]

mod held;

use std::sync::Arc;

use axum::{
    Router,
    body::Body,
    http::{Request, StatusCode, header},
};
pub(crate) use held::Held;
use step_19::{
    accounts::Accounts, app, orders::Orders, secret, sessions::Sessions,
};
use tokio::{sync::Barrier, task::JoinSet};
use tower::ServiceExt;
use tower_sessions::{cookie::Key, session::Id};
use trial::{Browser, Program, Start};

/// A server with connections of its own.
pub(crate) fn server<Store: Sessions + Clone>(
    store: Store,
    accounts: impl Accounts + Orders,
) -> Router {
    app(store, Key::from(&[7; 64]), accounts)
}

/// Somebody at a browser, and what the browser holds.
#[derive(Clone, Debug, Default)]
pub(crate) struct Person {
    pub(crate) cookie: String,
    pub(crate) token: String,
}

pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) page: String,
}

impl Person {
    /// Somebody with a packet of Oolong in the basket, and the shop's page in front.
    pub(crate) async fn shopping(app: &Router) -> Self {
        let mut person = Self::default();
        person.post(app, "/basket", "tea=oolong").await;
        person.get(app, "/").await;
        person
    }

    /// The identifier of this person's session.
    pub(crate) fn id(&self) -> Option<Id> {
        const SIGNATURE: usize = 44;
        self.cookie.split_once('=')?.1.get(SIGNATURE..)?.parse().ok()
    }

    /// The same, signed in under this name.
    pub(crate) async fn signed_in(app: &Router, name: &str) -> Self {
        let mut person = Self::default();
        let form = format!("name={name}&password=a+cup+before+noon");
        person.post(app, "/register", &form).await;
        person.get(app, "/").await;
        person.post(app, "/basket", "tea=oolong").await;
        person
    }

    pub(crate) async fn get(&mut self, app: &Router, path: &str) -> Answer {
        self.send(app, Request::get(path), String::new()).await
    }

    /// Sends a form with the token of this person's session.
    pub(crate) async fn post(
        &mut self,
        app: &Router,
        path: &str,
        fields: &str,
    ) -> Answer {
        let form = format!("token={}&{fields}", self.token);
        self.send(app, Request::post(path), form).await
    }

    async fn send(
        &mut self,
        app: &Router,
        request: axum::http::request::Builder,
        form: String,
    ) -> Answer {
        let request = request
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
            .header(header::COOKIE, &self.cookie)
            .body(Body::from(form))
            .expect("a request");
        let Ok(answer) = app.clone().oneshot(request).await;
        let (head, body) = answer.into_parts();
        let cookie = head.headers.get(header::SET_COOKIE);
        if let Some(cookie) = cookie.and_then(|it| it.to_str().ok()) {
            self.cookie = cookie.split(';').next().unwrap_or_default().to_owned();
        }
        let page = axum::body::to_bytes(body, 1 << 20).await;
        let page = page.expect("a page").to_vec();
        let page = String::from_utf8(page).expect("text");
        if let Some(token) = field(&page, "token") {
            self.token = token.to_owned();
        }
        Answer { status: head.status, page }
    }
}

/// What a form of this page has in a field of this name.
fn field<'a>(page: &'a str, name: &str) -> Option<&'a str> {
    let (_, rest) = page.split_once(&format!(r#"name="{name}" value=""#))?;
    rest.split('"').next()
}

/// How many packets of Assam are in this person's basket.
pub(crate) async fn packets(store: &impl Sessions, person: &Person) -> u64 {
    let id = person.id().expect("a session");
    let record = store.load(&id).await.expect("it answers").expect("it is there");
    record.data["basket"]["assam"].as_u64().unwrap_or_default()
}

const ROUNDS: usize = 200;

/// In each round, five requests of one session come at once, over two servers.
const AT_ONCE: usize = 5;

/// Has them add a packet each, and tells in a row of the chapter's table in how many
/// rounds all are kept.
pub(crate) async fn rounds(
    name: &str,
    servers: [Router; 2],
    store: &impl Sessions,
) -> String {
    let mut whole = 0;
    for _ in 0..ROUNDS {
        let ada = Person::shopping(&servers[0]).await;
        let barrier = Arc::new(Barrier::new(AT_ONCE));
        let mut adding = JoinSet::new();
        for number in 0..AT_ONCE {
            let server = servers[number % servers.len()].clone();
            let (mut tab, barrier) = (ada.clone(), barrier.clone());
            adding.spawn(async move {
                barrier.wait().await;
                tab.post(&server, "/basket", "tea=assam").await.status
            });
        }
        while let Some(status) = adding.join_next().await {
            assert_eq!(status.expect("it does not panic"), StatusCode::SEE_OTHER);
        }
        let is_whole = packets(store, &ada).await == AT_ONCE as u64;
        whole += usize::from(is_whole);
    }
    format!("| {name} | {whole} of {ROUNDS} |")
}

/// A request is held when it is about to save, and others come meanwhile: whoever reads has an
/// answer, whoever writes as well, and nothing is lost.
pub(crate) async fn nobody_waits_for_one_that_is_held<Store: Sessions + Clone>(
    stores: [Store; 2],
    accounts: [impl Accounts + Orders; 2],
) {
    let [store, other] = stores;
    let [accounts, others] = accounts;
    let held = Held::new(store);
    let servers = [server(held.clone(), accounts), server(other.clone(), others)];
    let mut ada = Person::shopping(&servers[1]).await;
    held.hold_the_next_save();
    let (mut tab, first) = (ada.clone(), servers[0].clone());
    let adding = tokio::spawn(async move {
        tab.post(&first, "/basket", "tea=assam").await.status
    });
    held.has_come().await;
    for server in &servers {
        let read = ada.get(server, "/").await;
        assert_eq!(read.status, StatusCode::OK);
        let written = ada.post(server, "/basket", "tea=assam").await;
        assert_eq!(written.status, StatusCode::SEE_OTHER);
    }
    assert_eq!(packets(&other, &ada).await, 2);
    assert!(!adding.is_finished());
    held.let_go();
    assert_eq!(adding.await.expect("it does not panic"), StatusCode::SEE_OTHER);
    assert_eq!(packets(&other, &ada).await, 3);
}

/// Five forms of one order come at once, over two servers.
pub(crate) async fn five_forms_are_one_order(servers: [Router; 2]) {
    for name in ["Ada", "Grace", "Mallory"] {
        let mut buyer = Person::signed_in(&servers[0], name).await;
        let page = buyer.get(&servers[1], "/").await.page;
        let form = format!("order={}", field(&page, "order").expect("an order"));
        let mut ordering = JoinSet::new();
        for number in 0..AT_ONCE {
            let server = servers[number % servers.len()].clone();
            let (mut tab, form) = (buyer.clone(), form.clone());
            ordering.spawn(async move {
                tab.post(&server, "/checkout", &form).await.status
            });
        }
        while let Some(status) = ordering.join_next().await {
            assert_eq!(status.expect("it does not panic"), StatusCode::SEE_OTHER);
        }
        let page = buyer.get(&servers[1], "/member").await.page;
        assert_eq!(page.matches("1 × Oolong").count(), 1, "{page}");
    }
}

/// Two programs on one store: what comes to the one is there at the other.
pub(crate) fn two_programs_are_one_shop(environment: &[(&str, &str)]) {
    let key = secret::new_key();
    let environment = [environment, &[("SESSION_KEY", &key)]].concat();
    let program = env!("CARGO_BIN_EXE_step-19");
    let how = Start { program, environment: &environment };
    let [one, other] = [Program::start(how), Program::start(how)];
    let ada = Browser::default();
    let credentials = [("name", "Ada"), ("password", "a cup before noon")];
    ada.send_form(&one.url("/register"), &credentials);
    let page = ada.get(&other.url("/member")).body;
    assert!(page.contains("Ada") && page.contains("Sign out"), "{page}");
}

/// Keeps what the chapter prints.
pub(crate) fn record(name: &str, text: &str) {
    let mut settings = insta::Settings::clone_current();
    settings.set_prepend_module_to_snapshot(false);
    settings.set_snapshot_path("../snapshots");
    settings.set_omit_expression(true);
    settings.bind(|| insta::assert_snapshot!(name, text));
}
