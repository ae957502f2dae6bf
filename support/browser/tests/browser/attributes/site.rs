//! A site that sets the cookies it is told to, and remembers what it is sent.

use std::{
    collections::HashMap,
    mem,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use axum::{
    Router,
    extract::State,
    http::{HeaderMap, HeaderValue, Uri, header},
    response::{AppendHeaders, Html, IntoResponse, Redirect, Response},
};
use browser::{Browser, Server, Settings};
use serde_json::{Value, json};

/// Without an icon of its own, the page would have the browser ask for one.
const PAGE: &str = "<!doctype html><title>A page</title><link rel=icon href=data:,>";

const LOAD: &str = "
    const [tag, address] = arguments;
    return new Promise(done => {
        const element = document.createElement(tag);
        element.onload = element.onerror = () => done(true);
        element.src = address;
        document.body.append(element);
    });
";

/// Any path is a page, at any name of this computer.
pub(super) struct Site {
    server: Server,
    memory: Arc<Mutex<Memory>>,
}

#[derive(Default)]
struct Memory {
    /// The `Set-Cookie` lines of the next answer.
    to_set: Vec<String>,
    /// The `Cookie` header of the last request to each path.
    sent: HashMap<String, String>,
    /// The paths that are answered with a redirect, and where each leads.
    redirects: HashMap<String, String>,
}

impl Site {
    pub(super) fn start() -> Self {
        let memory = Arc::<Mutex<Memory>>::default();
        let app = Router::new().fallback(answer).with_state(memory.clone());
        Self { server: Server::start(app), memory }
    }

    pub(super) fn url(&self, host: &str, path: &str) -> String {
        self.server.url_at(host, path)
    }

    /// Lets the next answer have these `Set-Cookie` lines.
    pub(super) fn will_set(&self, lines: &[&str]) {
        self.memory().to_set = lines.iter().map(|&line| line.to_owned()).collect();
    }

    /// Lets this path answer with a redirect to an address.
    pub(super) fn redirects(&self, path: &str, target: String) {
        self.memory().redirects.insert(path.to_owned(), target);
    }

    /// Sets cookies with the answer to a page that the browser opens.
    pub(super) fn set(&self, browser: &Browser, host: &str, lines: &[&str]) {
        self.will_set(lines);
        browser.go(&self.url(host, "/"));
    }

    /// The `Cookie` header of the last request to this path, empty if it had none.
    pub(super) fn was_sent(&self, path: &str) -> String {
        let sent = self.memory().sent.remove(path);
        sent.unwrap_or_else(|| panic!("no request to {path}"))
    }

    /// The `Cookie` header with which the browser opens the first page of this host.
    pub(super) fn is_sent(&self, browser: &Browser, host: &str) -> String {
        browser.go(&self.url(host, "/"));
        self.was_sent("/")
    }

    fn memory(&self) -> MutexGuard<'_, Memory> {
        self.memory.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

async fn answer(
    State(memory): State<Arc<Mutex<Memory>>>,
    uri: Uri,
    headers: HeaderMap,
) -> Response {
    let mut memory = memory.lock().unwrap_or_else(PoisonError::into_inner);
    let cookies = headers.get(header::COOKIE).and_then(|value| value.to_str().ok());
    memory.sent.insert(uri.path().to_owned(), cookies.unwrap_or_default().to_owned());
    let value = |line| HeaderValue::try_from(line).expect("the value of a header");
    let lines = mem::take(&mut memory.to_set).into_iter();
    let set: Vec<_> = lines.map(|line| (header::SET_COOKIE, value(line))).collect();
    let page = match memory.redirects.get(uri.path()) {
        Some(target) => Redirect::to(target).into_response(),
        None => Html(PAGE).into_response(),
    };
    (AppendHeaders(set), page).into_response()
}

/// A browser set as Debian sets it, and as a person may set each one.
pub(super) fn without_third_party_cookies() -> Browser {
    Browser::open_with(Settings { third_party_cookies: false, ..Settings::default() })
}

/// Puts an element such as `img` or `iframe` into the open page, and waits until it is loaded.
pub(super) fn load(browser: &Browser, tag: &str, address: &str) {
    browser.run(LOAD, &[json!(tag), json!(address)]);
}

/// The name and value of each cookie in the browser's store.
pub(super) fn stored(browser: &Browser) -> Vec<String> {
    let pair = |cookie: &Value| format!("{}={}", text(&cookie["name"]), text(&cookie["value"]));
    browser.cookies().iter().map(pair).collect()
}

pub(super) fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_else(|| panic!("{value} is no text"))
}
