//! The Express server as the recorder sees it: an app and a store.

use std::{
    path::Path,
    process::Command,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
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
use time::{Duration, OffsetDateTime, format_description::well_known::Rfc3339};
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

/// An Express server that has not been started.
pub struct Setup(Command);

/// A running Express server. It ends with the last of its clones.
#[derive(Clone)]
pub struct Express {
    node: Arc<Mutex<Node>>,
    agent: Agent,
    port: u16,
}

impl Setup {
    /// Sets a variable of the server's environment: `NODE_ENV`, or `TRUST_PROXY`, which is what
    /// Express calls "trust proxy".
    pub fn env(mut self, name: &str, value: &str) -> Self {
        self.0.env(name, value);
        self
    }

    /// Starts the server.
    ///
    /// # Panics
    /// If it does not start.
    pub fn start(mut self) -> Express {
        let (node, port) = Node::start(&mut self.0);
        let config = Agent::config_builder()
            .http_status_as_error(false)
            .max_redirects(0)
            .max_redirects_will_error(false)
            .max_idle_connections(0)
            .build();
        Express { node: Arc::new(Mutex::new(node)), agent: config.new_agent(), port }
    }
}

impl Express {
    /// A server whose session options are those of every test, and these: JavaScript, as between
    /// the braces of `session({ … })`.
    pub fn with(options: &str) -> Setup {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR"));
        let mut node = Command::new("node");
        node.arg(folder.join("server.js")).arg(options).env_remove("NODE_ENV");
        Setup(node)
    }

    /// Starts a server with these options.
    ///
    /// # Panics
    /// If it does not start.
    pub fn start(options: &str) -> Self {
        Self::with(options).start()
    }

    /// Begins a conversation with this server.
    pub fn conversation(&self) -> Conversation {
        Conversation::new("Express", self.app(), self.clone())
    }

    /// An app that sends each request on to the server, and its answer back.
    pub fn app(&self) -> Router {
        Router::new().fallback(pass_on).with_state(self.clone())
    }

    /// Makes every later call to the store fail with this message.
    pub fn fail(&self, message: &str) {
        self.ask(&json!(["fail", message]));
    }

    /// Lets the store say that it has lost its connection.
    pub fn disconnect(&self) {
        self.ask(&json!(["emit", "disconnect"]));
    }

    /// Lets the store say that it has its connection back.
    pub fn connect(&self) {
        self.ask(&json!(["emit", "connect"]));
    }

    /// Ends the server, and returns what it wrote to standard error.
    pub fn end(self) -> String {
        self.node().end()
    }

    fn ask(&self, question: &Value) -> Value {
        self.node().ask(question)
    }

    fn node(&self) -> MutexGuard<'_, Node> {
        self.node.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

async fn pass_on(State(express): State<Express>, request: Request) -> Response<Body> {
    let (mut head, body) = request.into_parts();
    let url = format!("http://127.0.0.1:{}{}", express.port, head.uri);
    head.uri = url.parse::<Uri>().expect("a path makes an address");
    let body = to_bytes(body, usize::MAX).await.expect("the body is at hand").to_vec();
    let answer = express.agent.run(ureq::http::Request::from_parts(head, body));
    let (mut head, mut body) = answer.expect("Express answers").into_parts();
    OF_THE_CONNECTION.iter().for_each(|name| drop(head.headers.remove(name)));
    let body = body.read_to_string().expect("the body arrives whole");
    Response::from_parts(head, body.into())
}

#[async_trait]
impl Backend for Express {
    fn calls(&self) -> Vec<Call> {
        list(self.ask(&json!(["calls"]))).iter().map(call).collect()
    }

    fn rows(&self) -> Vec<Row> {
        let rows = list(self.ask(&json!(["rows"])));
        rows.iter()
            .map(|row| Row { id: text(row, "id"), data: text(row, "data"), lives: lives(row) })
            .collect()
    }

    async fn age(&self, by: Duration) {
        let milliseconds = by.whole_milliseconds() as i64;
        self.ask(&json!(["age", milliseconds]));
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

/// Rounded to the second: the time that the test itself takes must not show.
fn lives(told: &Value) -> Option<Duration> {
    let end = told["expires"].as_str()?;
    let end = OffsetDateTime::parse(end, &Rfc3339).expect("Node writes RFC 3339");
    let lives = end - OffsetDateTime::now_utc();
    Some(Duration::seconds_f64(lives.as_seconds_f64().round()))
}
