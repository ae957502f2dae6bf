//! The Express server as the recorder sees it: an app and a store.

use std::{
    path::Path,
    sync::{Arc, LazyLock, Mutex, MutexGuard, PoisonError},
};

use async_trait::async_trait;
use axum::{
    Router,
    body::{Body, to_bytes},
    extract::{Request, State},
    http::{Response, Uri, header},
};
use conversation::{Backend, Call, Conversation, Row};
use serde_json::{Value, json};
use time::{Duration, OffsetDateTime};
use ureq::Agent;

use crate::process::Node;

/// The calls that an express-session store can get.
const VERBS: [&str; 7] = ["all", "clear", "destroy", "get", "length", "set", "touch"];

/// What belongs to the connection between the recorder and Node, and not to the answer.
const OF_THE_CONNECTION: [header::HeaderName; 4] = [
    header::CONNECTION,
    header::DATE,
    header::TRANSFER_ENCODING,
    header::HeaderName::from_static("keep-alive"),
];

/// When an answer is given up. A busy machine may take seconds, a broken server never gives one.
const PATIENCE: std::time::Duration = std::time::Duration::from_secs(600);

/// The Node process of all servers that need no environment of their own: Express takes long to
/// load. It ends with its standard input, and so with this process.
static SHARED: LazyLock<Arc<Mutex<Node>>> = LazyLock::new(|| process("test"));

fn process(environment: &str) -> Arc<Mutex<Node>> {
    Arc::new(Mutex::new(Node::start(environment)))
}

/// An Express server with a store and a port of its own.
#[derive(Clone)]
pub struct Express {
    node: Arc<Mutex<Node>>,
    port: u64,
    /// Where the clock of the process stands.
    now: OffsetDateTime,
}

impl Express {
    /// Starts a server whose session options are those of every test, and these: JavaScript, as
    /// between the braces of `session({ … })`. Besides, `trustProxy` is what Express calls "trust
    /// proxy", `onlyHttps: true` sends whoever comes over http to https, `ownForms: true` refuses
    /// forms of another origin, `corsOptions` is what the package `cors` is given,
    /// `members: true` keeps all pages for those who sign in with Passport, `tokens` gives
    /// who signs in a token besides, with these options of jsonwebtoken, and `watch` is a
    /// middleware around all of it, such as one that writes to `log`.
    ///
    /// # Panics
    /// If it does not start.
    pub fn start(options: &str) -> Self {
        Self::within(Arc::clone(&SHARED), options, None)
    }

    /// Starts a server in a process of its own with this `NODE_ENV`.
    ///
    /// # Panics
    /// If it does not start.
    pub fn alone(environment: &str, options: &str) -> Self {
        Self::within(process(environment), options, None)
    }

    /// Starts a server in a process of its own that has its rows in this folder, as others may.
    ///
    /// # Panics
    /// If it does not start.
    pub fn sharing(folder: &Path, options: &str) -> Self {
        Self::within(process("test"), options, folder.to_str())
    }

    fn within(node: Arc<Mutex<Node>>, options: &str, folder: Option<&str>) -> Self {
        let started = lock(&node).ask(&json!(["start", options, folder]));
        let port = started["port"].as_u64().expect("it answers with its port");
        let now = started["now"].as_i64().expect("milliseconds since 1970");
        let now = OffsetDateTime::UNIX_EPOCH + Duration::milliseconds(now);
        Self { node, port, now }
    }

    /// Begins a conversation with this server.
    pub fn conversation(&self) -> Conversation {
        self.conversation_over(self.clone())
    }

    /// Begins a conversation with this server, and tells of this store.
    pub fn conversation_over(&self, store: impl Backend + 'static) -> Conversation {
        Conversation::new("Express", self.app(), store).begun(self.now)
    }

    /// An app that sends each request on to the server, and its answer back.
    pub fn app(&self) -> Router {
        Router::new().fallback(pass_on).with_state(self.clone())
    }

    /// The address of a path on this server.
    pub fn url(&self, path: &str) -> String {
        format!("http://127.0.0.1:{}{path}", self.port)
    }

    /// Makes every later call to the store fail with this message.
    pub fn fail(&self, message: &str) {
        self.ask("fail", message.into());
    }

    /// Holds up all that is written to the store, as a slow store does.
    pub fn hold(&self) {
        self.ask("hold", Value::Null);
    }

    /// Ends what [`hold`](Self::hold) began.
    pub fn release(&self) {
        self.ask("release", Value::Null);
    }

    /// Lets the store say that it has lost its connection.
    pub fn disconnect(&self) {
        self.ask("emit", "disconnect".into());
    }

    /// Lets the store say that it has its connection back.
    pub fn connect(&self) {
        self.ask("emit", "connect".into());
    }

    /// What was logged since the last time of asking.
    pub fn lines(&self) -> String {
        list(self.ask("lines", Value::Null)).iter().filter_map(Value::as_str).collect()
    }

    /// Ends the server as `server.close()` does.
    pub fn close(&self) {
        self.ask("close", Value::Null);
    }

    /// Ends the server as `end` of `watch.js` does, after this time at the latest.
    pub fn close_within(&self, grace: std::time::Duration) {
        self.ask("close", json!(grace.as_millis()));
    }

    /// Whether the server has ended by now.
    pub fn is_closed(&self) -> bool {
        self.ask("isClosed", Value::Null) == true
    }

    /// Waits until the server has ended.
    pub fn wait_until_closed(&self) {
        self.ask("closed", Value::Null);
    }

    /// Ends the process, and returns what it wrote to standard error.
    pub fn end(self) -> String {
        self.node().end()
    }

    fn ask(&self, question: &str, about: Value) -> Value {
        self.node().ask(&json!([question, self.port, about]))
    }

    fn node(&self) -> MutexGuard<'_, Node> {
        lock(&self.node)
    }
}

fn lock(node: &Mutex<Node>) -> MutexGuard<'_, Node> {
    node.lock().unwrap_or_else(PoisonError::into_inner)
}

/// An HTTP client that follows no redirect, and does not wait for ever.
pub fn agent() -> Agent {
    let config = Agent::config_builder()
        .http_status_as_error(false)
        .max_redirects(0)
        .max_redirects_will_error(false)
        .max_idle_connections(0)
        .timeout_global(Some(PATIENCE));
    config.build().new_agent()
}

async fn pass_on(State(express): State<Express>, request: Request) -> Response<Body> {
    let (mut head, body) = request.into_parts();
    let url = express.url(&head.uri.to_string());
    head.uri = url.parse::<Uri>().expect("a path makes an address");
    let body = to_bytes(body, usize::MAX).await.expect("the body is at hand").to_vec();
    // A new client each time: where another crate of the workspace wants ureq's cookies, this one
    // would keep them too, and the recorder's browsers have jars of their own.
    let answer = agent().run(ureq::http::Request::from_parts(head, body));
    let (mut head, mut body) = answer.expect("Express answers").into_parts();
    OF_THE_CONNECTION.iter().for_each(|name| drop(head.headers.remove(name)));
    let body = body.read_to_string().expect("the body arrives whole");
    Response::from_parts(head, body.into())
}

#[async_trait]
impl Backend for Express {
    fn calls(&self) -> Vec<Call> {
        list(self.ask("calls", Value::Null)).iter().map(call).collect()
    }

    fn rows(&self) -> Vec<Row> {
        let rows = list(self.ask("rows", Value::Null));
        rows.iter()
            .map(|row| Row { id: text(row, "id"), data: text(row, "data"), lives: lives(row) })
            .collect()
    }

    async fn age(&self, by: Duration) {
        self.ask("age", by.whole_seconds().into());
    }
}

fn call(told: &Value) -> Call {
    let verb = VERBS.into_iter().find(|verb| told["verb"] == *verb);
    Call {
        verb: verb.unwrap_or_else(|| panic!("not a call: {told}")),
        id: text(told, "id"),
        sent: text(told, "sent"),
        lives: lives(told),
        answer: text(told, "answer"),
    }
}

fn list(answer: Value) -> Vec<Value> {
    let Value::Array(items) = answer else { panic!("not a list: {answer}") };
    items
}

fn text(told: &Value, field: &str) -> String {
    told[field].as_str().unwrap_or_default().to_owned()
}

fn lives(told: &Value) -> Option<Duration> {
    told["lives"].as_i64().map(Duration::seconds)
}
