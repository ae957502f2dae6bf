//! Servers of the shop on one Memcached, and people who talk to them.

use axum::{
    Router,
    body::Body,
    http::{Request, StatusCode, header},
};
use step_17::{account_file::AccountFile, apart::Apart, app, memcached::Memcached};
use tokio::time::{self, Duration};
use tower::ServiceExt;
use tower_sessions::{cookie::Key, session::Id};

/// Within this, everybody has an answer, whatever Memcached does.
const BOUND: Duration = Duration::from_secs(15);

/// A server with connections of its own, to the Memcached at this address.
pub(crate) fn server(address: &str, accounts: &AccountFile) -> (Router, Memcached) {
    let store = Memcached::at(address);
    let accounts = Apart::new(accounts.clone(), store.clone());
    (app(store.clone(), Key::from(&[7; 64]), accounts), store)
}

/// Somebody at a browser, and what the browser holds.
#[derive(Clone, Debug, Default)]
pub(crate) struct Person {
    cookie: String,
    token: String,
}

pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) location: String,
    pub(crate) page: String,
}

impl Person {
    /// The identifier of this person's session.
    pub(crate) fn id(&self) -> Option<Id> {
        const SIGNATURE: usize = 44;
        self.cookie.split_once('=')?.1.get(SIGNATURE..)?.parse().ok()
    }

    /// A tab of before, in the browser in which another tab has got another cookie since.
    pub(crate) fn beside(&self, tab: &Self) -> Self {
        Self { cookie: tab.cookie.clone(), token: self.token.clone() }
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
        let answer = time::timeout(BOUND, app.clone().oneshot(request)).await;
        let Ok(answer) = answer.expect("everybody has an answer in time");
        let (head, body) = answer.into_parts();
        let text = |name| head.headers.get(name).and_then(|it| it.to_str().ok());
        let location = text(header::LOCATION).unwrap_or_default().to_owned();
        if let Some(cookie) = text(header::SET_COOKIE) {
            self.cookie = cookie.split(';').next().unwrap_or_default().to_owned();
        }
        let status = head.status;
        let page = axum::body::to_bytes(body, 1 << 20).await;
        let page = page.expect("a page").to_vec();
        let page = String::from_utf8(page).expect("text");
        if let Some((_, rest)) = page.split_once(r#"name="token" value=""#) {
            self.token = rest.split('"').next().unwrap_or_default().to_owned();
        }
        Answer { status, location, page }
    }

    /// Registers, and has a page of the shop with a form in it.
    pub(crate) async fn registered(app: &Router, name: &str) -> Self {
        let mut person = Self::default();
        let form = format!("name={name}&password=a+cup+before+noon");
        let answer = person.post(app, "/register", &form).await;
        assert_eq!(answer.location, "/member?said=1", "{}", answer.page);
        person.get(app, "/").await;
        person
    }
}
