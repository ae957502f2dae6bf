//! How things stand, for the page to show.

use conversation::{Conversation, HeldCookie, KeysOf, Row, Token, lives_for};
use serde::Serialize;

use crate::{log::Log, open::Open, steps};

#[derive(Serialize)]
struct State<'a> {
    step: u64,
    naive: Vec<&'static str>,
    /// How many servers there are, which one answers, and whether another one can join.
    servers: (usize, usize, bool),
    keys: Vec<Keys>,
    now: i64,
    browsers: Vec<Browser>,
    rows: Vec<HeldRow>,
    calls: Vec<&'static str>,
    ladder: String,
    exchange: String,
    log: Vec<String>,
    done: &'a [String],
}

/// The keys of a server, and what can be done with them.
#[derive(Serialize)]
struct Keys {
    signs: &'static str,
    opens: Vec<&'static str>,
    changes: Vec<&'static str>,
}

impl From<KeysOf> for Keys {
    fn from(KeysOf { signs, opens, changes }: KeysOf) -> Self {
        Self { signs, opens, changes }
    }
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Browser {
    name: String,
    attacks: bool,
    /// Whose browser this is another tab of.
    tab_of: Option<String>,
    /// Whether it waits for an answer.
    waits: bool,
    cookies: Vec<Cookie>,
    tokens: Vec<HeldToken>,
    page: Option<Page>,
}

#[derive(Serialize)]
struct Page {
    path: String,
    status: String,
    html: String,
    /// In the place of HTML, what a program got.
    text: Option<String>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Cookie {
    name: String,
    value: String,
    label: Option<String>,
    attributes: Vec<String>,
    written: String,
    http_only: bool,
    lives: String,
}

#[derive(Serialize)]
struct HeldToken {
    name: &'static str,
    label: String,
    lives: Option<String>,
    says: Option<String>,
}

#[derive(Serialize)]
struct HeldRow {
    id: String,
    label: Option<String>,
    data: String,
    lives: Option<String>,
    expired: bool,
}

#[derive(Serialize)]
struct Refusal<'a> {
    error: &'a str,
}

pub(crate) fn error(why: &str) -> String {
    json(&Refusal { error: why })
}

pub(crate) fn transcript(open: &Open) -> String {
    json(&open.conversation.transcript())
}

/// What begins an event that must not come about.
const NEVER: &str = "never ";

/// Whether these events have come about, one after the other: of each, what stands in it.
pub(crate) fn solved(open: &Open, events: &str) -> String {
    let told = open.conversation.transcript();
    let mut follows = told.split("\n\n");
    json(&events.split(" ;; ").all(|event| match event.strip_prefix(NEVER) {
        Some(event) => !told.split("\n\n").any(|it| stands_in(it, event)),
        None => follows.any(|it| stands_in(it, event)),
    }))
}

/// Whether the parts stand there, one after the other. Who does it is what the event begins with:
/// the name may stand in what somebody sends, too.
fn stands_in(told: &str, event: &str) -> bool {
    let who = event.split(" .. ").next().filter(|part| part.starts_with("# "));
    let mut rest = Some(told);
    let follow = event.split(" .. ").all(|part| {
        rest = rest.and_then(|rest| rest.split_once(part)).map(|(_, after)| after);
        rest.is_some()
    });
    follow && told.starts_with(who.unwrap_or_default())
}

pub(crate) fn state(open: &mut Open, log: &Log) -> String {
    let talk = &mut open.conversation;
    let people: Vec<(String, bool)> =
        talk.people().map(|(name, attacks)| (name.to_owned(), attacks)).collect();
    let browsers =
        people.into_iter().map(|(name, attacks)| browser(talk, name, attacks)).collect();
    let (servers, answering) = talk.servers();
    json(&State {
        servers: (servers, answering, talk.can_grow()),
        keys: talk.keys().into_iter().map(Keys::from).collect(),
        step: open.step,
        naive: steps::naive(open.step),
        now: talk.now().unix_timestamp(),
        browsers,
        rows: talk.rows().into_iter().map(|held| row(talk, held)).collect(),
        calls: talk.last_calls(),
        ladder: if open.done.is_empty() { String::new() } else { talk.ladder() },
        exchange: talk.last_exchange(),
        log: log.lines(),
        done: &open.done,
    })
}

fn json(told: &impl Serialize) -> String {
    serde_json::to_string(told).expect("it has no keys but names")
}

fn browser(talk: &mut Conversation, name: String, attacks: bool) -> Browser {
    let cookies = talk.cookies(&name).into_iter().map(|held| cookie(talk, held)).collect();
    let tokens = talk.tokens(&name).iter().map(|held| token(talk, held)).collect();
    let page = talk.page(&name).map(|(path, status, html)| Page {
        path: path.to_owned(),
        status: status.to_string(),
        html: html.to_owned(),
        text: html.starts_with(['{', '[']).then(|| talk.labelled(html)),
    });
    let (tab_of, waits) = (talk.tab_of(&name).map(str::to_owned), talk.waits(&name));
    Browser { name, attacks, tab_of, waits, cookies, tokens, page }
}

fn cookie(talk: &Conversation, held: HeldCookie) -> Cookie {
    let mut attributes = held.attributes();
    attributes.push(format!("Path={}", held.path));
    if !held.host_only {
        attributes.push(format!("Domain={}", held.domain));
    }
    let mut written = format!("{}={}; {}", held.name, held.value, attributes.join("; "));
    if let Some(end) = held.expires {
        written += &format!("; Max-Age={}", (end - talk.now()).whole_seconds());
    }
    Cookie {
        label: label(talk, &held.value),
        http_only: held.http_only,
        lives: held.lives(talk.now()),
        name: held.name,
        value: held.value,
        attributes,
        written,
    }
}

fn token(talk: &Conversation, held: &Token) -> HeldToken {
    HeldToken {
        name: held.name,
        label: talk.labelled(&held.text),
        lives: held.lives.map(lives_for),
        says: held.says.as_ref().map(|says| talk.stable(says, talk.now())),
    }
}

fn row(talk: &Conversation, held: Row) -> HeldRow {
    HeldRow {
        label: label(talk, &held.id),
        id: held.id,
        data: held.data,
        lives: held.lives.map(lives_for),
        expired: held.lives.is_some_and(|lives| !lives.is_positive()),
    }
}

/// `<sid-1>`, where the recorder has a label for it.
fn label(talk: &Conversation, text: &str) -> Option<String> {
    let labelled = talk.labelled(text);
    (labelled != text).then_some(labelled)
}
