//! How things stand, for the page to show.

use conversation::{Conversation, HeldCookie, Row, lives_for};
use serde_json::{Value, json};

use crate::{Open, log::Log};

pub(crate) fn state(open: &mut Open, log: &Log) -> Value {
    let talk = &mut open.conversation;
    let people: Vec<(String, bool)> =
        talk.people().map(|(name, attacks)| (name.to_owned(), attacks)).collect();
    let browsers: Vec<Value> =
        people.iter().map(|(name, attacks)| browser(talk, name, *attacks)).collect();
    let rows: Vec<Value> = talk.rows().iter().map(|held| row(talk, held)).collect();
    json!({
        "step": open.step,
        "now": talk.now().unix_timestamp(),
        "browsers": browsers,
        "rows": rows,
        "calls": talk.last_calls(),
        "ladder": if open.done.is_empty() { String::new() } else { talk.ladder(&open.figure) },
        "exchange": talk.last_exchange(),
        "transcript": talk.transcript(),
        "log": log.lines(),
        "done": open.done,
    })
}

fn browser(talk: &mut Conversation, name: &str, attacks: bool) -> Value {
    let cookies: Vec<Value> =
        talk.cookies(name).iter().map(|held| cookie(talk, held)).collect();
    let page = talk.page(name).map(
        |(path, status, html)| json!({"path": path, "status": status.to_string(), "html": html}),
    );
    json!({"name": name, "attacks": attacks, "cookies": cookies, "page": page})
}

fn cookie(talk: &Conversation, held: &HeldCookie) -> Value {
    let domain = (!held.host_only).then(|| format!("Domain={}", held.domain));
    let path = format!("Path={}", held.path);
    let attributes = held.attributes().into_iter().map(str::to_owned);
    let attributes: Vec<String> = attributes.chain([path]).chain(domain).collect();
    let max_age =
        held.expires.map(|end| format!("Max-Age={}", (end - talk.now()).whole_seconds()));
    let pair = format!("{}={}", held.name, held.value);
    let written: Vec<String> =
        [pair].into_iter().chain(attributes.iter().cloned()).chain(max_age).collect();
    json!({
        "name": held.name,
        "value": held.value,
        "label": label(talk, &held.value),
        "attributes": attributes,
        "written": written.join("; "),
        "httpOnly": held.http_only,
        "lives": held.lives(talk.now()),
    })
}

fn row(talk: &Conversation, held: &Row) -> Value {
    json!({
        "id": held.id,
        "label": label(talk, &held.id),
        "data": held.data,
        "lives": held.lives.map(lives_for),
        "expired": held.lives.is_some_and(|lives| !lives.is_positive()),
    })
}

/// `<sid-1>`, where the recorder has a label for it.
fn label(talk: &Conversation, text: &str) -> Option<String> {
    let labelled = talk.labelled(text);
    (labelled != text).then_some(labelled)
}
