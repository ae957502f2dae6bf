//! Servers of the shop on one Redis, and people who talk to them.

// Not each program of tests needs all of it.
#![allow(dead_code, unused_imports)]

mod load;

use axum::{
    Router,
    body::Body,
    http::{Request, StatusCode, header},
};
use step_16::{account_file::AccountFile, apart::Apart, app, redis::Redis};
use tempfile::TempDir;
use tokio::time::{self, Duration};
use tower::ServiceExt;
use tower_sessions::{cookie::Key, session::Id};

pub(crate) use load::{Load, is_kept};

/// Within this, everybody has an answer, whatever Redis does.
const BOUND: Duration = Duration::from_secs(15);

/// A shop: its servers have their accounts in one file, and their sessions in one Redis.
pub(crate) struct House {
    url: String,
    folder: TempDir,
}

impl House {
    pub(crate) fn at(url: &str) -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        Self { url: url.to_owned(), folder }
    }

    /// A server with a connection of its own.
    pub(crate) async fn server(&self) -> (Router, Redis) {
        let store = Redis::open(&self.url).await.expect("Redis is there");
        let file = AccountFile::open(self.folder.path().join("accounts.db"));
        let accounts = Apart::new(file.expect("the file opens"), store.clone());
        (app(store.clone(), Key::from(&[7; 64]), accounts), store)
    }
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
