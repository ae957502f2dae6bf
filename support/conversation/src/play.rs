//! The conversation itself: who does what, in which order.

use std::{future::poll_fn, pin::Pin, task::Poll};

use axum::{
    Router,
    body::Body,
    http::{self, Method, StatusCode, header},
    response::Response,
};
use http_body_util::BodyExt;
use time::{Duration, OffsetDateTime};
use tower::ServiceExt;

use crate::{
    deed::{Carried, Deed},
    jar::{Held, Initiator, Jar, Url},
    labels::Labels,
    request::Request,
    store::{Backend, Call, Changed, KeysOf, Row},
    tokens::{self, Token},
};

/// A server and its memory, new from the start.
pub type Server = (Router, Box<dyn Backend>);

/// Where the server is, unless [`Conversation::at`] says otherwise.
const ORIGIN: &str = "http://localhost:8080";

/// Something that happened, as it is told afterwards.
pub(crate) enum Event {
    Exchange(Box<Exchange>),
    Passed(Duration),
    Said(String),
}

impl Event {
    pub(crate) fn exchange(&self) -> Option<&Exchange> {
        match self {
            Self::Exchange(exchange) => Some(exchange),
            _ => None,
        }
    }
}

/// One request with all that came of it.
pub(crate) struct Exchange {
    pub(crate) who: String,
    pub(crate) attacks: bool,
    /// Which of the servers was asked, from zero.
    pub(crate) server: usize,
    pub(crate) method: Method,
    pub(crate) path: String,
    pub(crate) sent: Vec<(String, String)>,
    pub(crate) body: String,
    pub(crate) calls: Vec<Call>,
    /// Not the first part of this exchange: the request has been told before.
    pub(crate) goes_on: bool,
    /// None as long as the answer has not come.
    pub(crate) status: Option<StatusCode>,
    pub(crate) received: Vec<(String, String)>,
    pub(crate) html: String,
    pub(crate) refused: Vec<String>,
    pub(crate) cookies: Vec<Held>,
    /// The tokens that this answer gave.
    pub(crate) given: Vec<Token>,
    /// All that the one who asked holds by then.
    pub(crate) tokens: Vec<Token>,
    pub(crate) rows: Vec<Row>,
    pub(crate) now: OffsetDateTime,
    /// Whether no telling of the conversation has it.
    pub(crate) is_aside: bool,
}

struct Person {
    name: String,
    attacks: bool,
    /// Where what they carry is kept. Two tabs of one browser have the same place.
    pocket: usize,
    waits: Option<Underway>,
}

/// What somebody carries from visit to visit.
#[derive(Default)]
struct Pocket {
    jar: Jar,
    tokens: Vec<Token>,
}

/// A request as a server got it.
#[derive(Clone)]
struct Asked {
    server: usize,
    request: Request,
    sent: Vec<(String, String)>,
}

/// A request that the server works on.
struct Underway {
    asked: Asked,
    answer: Pin<Box<dyn Future<Output = Response> + Send>>,
}

/// What the browser got back.
#[derive(Debug)]
pub struct Answer {
    /// The status code.
    pub status: StatusCode,
    /// The headers, in the order in which they came.
    pub headers: Vec<(String, String)>,
    /// The body as it came.
    pub body: String,
    /// The page's text, line by line.
    pub text: String,
}

impl Answer {
    /// The value of the first header of this name, in lower case.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }
}

/// People at browsers, one server, and a record of what they said to each other.
///
/// The browsers' clock stands still, so that a slow machine records what a fast one does: time
/// passes only by [`pass`](Self::pass), which moves everything that has a date into the past.
pub struct Conversation {
    pub(crate) title: String,
    servers: Vec<Router>,
    /// Which of them answers.
    answering: usize,
    store: Box<dyn Backend>,
    people: Vec<Person>,
    pockets: Vec<Pocket>,
    origin: String,
    now: OffsetDateTime,
    clock: Option<fn(std::time::Duration)>,
    is_aside: bool,
    pub(crate) labels: Labels,
    pub(crate) events: Vec<Event>,
    pub(crate) deeds: Vec<Deed>,
    pub(crate) planted: Vec<String>,
}

impl Conversation {
    /// Begins a conversation with `app`, which keeps its sessions in `store`.
    ///
    /// The title is what a figure of the conversation is called.
    pub fn new(title: &str, app: Router, store: impl Backend + 'static) -> Self {
        Self::with(title, (app, Box::new(store)))
    }

    /// Begins a conversation with a server whose kind only its maker knows.
    pub fn with(title: &str, (app, store): Server) -> Self {
        Self {
            title: title.to_owned(),
            servers: vec![app],
            answering: 0,
            store,
            people: Vec::new(),
            pockets: Vec::new(),
            origin: ORIGIN.to_owned(),
            now: OffsetDateTime::now_utc(),
            clock: None,
            is_aside: false,
            labels: Labels::default(),
            events: Vec::new(),
            deeds: Vec::new(),
            planted: Vec::new(),
        }
    }

    /// Has it begin at this time, at which the clock of the server stands still.
    pub fn begun(mut self, now: OffsetDateTime) -> Self {
        self.now = now;
        self
    }

    /// Moves the server's own clock when time passes, by waiting, instead of moving what has a
    /// date into the past. For a place where waiting takes no time.
    pub fn waiting(mut self, wait: fn(std::time::Duration)) -> Self {
        self.clock = Some(wait);
        self
    }

    /// Says that the server is not the step's own but the naive one that the lab knows by this
    /// name: the script tells it, and the lab plays against the same.
    pub fn naive(mut self, name: &str) -> Self {
        self.deeds.push(Deed::Naive(name.to_owned()));
        self
    }

    /// Puts the server at another origin, such as `https://tea.example`.
    pub fn at(mut self, origin: &str) -> Self {
        self.origin = origin.to_owned();
        self
    }

    /// `who` opens `path`.
    pub async fn get(&mut self, who: &str, path: &str) -> Answer {
        self.send(who, Request::new(Method::GET, path)).await
    }

    /// `who` sends a form to `path`.
    pub async fn post(&mut self, who: &str, path: &str, fields: &str) -> Answer {
        self.send(who, Request::new(Method::POST, path).form(fields)).await
    }

    /// `who` sends any request at all.
    ///
    /// # Panics
    /// If the request is not one that HTTP allows.
    pub async fn send(&mut self, who: &str, request: Request) -> Answer {
        self.did(Deed::Send { who: who.to_owned(), request: request.clone() });
        self.stand_still().await;
        let Underway { asked, answer } = self.set_out(who, request);
        let response = answer.await;
        self.arrive(who, asked, response, false).await
    }

    /// `who` sends a request that takes its time: the store does what the first call of this name
    /// asks, and the server hears of it in [`finish`](Self::finish) only. What happens until then
    /// happens in the middle of that request.
    ///
    /// # Panics
    /// If the answer comes without such a call, or `who` still waits for another one.
    pub async fn begin(&mut self, who: &str, verb: &'static str, request: Request) {
        let begun = self.try_begin(who, verb, request).await;
        begun.unwrap_or_else(|why| panic!("{why}"));
    }

    async fn try_begin(
        &mut self,
        who: &str,
        verb: &'static str,
        request: Request,
    ) -> Result<(), String> {
        if self.person(who).waits.is_some() {
            return Err(format!("{who} waits for an answer already"));
        }
        self.stand_still().await;
        self.store.hold(Some(verb));
        let mut underway = self.set_out(who, request.clone());
        let answered = poll_fn(|context| match underway.answer.as_mut().poll(context) {
            Poll::Ready(response) => Poll::Ready(Some(response)),
            Poll::Pending if self.store.holds() => Poll::Ready(None),
            Poll::Pending => Poll::Pending,
        });
        if let Some(response) = answered.await {
            self.store.hold(None);
            self.did(Deed::Send { who: who.to_owned(), request });
            self.arrive(who, underway.asked, response, false).await;
            return Err(format!("the answer came without a call of {verb}"));
        }
        let Asked { server, sent, .. } = underway.asked.clone();
        self.did(Deed::Begin { who: who.to_owned(), verb, request: request.clone() });
        let exchange = Exchange {
            who: who.to_owned(),
            attacks: self.person(who).attacks,
            server,
            method: request.method,
            path: request.path,
            sent,
            body: request.body,
            calls: self.store.calls(),
            goes_on: false,
            status: None,
            received: Vec::new(),
            html: String::new(),
            refused: Vec::new(),
            cookies: self.cookies(who),
            given: Vec::new(),
            tokens: self.tokens(who),
            rows: self.store.rows(),
            now: self.now,
            is_aside: self.is_aside,
        };
        self.person(who).waits = Some(underway);
        self.remember(exchange);
        Ok(())
    }

    /// The answer to what `who` [began](Self::begin).
    ///
    /// # Panics
    /// If `who` waits for none.
    pub async fn finish(&mut self, who: &str) -> Answer {
        self.try_finish(who).await.unwrap_or_else(|why| panic!("{why}"))
    }

    async fn try_finish(&mut self, who: &str) -> Result<Answer, String> {
        let underway = self.person(who).waits.take();
        let Underway { asked, answer } =
            underway.ok_or_else(|| format!("{who} waits for no answer"))?;
        self.did(Deed::Finish(who.to_owned()));
        self.store.hold(None);
        let response = answer.await;
        Ok(self.arrive(who, asked, response, true).await)
    }

    /// Adds the browser's cookies to the request, and hands it to the server.
    fn set_out(&mut self, who: &str, request: Request) -> Underway {
        let url = Url::new(&self.origin, &request.path);
        let now = self.now;
        let cookie = self.jar(who).header(&url, request.from, now);
        let host = self.origin.split_once("://").map_or("", |(_, host)| host);
        let mut sent = vec![("host".to_owned(), host.to_owned())];
        sent.extend(request.headers.iter().cloned());
        sent.extend(cookie.map(|value| ("cookie".to_owned(), value)));
        self.store.calls();
        let mut http = http::Request::builder().method(&request.method).uri(&request.path);
        for (name, value) in &sent {
            http = http.header(name, value);
        }
        let http = http.body(Body::from(request.body.clone())).expect("a well-formed request");
        let app = self.servers[self.answering].clone();
        let answer = Box::pin(async move {
            let Ok(response) = app.oneshot(http).await;
            response
        });
        Underway { asked: Asked { server: self.answering, request, sent }, answer }
    }

    async fn arrive(
        &mut self,
        who: &str,
        Asked { server, request, sent }: Asked,
        response: Response,
        goes_on: bool,
    ) -> Answer {
        let (head, body) = response.into_parts();
        let text = |value: &http::HeaderValue| String::from_utf8_lossy(value.as_bytes()).into();
        let headers = head.headers.iter().map(|(name, value)| (name.to_string(), text(value)));
        let received: Vec<(String, String)> = headers.collect();
        let body = body.collect().await.expect("the body arrives whole").to_bytes();
        let body = String::from_utf8_lossy(&body).into_owned();
        let given = self.store.tokens(&body, self.now);
        tokens::keep(&mut self.pocket(who).tokens, &given);
        let url = Url::new(&self.origin, &request.path);
        let exchange = Exchange {
            who: who.to_owned(),
            attacks: self.person(who).attacks,
            server,
            method: request.method,
            path: request.path,
            sent,
            body: request.body,
            calls: self.store.calls(),
            goes_on,
            status: Some(head.status),
            refused: self.keep_cookies(who, &url, request.from, &received),
            cookies: self.cookies(who),
            given,
            tokens: self.tokens(who),
            rows: self.store.rows(),
            received,
            html: body,
            now: self.now,
            is_aside: self.is_aside,
        };
        self.remember(exchange)
    }

    fn keep_cookies(
        &mut self,
        who: &str,
        url: &Url,
        from: Initiator,
        received: &[(String, String)],
    ) -> Vec<String> {
        let now = self.now;
        let jar = self.jar(who);
        let cookies = received.iter().filter(|(name, _)| name == header::SET_COOKIE.as_str());
        cookies
            .filter_map(|(_, cookie)| {
                let why = jar.store(url, cookie, from, now).err()?;
                let name = cookie.split('=').next().unwrap_or_default();
                Some(format!("{name}: {why}"))
            })
            .collect()
    }

    fn remember(&mut self, exchange: Exchange) -> Answer {
        // `cycle_id` deletes an identifier that nobody has seen; one that was sent is known.
        let sent = |id: &str| exchange.sent.iter().any(|(_, value)| value.contains(id));
        for call in &exchange.calls {
            let is_new = match call.verb {
                "create" | "rotate" => true,
                "delete" => !sent(&call.id),
                _ => false,
            };
            if is_new {
                self.labels.learn(call.record());
            }
        }
        for row in &exchange.rows {
            self.labels.learn(&row.id);
            self.labels.learn_data(&row.data);
        }
        // What the store has refused is in no row.
        exchange.calls.iter().for_each(|call| self.labels.learn_data(&call.sent));
        let cookies = exchange.received.iter().filter(|(name, _)| name == "set-cookie");
        cookies.for_each(|(_, cookie)| self.labels.learn_cookie(cookie));
        tokens::learn(&mut self.labels, &exchange.given);
        let answer = Answer {
            status: exchange.status.unwrap_or_default(),
            headers: exchange.received.clone(),
            body: exchange.html.clone(),
            text: crate::page_text::lines(&exchange.html).join("\n"),
        };
        self.events.push(Event::Exchange(Box::new(exchange)));
        answer
    }

    /// Takes back the time that has passed by itself, so that a busy machine tells the same.
    async fn stand_still(&self) {
        if self.clock.is_none() {
            self.store.age(Duration::ZERO).await;
        }
    }

    /// Lets time pass for the rows and the cookies alike.
    pub async fn pass(&mut self, time: Duration) {
        self.did(Deed::Pass(time));
        match self.clock {
            Some(wait) => {
                wait(time.unsigned_abs());
                self.now += time;
                self.store.tick(time);
            }
            None => {
                self.store.age(time).await;
                self.pockets.iter_mut().for_each(|pocket| pocket.jar.age(time));
            }
        }
        let tokens = self.pockets.iter_mut().flat_map(|pocket| &mut pocket.tokens);
        tokens.for_each(|token| token.age(time));
        self.happened(Event::Passed(time));
    }

    /// The server ends and another one takes its place; the browsers keep their cookies.
    pub fn restart(&mut self, app: Router, store: impl Backend + 'static) {
        self.replace((app, Box::new(store)));
    }

    fn replace(&mut self, (app, store): Server) {
        self.put_in_place(app);
        self.store = store;
    }

    fn put_in_place(&mut self, app: Router) {
        self.did(Deed::Restart);
        self.servers[self.answering] = app;
        self.note("The server restarts.");
    }

    /// Another server takes its place beside those that are there, on the same store.
    pub fn join(&mut self, app: Router) {
        self.did(Deed::Join);
        self.servers.push(app);
        self.note("Another server joins.");
    }

    /// How many servers there are, and which of them answers, counted from one.
    pub fn servers(&self) -> (usize, usize) {
        (self.servers.len(), self.answering + 1)
    }

    /// Whether another server can join.
    pub fn can_grow(&self) -> bool {
        self.store.has_room()
    }

    /// From now on this server answers, counted from one, as if a load balancer had chosen it.
    ///
    /// # Panics
    /// If there is no such server.
    pub fn answers(&mut self, server: usize) {
        self.choose(server).unwrap_or_else(|why| panic!("{why}"));
    }

    fn choose(&mut self, server: usize) -> Result<(), String> {
        if !(1..=self.servers.len()).contains(&server) {
            return Err(format!("there is no server {server}"));
        }
        self.did(Deed::Choose(server));
        self.answering = server - 1;
        Ok(())
    }

    /// Changes a server, counted from one, as whoever runs it does.
    fn change(&mut self, server: usize, what: String) -> Result<(), String> {
        let at = server.checked_sub(1).filter(|at| *at < self.servers.len());
        let at = at.ok_or_else(|| format!("there is no server {server}"))?;
        let Changed { told, app } = self.store.operate(at, &what)?;
        self.did(Deed::Change { server, what });
        if let Some(app) = app {
            self.servers[at] = app;
        }
        self.note(&told);
        Ok(())
    }

    /// The keys of each server, where they can be changed.
    pub fn keys(&self) -> Vec<KeysOf> {
        self.store.keys()
    }

    /// Marks `who` as the one who attacks.
    pub fn attacker(&mut self, who: &str) {
        self.did(Deed::Attack(who.to_owned()));
        self.person(who).attacks = true;
    }

    /// Copies every cookie of `from` to `to`, as malware or a shared computer does.
    pub fn steal(&mut self, from: &str, to: &str) {
        self.copy(from, to, Carried::Cookies);
    }

    /// Copies every token of `from` to `to`, as malware or a script in the page does.
    pub fn steal_tokens(&mut self, from: &str, to: &str) {
        self.copy(from, to, Carried::Tokens);
    }

    fn copy(&mut self, from: &str, to: &str, what: Carried) {
        self.happens(Deed::Steal { from: from.to_owned(), to: to.to_owned(), what });
        self.person(to).attacks = true;
        match what {
            Carried::Cookies => *self.jar(to) = self.jar(from).clone(),
            Carried::Tokens => {
                let held = self.tokens(from);
                tokens::keep(&mut self.pocket(to).tokens, &held);
            }
        }
    }

    /// From now on `with` has the cookies that `from` has: another tab of the same browser.
    pub fn share(&mut self, from: &str, with: &str) {
        self.use_one(from, with, Carried::Cookies);
    }

    /// From now on `with` has the tokens that `from` has: two tabs with the same script.
    pub fn share_tokens(&mut self, from: &str, with: &str) {
        self.use_one(from, with, Carried::Tokens);
    }

    fn use_one(&mut self, from: &str, with: &str, what: Carried) {
        self.happens(Deed::Share { from: from.to_owned(), with: with.to_owned(), what });
        self.person(with).pocket = self.person(from).pocket;
    }

    /// Does what is told in the words of its line.
    fn happens(&mut self, deed: Deed) {
        self.note(&deed.to_string());
        self.did(deed);
    }

    /// `who` writes a cookie by hand.
    pub fn forge(&mut self, who: &str, name: &str, value: &str) {
        self.did(Deed::Forge { who: who.to_owned(), cookie: format!("{name}={value}") });
        self.put(who, name, value);
        self.labels.learn_signature(value);
        self.note(&format!("{who} writes the cookie {name}={value} by hand."));
    }

    /// Puts a cookie into `who`'s jar, as a visit before this conversation left it there.
    pub fn give(&mut self, who: &str, name: &str, value: &str) {
        self.did(Deed::Give { who: who.to_owned(), cookie: format!("{name}={value}") });
        self.put(who, name, value);
    }

    fn put(&mut self, who: &str, name: &str, value: &str) {
        let host = Url::new(&self.origin, "/").host;
        let cookie = Held::plain(&host, name, value, self.now);
        self.jar(who).put(cookie);
    }

    /// `who` closes the private window, and its cookies go.
    pub fn close(&mut self, who: &str) {
        self.did(Deed::Close(who.to_owned()));
        self.jar(who).clear();
        self.note(&format!("{who} closes the private window."));
    }

    /// Adds a sentence to the record.
    pub fn says(&mut self, sentence: &str) {
        self.did(Deed::Say(sentence.to_owned()));
        self.note(sentence);
    }

    fn note(&mut self, sentence: &str) {
        self.happened(Event::Said(sentence.to_owned()));
    }

    fn happened(&mut self, event: Event) {
        if !self.is_aside {
            self.events.push(event);
        }
    }

    /// Leaves what happens from now on out of the record, since another one tells it, until
    /// [`so_far`](Self::so_far) puts a sentence in its place.
    pub fn aside(&mut self) {
        self.did(Deed::Aside);
        self.is_aside = true;
    }

    /// Ends what [`aside`](Self::aside) began, and says what came of it.
    pub fn so_far(&mut self, sentence: &str) {
        self.did(Deed::SoFar(sentence.to_owned()));
        self.is_aside = false;
        self.note(sentence);
    }

    /// Does what one line of a script says. A restart needs the server that takes over, and so
    /// does a naive one, by its name.
    ///
    /// # Errors
    /// Says why it cannot be done; then nothing has happened, but for a request that was answered
    /// before it could be kept waiting.
    pub async fn perform(
        &mut self,
        deed: Deed,
        fresh: impl FnOnce(Option<&str>) -> Option<Server>,
    ) -> Result<(), String> {
        match deed {
            Deed::Send { who, request } => {
                self.send(&who, request).await;
            }
            Deed::Begin { who, verb, request } => self.try_begin(&who, verb, request).await?,
            Deed::Finish(who) => {
                self.try_finish(&who).await?;
            }
            Deed::Pass(time) => self.pass(time).await,
            Deed::Restart => {
                if let Some(app) = self.store.restarted(self.answering) {
                    self.put_in_place(app);
                    return Ok(());
                }
                let naive = self.deeds.iter().rev().find_map(|deed| match deed {
                    Deed::Naive(name) => Some(name.as_str()),
                    _ => None,
                });
                let server = fresh(naive).ok_or("there is no server to take over")?;
                self.replace(server);
            }
            Deed::Naive(name) => {
                let server = fresh(Some(&name));
                let server =
                    server.ok_or_else(|| format!("no naive server is called {name:?}"))?;
                (self.servers[self.answering], self.store) = server;
                self.did(Deed::Naive(name));
            }
            Deed::Join => {
                let app = self.store.another();
                self.join(app.ok_or("the server is alone with what it holds")?);
            }
            Deed::Choose(server) => self.choose(server)?,
            Deed::Change { server, what } => self.change(server, what)?,
            Deed::Attack(who) => self.attacker(&who),
            Deed::Steal { from, to, what } => self.copy(&from, &to, what),
            Deed::Share { from, with, what } => self.use_one(&from, &with, what),
            Deed::Forge { ref who, ref cookie } => {
                self.write(who, cookie)?;
                self.note(&format!("{who} writes the cookie {cookie} by hand."));
                self.did(deed);
            }
            Deed::Give { ref who, ref cookie } => {
                self.write(who, cookie)?;
                self.did(deed);
            }
            Deed::Delete { ref who, ref name } => {
                self.jar(who).remove(name);
                self.note(&format!("{who} deletes the cookie {name}."));
                self.did(deed);
            }
            Deed::Close(who) => self.close(&who),
            Deed::Say(sentence) => self.says(&sentence),
            Deed::Aside => self.aside(),
            Deed::SoFar(sentence) => self.so_far(&sentence),
            Deed::Plant { .. } | Deed::Fail(_) | Deed::Recover => {
                self.store.undergo(&deed).await?;
                self.hear_of_the_store();
            }
        }
        Ok(())
    }

    fn write(&mut self, who: &str, cookie: &str) -> Result<(), String> {
        let (url, now) = (Url::new(&self.origin, "/"), self.now);
        let written = self.jar(who).write(&url, cookie, now);
        written.map_err(|why| format!("no browser holds such a cookie: {why}"))
    }

    fn did(&mut self, deed: Deed) {
        self.hear_of_the_store();
        self.deeds.push(deed);
    }

    pub(crate) fn hear_of_the_store(&mut self) {
        for (deed, planted) in self.store.deeds() {
            self.deeds.push(deed);
            self.planted.extend(planted);
        }
    }

    /// Everybody who has a browser, and whether they attack.
    pub fn people(&self) -> impl Iterator<Item = (&str, bool)> {
        self.people.iter().map(|person| (person.name.as_str(), person.attacks))
    }

    /// Of whose browser this is another tab, if of anybody's.
    pub fn tab_of(&self, name: &str) -> Option<&str> {
        let pocket = self.people.iter().find(|person| person.name == name)?.pocket;
        let first = self.people.iter().find(|person| person.pocket == pocket)?;
        (first.name != name).then_some(&first.name)
    }

    /// Whether the server keeps an answer back that this browser waits for.
    pub fn waits(&self, name: &str) -> bool {
        self.people.iter().any(|person| person.name == name && person.waits.is_some())
    }

    /// The browsers' clock.
    pub fn now(&self) -> OffsetDateTime {
        self.now
    }

    /// What a telling of the conversation has, in order.
    pub(crate) fn told(&self) -> impl Iterator<Item = &Event> {
        let is_aside = |event: &Event| event.exchange().is_some_and(|it| it.is_aside);
        self.events.iter().filter(move |event| !is_aside(event))
    }

    /// The last page that `who` got, with the path asked for and the status.
    pub fn page(&self, who: &str) -> Option<(&str, StatusCode, &str)> {
        let exchanges = self.events.iter().rev().filter_map(Event::exchange);
        let mut theirs = exchanges.filter(|exchange| exchange.who == who);
        theirs.find_map(|last| Some((last.path.as_str(), last.status?, last.html.as_str())))
    }

    /// The text with `<sid-1>` and its like in the place of identifiers.
    pub fn labelled(&self, text: &str) -> String {
        self.labels.apply(text)
    }

    /// The cookies that `who` holds.
    pub fn cookies(&mut self, who: &str) -> Vec<Held> {
        let now = self.now;
        self.jar(who).cookies(now).to_vec()
    }

    /// The tokens that `who` holds.
    pub fn tokens(&mut self, who: &str) -> Vec<Token> {
        self.pocket(who).tokens.clone()
    }

    /// What the server holds.
    pub fn rows(&self) -> Vec<Row> {
        self.store.rows()
    }

    /// The calls to the store in the last exchange, such as `["load", "save"]`.
    pub fn last_calls(&self) -> Vec<&'static str> {
        let last = self.events.iter().rev().find_map(Event::exchange);
        last.map_or_else(Vec::new, |last| last.calls.iter().map(|call| call.verb).collect())
    }

    fn person(&mut self, name: &str) -> &mut Person {
        let at = self.people.iter().position(|person| person.name == name);
        let at = at.unwrap_or_else(|| {
            let (name, pocket) = (name.to_owned(), self.pockets.len());
            self.pockets.push(Pocket::default());
            self.people.push(Person { name, attacks: false, pocket, waits: None });
            self.people.len() - 1
        });
        &mut self.people[at]
    }

    fn pocket(&mut self, name: &str) -> &mut Pocket {
        let at = self.person(name).pocket;
        &mut self.pockets[at]
    }

    fn jar(&mut self, name: &str) -> &mut Jar {
        &mut self.pocket(name).jar
    }

    /// One label or relative date for each thing that differs from run to run.
    pub fn stable(&self, text: &str, now: OffsetDateTime) -> String {
        self.labels.apply(&crate::labels::relative_dates(text, now))
    }
}
