//! The program, and the people at their browsers before it.

use std::{
    collections::HashSet,
    ops::{Deref, DerefMut},
    sync::{Arc, Mutex, PoisonError},
};

use async_trait::async_trait;
use axum::{
    Router,
    body::Body,
    http::{self, HeaderMap, StatusCode, header},
};
use conversation::{Backend, Call, Conversation, Row, Token, tokens_in};
use serde_json::Value;
use step_24::{
    secret,
    sessions::{Sessions, VERSION},
};
use time::{Duration, OffsetDateTime, format_description::well_known::Rfc3339};
use tokio::{io::AsyncWriteExt, net::TcpStream};
use tower_sessions::session::{Id, Record};
use trial::{Program, Start};

use crate::{
    stores::{Kind, Place},
    wire,
};

pub(crate) const PROGRAM: &str = env!("CARGO_BIN_EXE_step-24");
pub(crate) const COOKIE: &str = "__Host-id";
pub(crate) const PASSWORD: &str = "a cup before noon";

/// So many characters of the cookie stand before the identifier.
const SIGNATURE: usize = 44;

/// A shop that runs, and whoever visits it.
pub(crate) struct Shop {
    story: Conversation,
    program: Program,
    behind: Behind,
    /// With which it signs.
    pub(crate) key: String,
    settings: Vec<(String, String)>,
    /// Goes last: the program is in it.
    pub(crate) place: Place,
}

impl Shop {
    /// One as it is without settings.
    pub(crate) async fn open(kind: Kind) -> Self {
        Self::with(kind, &[]).await
    }

    /// One at which Grace is signed in as the administrator.
    pub(crate) async fn administered(kind: Kind) -> Self {
        let mut shop =
            Self::with(kind, &[("ADMINISTRATOR_PASSWORD", PASSWORD)]).await;
        shop.give("Grace", "/sign-in", "administrator", PASSWORD).await;
        shop
    }

    /// One with these settings.
    pub(crate) async fn with(kind: Kind, settings: &[(&str, &str)]) -> Self {
        let (place, key) = (kind.place(), key_of(2020));
        let own = |name: &str, value: &str| (name.to_owned(), value.to_owned());
        let accounts = place.folder().join("accounts.db");
        let mut all = vec![
            own("STORE", &place.store),
            own("ACCOUNTS_DB", accounts.to_str().expect("text")),
        ];
        if !settings.iter().any(|(name, _)| *name == "SESSION_KEY_FILE") {
            all.push(own("SESSION_KEY", &key));
        }
        all.extend(settings.iter().map(|(name, value)| own(name, value)));
        let program = start(&all);
        let behind = Behind { store: place.open().await, seen: Arc::default() };
        let app = behind.app(program.port());
        let story = Conversation::new(&format!("{kind:?}"), app, behind.clone());
        Self { story, program, behind, key, settings: all, place }
    }

    /// The same program once more, on the same store, as another server: `answers(2)`.
    pub(crate) fn another(&mut self) -> Program {
        let program = start(&self.settings);
        self.story.join(self.behind.app(program.port()));
        program
    }

    /// The program ends as in a crash, and is started again.
    pub(crate) fn crash(&mut self) {
        self.program.signal("KILL");
        self.program.wait_until_closed();
        self.start_again();
    }

    /// Starts the program once more: the people ask the new one.
    pub(crate) fn start_again(&mut self) {
        self.program = start(&self.settings);
        let app = self.behind.app(self.program.port());
        self.story.restart(app, self.behind.clone());
    }

    /// Sets one setting otherwise, from the next start on.
    pub(crate) fn set(&mut self, name: &str, value: &str) {
        self.settings.retain(|(known, _)| known != name);
        self.settings.push((name.to_owned(), value.to_owned()));
    }

    pub(crate) fn port(&self) -> u16 {
        self.program.port()
    }

    pub(crate) fn program(&self) -> &Program {
        &self.program
    }

    /// The store, as whoever runs the shop reaches it.
    pub(crate) fn store(&self) -> &dyn Sessions {
        &*self.behind.store
    }

    /// Ends the shop. What it has said in its log.
    pub(crate) fn log(self) -> String {
        self.program.signal("TERM");
        let end = self.program.wait();
        String::from_utf8_lossy(&end.stderr).into_owned()
    }

    /// The sessions that live, of those that browsers were ever told of.
    pub(crate) async fn live(&self) -> Vec<Record> {
        let mut live = Vec::new();
        for id in self.behind.seen() {
            live.extend(self.store().load(&id).await.expect("it answers"));
        }
        live
    }

    /// How many there are.
    pub(crate) async fn count(&self) -> usize {
        self.live().await.len()
    }

    /// The value of `who`'s session cookie; empty if there is none.
    pub(crate) fn cookie(&mut self, who: &str) -> String {
        let cookies = self.story.cookies(who);
        let held = cookies.into_iter().find(|cookie| cookie.name == COOKIE);
        held.map(|cookie| cookie.value).unwrap_or_default()
    }

    /// The identifier in it.
    pub(crate) fn id(&mut self, who: &str) -> Option<Id> {
        id_in(&self.cookie(who))
    }

    /// What `who`'s session holds under this name, as it stands in `who`'s forms.
    pub(crate) async fn secret(&mut self, who: &str, name: &str) -> String {
        let Some(id) = self.id(who) else { return String::new() };
        let record = self.store().load(&id).await.expect("it answers");
        let data = record.map(|record| Value::from_iter(record.data));
        data.and_then(|data| found(&data, name)).unwrap_or_default()
    }

    /// A form of `who`'s, for [`at_once`](Self::at_once).
    pub(crate) async fn form(
        &mut self,
        who: &str,
        path: &str,
        fields: &str,
    ) -> Form {
        let token = self.secret(who, "token").await;
        let cookie = format!("{COOKIE}={}", self.cookie(who));
        Form {
            cookie,
            path: path.to_owned(),
            fields: format!("token={token}&{fields}"),
        }
    }

    /// Sends these at the same moment, each to the program on its port. The answers, in the same
    /// order: the status, and what the browser would hold afterwards.
    pub(crate) async fn at_once(
        &self,
        forms: &[(u16, Form)],
    ) -> Vec<(StatusCode, String)> {
        let send = |(port, form): &(u16, Form)| {
            let (port, request, behind) =
                (*port, form.request(), self.behind.clone());
            tokio::spawn(async move {
                let answer = wire::forward(port, request).await;
                behind.see(answer.headers());
                let value = values(answer.headers()).next().unwrap_or_default();
                (answer.status(), value.to_owned())
            })
        };
        let sent: Vec<_> = forms.iter().map(send).collect();
        let mut answers = Vec::new();
        for one in sent {
            answers.push(one.await.expect("an answer"));
        }
        answers
    }

    /// Sends a form, and does not wait for the answer.
    pub(crate) async fn send_only(&mut self, form: &Form) -> TcpStream {
        let mut wire = wire::open(self.port()).await;
        let all = form.head() + &form.fields;
        wire.write_all(all.as_bytes()).await.expect("the program listens");
        self.program.wait_until_read();
        wire
    }

    /// Sends the head of a form and the first half of its body, and goes on when the program has
    /// read that: what happens until [`the_rest`] is sent happens in the middle of it.
    pub(crate) async fn half(
        &mut self,
        who: &str,
        path: &str,
        fields: &str,
    ) -> (TcpStream, String) {
        let half = self.send_half(who, path, fields).await;
        self.program.wait_until_read();
        half
    }

    /// The same, for many: whoever has sent them all waits once, since Linux takes long to tell.
    pub(crate) async fn send_half(
        &mut self,
        who: &str,
        path: &str,
        fields: &str,
    ) -> (TcpStream, String) {
        let form = self.form(who, path, fields).await;
        let mut wire = wire::open(self.port()).await;
        let (first, second) = form.fields.split_at(form.fields.len() / 2);
        let head = form.head() + first;
        wire.write_all(head.as_bytes()).await.expect("the program listens");
        (wire, second.to_owned())
    }

    /// The members that are signed in, one for each session.
    pub(crate) async fn members(&self) -> Vec<String> {
        let name =
            |record: Record| Some(record.data.get("member")?.as_str()?.to_owned());
        self.live().await.into_iter().filter_map(name).collect()
    }

    /// Changes `who`'s record as whoever may write to the store can.
    pub(crate) async fn rewrite(
        &mut self,
        who: &str,
        change: impl FnOnce(&mut Record),
    ) {
        let id = self.id(who).expect("a session");
        let mut record =
            self.store().load(&id).await.expect("it answers").expect("it lives");
        change(&mut record);
        self.behind.save(record).await;
    }
}

/// A key that was made in this year. A young one would not sign yet.
pub(crate) fn key_of(year: u32) -> String {
    let key = secret::new_key();
    let (_, key) = key.split_once(' ').expect("when it was made, and the key");
    format!("{year}-01-01T00:00:00Z {key}")
}

/// A form that somebody sends who has this cookie.
#[derive(Clone)]
pub(crate) struct Form {
    cookie: String,
    path: String,
    fields: String,
}

impl Form {
    fn head(&self) -> String {
        format!(
            "POST {} HTTP/1.1\r\nhost: localhost:8080\r\nconnection: close\r\n\
             content-type: application/x-www-form-urlencoded\r\ncontent-length: {}\r\n\
             cookie: {}\r\n\r\n",
            self.path,
            self.fields.len(),
            self.cookie,
        )
    }

    fn request(&self) -> http::Request<Body> {
        http::Request::post(&self.path)
            .header(header::HOST, "localhost:8080")
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
            .header(header::COOKIE, &self.cookie)
            .body(Body::from(self.fields.clone()))
            .expect("well formed")
    }
}

/// Sends the second half of a form. The status of the answer.
pub(crate) async fn the_rest((mut wire, rest): (TcpStream, String)) -> StatusCode {
    // Whoever is refused by the head alone has an answer already.
    let _ = wire.write_all(rest.as_bytes()).await;
    wire::parsed(&wire::rest(&mut wire).await).status()
}

fn start(settings: &[(String, String)]) -> Program {
    let environment: Vec<_> =
        settings.iter().map(|(name, value)| (&**name, &**value)).collect();
    Program::start(Start { program: PROGRAM, environment: &environment })
}

impl Deref for Shop {
    type Target = Conversation;

    fn deref(&self) -> &Conversation {
        &self.story
    }
}

impl DerefMut for Shop {
    fn deref_mut(&mut self) -> &mut Conversation {
        &mut self.story
    }
}

/// The text under this name, wherever it stands.
fn found(data: &Value, name: &str) -> Option<String> {
    match data {
        Value::Object(fields) => match fields.get(name) {
            Some(Value::String(text)) => Some(text.clone()),
            _ => fields.values().find_map(|value| found(value, name)),
        },
        _ => None,
    }
}

/// The values of the session cookies that an answer sets.
fn values(headers: &HeaderMap) -> impl Iterator<Item = &str> {
    headers.get_all(header::SET_COOKIE).iter().filter_map(|cookie| {
        let (name, rest) = cookie.to_str().ok()?.split_once('=')?;
        (name == COOKIE).then(|| rest.split(';').next().unwrap_or_default())
    })
}

/// The identifier that a signed cookie ends with.
pub(crate) fn id_in(cookie: &str) -> Option<Id> {
    cookie.get(SIGNATURE..)?.parse().ok()
}

/// What the program keeps its sessions in, reached beside it. The program's own clock cannot be
/// moved: what is kept is.
#[derive(Clone)]
pub(crate) struct Behind {
    store: Arc<dyn Sessions>,
    seen: Arc<Mutex<HashSet<Id>>>,
}

impl Behind {
    /// What stands before the program on this port, and sees which identifiers it gives.
    fn app(&self, port: u16) -> Router {
        let behind = self.clone();
        Router::new().fallback(move |request: http::Request<Body>| async move {
            let answer = wire::forward(port, request).await;
            behind.see(answer.headers());
            answer
        })
    }

    fn see(&self, headers: &HeaderMap) {
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        seen.extend(values(headers).filter_map(id_in));
    }

    fn seen(&self) -> Vec<Id> {
        let seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        seen.iter().copied().collect()
    }

    /// As the next version of it.
    async fn save(&self, mut record: Record) {
        let version =
            record.data.get(VERSION).and_then(Value::as_i64).unwrap_or_default();
        record.data.insert(VERSION.to_owned(), (version + 1).into());
        self.store.save(&record).await.expect("it is kept");
    }
}

#[async_trait]
impl Backend for Behind {
    fn calls(&self) -> Vec<Call> {
        Vec::new()
    }

    fn rows(&self) -> Vec<Row> {
        Vec::new()
    }

    async fn age(&self, by: Duration) {
        if by.is_zero() {
            return;
        }
        for id in self.seen() {
            let record = self.store.load(&id).await.expect("it answers");
            let Some(mut record) = record else { continue };
            record.expiry_date -= by;
            record.data.values_mut().for_each(|value| move_dates(value, by));
            self.save(record).await;
        }
    }

    fn tokens(&self, answer: &str, now: OffsetDateTime) -> Vec<Token> {
        tokens_in(answer, now)
    }
}

fn move_dates(value: &mut Value, by: Duration) {
    match value {
        Value::String(text) => {
            if let Ok(date) = OffsetDateTime::parse(text, &Rfc3339) {
                *text = (date - by).format(&Rfc3339).expect("a date");
            }
        }
        Value::Array(values) => values.iter_mut().for_each(|it| move_dates(it, by)),
        Value::Object(fields) => {
            fields.values_mut().for_each(|it| move_dates(it, by))
        }
        _ => {}
    }
}
