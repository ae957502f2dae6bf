//! The ladder: a conversation as a sequence figure, browser ↔ server ↔ store, with the cookies
//! and the records beneath each exchange that changed them.
//!
//! It is an ordered list, so that it reads aloud in order, its text can be selected and found, and
//! the browser breaks its lines where the page is narrow. `src/style/ladder.css` draws the lanes
//! and the arrows; the classes name who says something to whom.

use std::fmt::Write;

use crate::{
    labels::{lives_for, span},
    news::News,
    page_text,
    play::{Conversation, Event, Exchange},
    store::Call,
};

impl Conversation {
    /// The conversation as one `<ol>` element, a line for each item and none that is blank. It is
    /// XML as well as HTML.
    pub fn ladder(&self) -> String {
        let mut figure = Figure::of(self);
        for event in self.told() {
            match event {
                Event::Exchange(exchange) => figure.exchange(exchange),
                Event::Passed(time) => figure.divider(&format!("{} pass", span(*time))),
                Event::Said(sentence) => figure.divider(&self.labels.apply(sentence)),
            }
        }
        figure.finish()
    }
}

impl Exchange {
    /// What tells the server who asks.
    fn identifies(&self) -> Option<String> {
        let sent = |name| self.sent.iter().find(|(known, _)| known == name);
        let cookie = sent("cookie").map(|(_, value)| format!("Cookie: {value}"));
        cookie.or_else(|| {
            sent("authorization").map(|(_, value)| format!("Authorization: {value}"))
        })
    }

    fn cookies_set(&self) -> impl Iterator<Item = &str> {
        let cookies = self.received.iter().filter(|(name, _)| name == "set-cookie");
        cookies.map(|(_, value)| value.as_str())
    }
}

/// Who takes part, in the order of the lanes: the browsers, the servers, and the store if it is
/// asked for anything.
struct Lanes<'a> {
    /// Each with whether it attacks.
    browsers: Vec<(&'a str, bool)>,
    servers: usize,
    has_store: bool,
}

impl<'a> Lanes<'a> {
    fn of(conversation: &'a Conversation) -> Self {
        let exchanges = || conversation.told().filter_map(Event::exchange);
        let mut browsers: Vec<(&str, bool)> = Vec::new();
        for exchange in exchanges() {
            match browsers.iter_mut().find(|(who, _)| *who == exchange.who) {
                Some((_, attacks)) => *attacks |= exchange.attacks,
                None => browsers.push((&exchange.who, exchange.attacks)),
            }
        }
        Self {
            browsers,
            servers: exchanges().map(|exchange| exchange.server + 1).max().unwrap_or(1),
            has_store: exchanges().any(|exchange| !exchange.calls.is_empty()),
        }
    }

    /// `b1` for the first browser.
    fn class(&self, who: &str) -> String {
        let at = self.browsers.iter().position(|(known, _)| *known == who);
        format!("b{}", at.map_or(1, |at| at + 1))
    }

    fn count(&self) -> usize {
        self.browsers.len() + self.servers + usize::from(self.has_store)
    }

    fn heads(&self) -> Vec<Part> {
        let browsers = self
            .browsers
            .iter()
            .map(|(who, attacks)| Part::new("b", if *attacks { "attacks" } else { "" }, who));
        let servers = (1..=self.servers).map(|number| match self.servers {
            1 => Part::strong("server"),
            _ => Part::strong(&format!("server {number}")),
        });
        let store = self.has_store.then(|| Part::strong("store"));
        browsers.chain(servers).chain(store).collect()
    }
}

/// What is drawn so far, from the top down, and what has been told of what is kept.
struct Figure<'a> {
    conversation: &'a Conversation,
    lanes: Lanes<'a>,
    lines: Vec<String>,
    news: News,
}

impl<'a> Figure<'a> {
    fn of(conversation: &'a Conversation) -> Self {
        let lanes = Lanes::of(conversation);
        let head = lanes.heads();
        let (browsers, all) = (lanes.browsers.len(), lanes.count());
        let roomy = if lanes.servers > 1 { " roomy" } else { "" };
        let start = format!(
            r#"<ol class="ladder{roomy}" style="--browsers:{browsers};--lanes:{all}" aria-label="{}">"#,
            escape(&conversation.title).replace('"', "&quot;")
        );
        let mut figure =
            Self { conversation, lanes, lines: vec![start], news: News::default() };
        figure.item("lanes", &head);
        figure
    }

    fn exchange(&mut self, exchange: &Exchange) {
        self.request(exchange);
        for call in &exchange.calls {
            self.call(exchange, call);
        }
        self.response(exchange);
        self.cookies(exchange);
        self.rows(exchange);
    }

    fn request(&mut self, exchange: &Exchange) {
        let stable = |text: &str| self.conversation.stable(text, exchange.now);
        let first = format!("{}: {} {}", exchange.who, exchange.method, exchange.path);
        let first = Part::strong(&stable(&first));
        let (kind, then) = if exchange.goes_on {
            ("later", "goes on".to_owned())
        } else {
            ("asks", stable(exchange.identifies().as_deref().unwrap_or("no cookie")))
        };
        self.item(&self.of_browser(kind, exchange), &[first, Part::plain(&then)]);
    }

    fn call(&mut self, exchange: &Exchange, call: &Call) {
        let stable = |text: &str| self.conversation.stable(text, exchange.now);
        let sent = self.news.of(call.record(), &stable(&call.sent));
        let answer = self.news.of(call.record(), &stable(&call.answer));
        let mut parts = vec![Part::plain(&stable(&format!("{} {}", call.verb, call.id)))];
        if let Some(lives) = call.lives {
            parts.push(Part::plain(&lives_for(lives)));
        }
        if !sent.is_empty() {
            parts.push(Part::plain(&sent));
        }
        if !answer.is_empty() {
            parts.push(Part::plain(&format!("→ {answer}")));
        }
        let class = if answer.is_empty() { "stores" } else { "stores loads" };
        self.item(&(class.to_owned() + of_server(exchange)), &parts);
    }

    fn response(&mut self, exchange: &Exchange) {
        let stable = |text: &str| self.conversation.stable(text, exchange.now);
        let Some(status) = exchange.status else {
            let waits = [Part::plain("the server waits …")];
            return self.item(&self.of_browser("later", exchange), &waits);
        };
        let mut parts = vec![Part::strong(&status.to_string())];
        for cookie in exchange.cookies_set() {
            parts.push(Part::new("span", "cookie", &stable(&format!("Set-Cookie: {cookie}"))));
        }
        if let Some(text) = page_text::first_paragraph(&exchange.html) {
            parts.push(Part::plain(&stable(&text)));
        }
        for token in &exchange.given {
            let says = token.says.as_ref().map(|says| format!(" says {says}"));
            let says = says.unwrap_or_default();
            parts.push(Part::plain(&stable(&format!("{}{says}", token.text))));
        }
        for refused in &exchange.refused {
            parts.push(Part::new("span", "refused", &format!("refused: {refused}")));
        }
        self.item(&self.of_browser("answers", exchange), &parts);
    }

    /// Draws what the browser or the program holds where this exchange changed it.
    fn cookies(&mut self, exchange: &Exchange) {
        let cookie = |name: &str, value: &str| {
            self.conversation.stable(&format!("{name}={value}"), exchange.now)
        };
        let cookies = exchange.cookies.iter().map(|it| cookie(&it.name, &it.value));
        let tokens = exchange.tokens.iter().map(|it| cookie(it.name, &it.text));
        let held: Vec<String> = cookies.chain(tokens).collect();
        if self.news.is_new(&exchange.who, &held) {
            let what = match (exchange.cookies.len(), exchange.tokens.len()) {
                (_, 0) => "cookies",
                (0, _) => "tokens",
                _ => "cookies and tokens",
            };
            let title = format!("{}'s {what}", exchange.who);
            self.kept(&self.of_browser("jar", exchange), &title, &held);
        }
    }

    /// Draws the records where this exchange changed them.
    fn rows(&mut self, exchange: &Exchange) {
        let stable = |text: &str| self.conversation.stable(text, exchange.now);
        let kept: Vec<String> = exchange
            .rows
            .iter()
            .map(|row| {
                let data = self.news.of(&row.id, &stable(&row.data));
                format!("{} {data}", stable(&row.id)).trim().to_owned()
            })
            .collect();
        if self.news.is_new("", &kept) {
            let who = if self.lanes.servers > 1 { "the store" } else { "the server" };
            self.kept("rows", &format!("{who} holds"), &kept);
        }
    }

    fn kept(&mut self, class: &str, title: &str, held: &[String]) {
        let held = if held.is_empty() { &["nothing".to_owned()] } else { held };
        let boxes = held.iter().map(|it| Part::new("span", "", it));
        let parts: Vec<Part> = std::iter::once(Part::strong(title)).chain(boxes).collect();
        self.item(class, &parts);
    }

    fn divider(&mut self, text: &str) {
        self.item("divider", &[Part::plain(text.trim_end_matches('.'))]);
    }

    fn of_browser(&self, class: &str, exchange: &Exchange) -> String {
        let attacks = if exchange.attacks { " attacks" } else { "" };
        let browser = self.lanes.class(&exchange.who);
        format!("{class} {browser}{}{attacks}", of_server(exchange))
    }

    fn item(&mut self, class: &str, parts: &[Part]) {
        let mut line = format!(r#"<li class="{class}">"#);
        let parts: Vec<&str> = parts.iter().map(|part| part.0.as_str()).collect();
        write!(line, "{}</li>", parts.join(" ")).expect("a String takes everything");
        self.lines.push(line);
    }

    fn finish(self) -> String {
        self.lines.join("\n") + "\n</ol>"
    }
}

/// Where nothing is said of it, it is the first server.
fn of_server(exchange: &Exchange) -> &'static str {
    if exchange.server == 0 { "" } else { " s2" }
}

/// A part of an item. It stays on one line if there is a line that has room for it.
struct Part(String);

/// No line has room for more characters than that. What is longer begins where the part before ends.
const LONG: usize = 90;
/// Every line has room for as many.
const SHORT: usize = 36;

impl Part {
    fn new(tag: &str, class: &str, text: &str) -> Self {
        let class = if class.is_empty() { "" } else { &format!(r#" class="{class}""#) };
        Self(format!("<{tag}{class}>{}</{tag}>", breakable(&escape(text))))
    }

    fn plain(text: &str) -> Self {
        if text.chars().count() > LONG {
            return Self(breakable(&escape(text)));
        }
        Self::new("span", "", text)
    }

    fn strong(text: &str) -> Self {
        Self::new("b", "", text)
    }
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

/// Has a long record break between its fields rather than in a word.
fn breakable(text: &str) -> String {
    if text.len() > SHORT { text.replace(",\"", ",<wbr/>\"") } else { text.to_owned() }
}
