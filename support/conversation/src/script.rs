//! A script: what was done in a conversation, a line for each deed, in words that a person reads
//! and the lab does again.
//!
//! ```text
//! Ada: GET /
//! Ada: POST /order | form tea=green
//! Mallory: POST /order | from a form on another site | header origin: https://coffee.example | form
//! Ada: POST /order | answered after load | form tea=green
//! Program: POST /api/tokens | json {"name":"Ada","password":"a cup before noon"}
//! Program: GET /api/orders | bearer <access-1>
//! The answer comes to Ada.
//! 14 days pass.
//! Mallory copies Ada's cookies.
//! Mallory copies Program's tokens.
//! Tab shares Ada's cookies.
//! Mallory writes the cookie id=AAAA; HttpOnly by hand.
//! Ada holds the cookie id=<planted-1>.
//! Ada deletes the cookie id.
//! Ada closes the private window.
//! Mallory attacks.
//! The server restarts.
//! The server is naive: no check.
//! Another server joins.
//! Server 2 answers.
//! Server 2 learns of the new key.
//! The store holds {"visits":3} for 14 days.
//! The store fails: out of reach
//! The store recovers.
//! # A sentence for the record.
//! What follows is told elsewhere.
//! So far: Ada has signed in.
//! ```

use std::fmt;

use axum::http::{HeaderName, HeaderValue, Method, Uri};
use time::Duration;

use crate::{
    deed::{Carried, Deed},
    jar::Initiator,
    play::Conversation,
    request::{FORM, JSON, Request},
    tokens,
};

/// One deed moves the clock no further; a date must stay one that can be written.
const LONGEST: i64 = 10 * 366 * 86_400;
const UNITS: [(i64, &str); 4] =
    [(86_400, "day"), (3_600, "hour"), (60, "minute"), (1, "second")];
/// The calls to a store that a request can be kept waiting for.
const VERBS: [&str; 8] =
    ["create", "load", "save", "delete", "rotate", "end", "entries_of", "successor_of"];
const FROM: [(Initiator, &str); 4] = [
    (Initiator::CrossSiteLink, "a link on another site"),
    (Initiator::CrossSiteForm, "a form on another site"),
    (Initiator::CrossSiteSubresource, "a page on another site"),
    (Initiator::Script, "a script on the page"),
];

impl Conversation {
    /// What was done, so that it can be done again; identifiers that differ from run to run as
    /// `<sid-1>`, and those of planted rows as `<planted-1>`.
    pub fn script(&self) -> String {
        let mut script = format!("{}\n", self.title);
        for deed in &self.deeds {
            script += &format!("{deed}\n");
        }
        for (number, id) in (1..).zip(&self.planted) {
            script = script.replace(id, &format!("<planted-{number}>"));
        }
        self.labels.apply(&script)
    }

    /// A line of a script with the identifiers that it names in their place.
    pub fn resolve(&self, line: &str) -> String {
        let mut line = line.to_owned();
        for (number, id) in (1..).zip(&self.planted) {
            line = line.replace(&format!("<planted-{number}>"), id);
        }
        self.labels.restore(&line)
    }
}

impl Deed {
    /// Reads a line of a script.
    ///
    /// # Errors
    /// Says what a line should look like, or what is wrong with the request that it asks for.
    pub fn parse(line: &str) -> Result<Self, String> {
        let line = line.trim();
        if let Some((who, request)) = line.split_once(": ").filter(|(who, _)| is_name(who)) {
            let who = who.to_owned();
            return match take_wait(request)? {
                (request, Some(verb)) => {
                    Ok(Self::Begin { who, verb, request: read_request(&request)? })
                }
                (request, None) => Ok(Self::Send { who, request: read_request(&request)? }),
            };
        }
        sentence(line).transpose()?.ok_or_else(|| {
            format!("this is no line of a script: {line:?}. One is \"Ada: GET /\"")
        })
    }
}

fn sentence(line: &str) -> Option<Result<Deed, String>> {
    let plain = match line {
        "The server restarts." => Deed::Restart,
        "The store recovers." => Deed::Recover,
        "Another server joins." => Deed::Join,
        "What follows is told elsewhere." => Deed::Aside,
        _ => return about_the_store(line).or_else(|| about_a_person(line).map(Ok)),
    };
    Some(Ok(plain))
}

/// Takes out what the browser waits for, if it waits.
fn take_wait(text: &str) -> Result<(String, Option<&'static str>), String> {
    const WAIT: &str = " | answered after ";
    let head = split_body(text).0;
    let Some((before, after)) = head.split_once(WAIT) else {
        return Ok((text.to_owned(), None));
    };
    let word = after.split(" | ").next().unwrap_or(after);
    let verb = VERBS.into_iter().find(|verb| *verb == word);
    let verb = verb.ok_or_else(|| format!("a store is not asked to {:?}", shortened(word)))?;
    let rest = &text[before.len() + WAIT.len() + word.len()..];
    Ok((format!("{before}{rest}"), Some(verb)))
}

fn about_the_store(line: &str) -> Option<Result<Deed, String>> {
    if let Some(sentence) = line.strip_prefix("# ") {
        return Some(Ok(Deed::Say(sentence.to_owned())));
    }
    if let Some(sentence) = line.strip_prefix("So far: ") {
        return Some(Ok(Deed::SoFar(sentence.to_owned())));
    }
    if let Some(name) = line.strip_prefix("The server is naive: ") {
        return name.strip_suffix('.').map(|name| Ok(Deed::Naive(name.to_owned())));
    }
    if let Some(server) = line.strip_prefix("Server ") {
        return about_a_server(server).map(Ok);
    }
    if let Some(message) = line.strip_prefix("The store fails: ") {
        return Some(Ok(Deed::Fail(message.to_owned())));
    }
    if let Some(who) = line.strip_prefix("The answer comes to ") {
        let who = who.strip_suffix('.').filter(|who| is_name(who))?;
        return Some(Ok(Deed::Finish(who.to_owned())));
    }
    if let Some(time) = line.strip_suffix(" pass.").or(line.strip_suffix(" passes.")) {
        return Some(read_span(time).map(Deed::Pass));
    }
    let held = line.strip_prefix("The store holds ")?.strip_suffix('.')?;
    let (data, lives) = held.rsplit_once(" for ")?;
    Some(read_span(lives).map(|lives| Deed::Plant { data: data.to_owned(), lives }))
}

fn about_a_server(line: &str) -> Option<Deed> {
    let (number, what) = line.strip_suffix('.')?.split_once(' ')?;
    let server = number.parse().ok()?;
    Some(match what {
        "answers" => Deed::Choose(server),
        _ => Deed::Change { server, what: what.to_owned() },
    })
}

fn about_a_person(line: &str) -> Option<Deed> {
    let (who, what) = line.split_once(' ').filter(|(who, _)| is_name(who))?;
    let name = who.to_owned();
    let between =
        |start: &str, end: &str| Some(what.strip_prefix(start)?.strip_suffix(end)?.to_owned());
    if what == "attacks." {
        Some(Deed::Attack(name))
    } else if what == "closes the private window." {
        Some(Deed::Close(name))
    } else if let Some((from, carried)) = what.strip_prefix("copies ").and_then(carried_by) {
        Some(Deed::Steal { from, to: name, what: carried })
    } else if let Some((from, carried)) = what.strip_prefix("shares ").and_then(carried_by) {
        Some(Deed::Share { from, with: name, what: carried })
    } else if let Some(cookie) = between("writes the cookie ", " by hand.") {
        Some(Deed::Forge { who: name, cookie })
    } else if let Some(cookie) = between("holds the cookie ", ".") {
        Some(Deed::Give { who: name, cookie })
    } else {
        let cookie = between("deletes the cookie ", ".")?;
        Some(Deed::Delete { who: name, name: cookie })
    }
}

/// `Ada's cookies.`
fn carried_by(text: &str) -> Option<(String, Carried)> {
    let (from, what) = text.split_once("'s ").filter(|(from, _)| is_name(from))?;
    let carried = match what {
        "cookies." => Carried::Cookies,
        "tokens." => Carried::Tokens,
        _ => return None,
    };
    Some((from.to_owned(), carried))
}

fn is_name(text: &str) -> bool {
    let fits = |c: char| c.is_ascii_alphabetic() || !c.is_ascii();
    !text.is_empty() && text.len() <= 20 && text.chars().all(fits)
}

fn read_request(text: &str) -> Result<Request, String> {
    let (rest, body) = split_body(text);
    let mut parts = rest.split(" | ");
    let (method, path) =
        parts.next().and_then(|line| line.split_once(' ')).ok_or("a request is \"GET /\"")?;
    let wrong = format!("{:?} is no path that a browser asks for", shortened(path));
    let uri: Uri = path.parse().map_err(|why| format!("{wrong}: {why}"))?;
    if !path.starts_with('/') || uri.authority().is_some() {
        return Err(format!("{wrong}: it must begin with /"));
    }
    let method = Method::from_bytes(method.as_bytes())
        .map_err(|_| format!("{:?} is no method", shortened(method)))?;
    let request = Request::new(method, path);
    let request = match body {
        Some((BodyKind::Form, form)) => request.form(form),
        Some((BodyKind::Json, json)) => request.json(json),
        None => request,
    };
    parts.try_fold(request, read_part)
}

enum BodyKind {
    Form,
    Json,
}

/// What comes before the body, and the body. It comes last and may hold anything, the mark between
/// the parts too.
fn split_body(text: &str) -> (&str, Option<(BodyKind, &str)>) {
    let marks = [(BodyKind::Form, " | form"), (BodyKind::Json, " | json")];
    let found =
        marks.into_iter().filter_map(|(kind, mark)| Some((text.find(mark)?, mark, kind)));
    let Some((at, mark, kind)) = found.min_by_key(|(at, ..)| *at) else { return (text, None) };
    let body = &text[at + mark.len()..];
    (&text[..at], Some((kind, body.strip_prefix(' ').unwrap_or(body))))
}

fn read_part(request: Request, part: &str) -> Result<Request, String> {
    if let Some(whom) = part.strip_prefix("from ") {
        let from = FROM.into_iter().find(|(_, words)| *words == whom);
        return from.map(|(from, _)| request.from(from)).ok_or(format!("from {whom}?"));
    }
    if let Some(token) = part.strip_prefix("bearer ") {
        let fits = HeaderValue::from_str(token).is_ok();
        let refused = || format!("no token: {:?}", shortened(token));
        return if fits { Ok(request.bearer(token)) } else { Err(refused()) };
    }
    let (name, value) = part
        .strip_prefix("header ")
        .and_then(|header| header.split_once(": "))
        .ok_or_else(|| format!("what is {:?}?", shortened(part)))?;
    let fits = name.parse::<HeaderName>().is_ok() && HeaderValue::from_str(value).is_ok();
    if fits { Ok(request.header(name, value)) } else { Err(format!("no header: {name}")) }
}

fn shortened(text: &str) -> String {
    let start: String = text.chars().take(40).collect();
    if start == text { start } else { start + "…" }
}

fn read_span(text: &str) -> Result<Duration, String> {
    let wrong = || format!("{text:?} is no span of time; one is \"14 days\", up to ten years");
    let (count, unit) = text.split_once(' ').ok_or_else(wrong)?;
    let unit = unit.strip_suffix('s').unwrap_or(unit);
    let (size, _) = UNITS.into_iter().find(|(_, name)| *name == unit).ok_or_else(wrong)?;
    let seconds = count.parse::<i64>().ok().and_then(|count| count.checked_mul(size));
    seconds
        .filter(|seconds| (0..=LONGEST).contains(seconds))
        .map(Duration::seconds)
        .ok_or_else(wrong)
}

/// Exact to the second, unlike what a transcript says.
fn write_span(time: Duration) -> String {
    let seconds = time.whole_seconds();
    let fits = |(size, _): &(i64, &str)| seconds >= *size && seconds % size == 0;
    let (size, name) = UNITS.into_iter().find(fits).unwrap_or((1, "second"));
    let count = seconds / size;
    format!("{count} {name}{}", if count == 1 { "" } else { "s" })
}

impl fmt::Display for Deed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Send { who, request } => write!(f, "{who}: {request}"),
            Self::Begin { who, verb, request } => {
                let line = request.to_string();
                let (head, body) = line.split_at(split_body(&line).0.len());
                write!(f, "{who}: {head} | answered after {verb}{body}")
            }
            Self::Finish(who) => write!(f, "The answer comes to {who}."),
            Self::Pass(time) => write!(f, "{} pass.", write_span(*time)),
            Self::Restart => f.write_str("The server restarts."),
            Self::Naive(name) => write!(f, "The server is naive: {name}."),
            Self::Join => f.write_str("Another server joins."),
            Self::Choose(number) => write!(f, "Server {number} answers."),
            Self::Change { server, what } => write!(f, "Server {server} {what}."),
            Self::Attack(who) => write!(f, "{who} attacks."),
            Self::Steal { from, to, what } => write!(f, "{to} copies {from}'s {what}."),
            Self::Share { from, with, what } => write!(f, "{with} shares {from}'s {what}."),
            Self::Forge { who, cookie } => {
                write!(f, "{who} writes the cookie {cookie} by hand.")
            }
            Self::Give { who, cookie } => write!(f, "{who} holds the cookie {cookie}."),
            Self::Delete { who, name } => write!(f, "{who} deletes the cookie {name}."),
            Self::Close(who) => write!(f, "{who} closes the private window."),
            Self::Say(sentence) => write!(f, "# {sentence}"),
            Self::Aside => f.write_str("What follows is told elsewhere."),
            Self::SoFar(sentence) => write!(f, "So far: {sentence}"),
            Self::Plant { data, lives } => {
                write!(f, "The store holds {data} for {}.", write_span(*lives))
            }
            Self::Fail(message) => write!(f, "The store fails: {message}"),
            Self::Recover => f.write_str("The store recovers."),
        }
    }
}

impl fmt::Display for Request {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.method, self.path)?;
        if let Some((_, from)) = FROM.iter().find(|(from, _)| *from == self.from) {
            write!(f, " | from {from}")?;
        }
        let mut kind = None;
        for (name, value) in &self.headers {
            match (name.as_str(), value.as_str()) {
                FORM => kind = Some("form"),
                JSON => kind = Some("json"),
                _ => match tokens::brought(name, value) {
                    Some(token) => write!(f, " | bearer {token}")?,
                    None => write!(f, " | header {name}: {value}")?,
                },
            }
        }
        let Some(kind) = kind else { return Ok(()) };
        let before = if self.body.is_empty() { "" } else { " " };
        write!(f, " | {kind}{before}{}", self.body)
    }
}
