//! The ladder: a conversation as a sequence figure, browser ↔ server ↔ store, with the cookies
//! and the rows beneath each exchange that changed them.
//!
//! The figure is 360 units wide, so that it can be read on a telephone without shrinking. It takes
//! its colours from the page: `currentColor`, and classes that the book's stylesheet knows.

use std::fmt::{self, Write};

use crate::{
    labels::span,
    news::News,
    page_text,
    play::{Conversation, Event, Exchange},
    transcript::lives_for,
};

const WIDTH: usize = 360;
const LINE: usize = 14;
/// The width of ten characters of an 11-unit monospaced font.
const TEN_CHARACTERS: usize = 66;
const BROWSER: usize = 18;
const STORE: usize = 342;
/// Where the labels between browser and server begin.
const LABELS: usize = 34;
/// Colours for a figure that stands alone, as in the README; on a page the root is no `svg`.
const ALONE: &str =
    "svg:root{color:#222}@media(prefers-color-scheme:dark){svg:root{color:#ddd}}";

impl Conversation {
    /// The conversation as one `<svg>` element without a blank line.
    ///
    /// `id` must be unique on the page that shows the figure.
    pub fn ladder(&self, id: &str) -> String {
        let exchanges = self.events.iter().filter_map(Event::exchange);
        let has_store = exchanges.clone().any(|exchange| !exchange.calls.is_empty());
        let several = exchanges.clone().any(|exchange| exchange.who != self.first_name());
        let mut figure = Figure::new(has_store);
        let browser = if several {
            "browsers".to_owned()
        } else {
            format!("{}'s browser", self.first_name())
        };
        figure.head(&browser);
        let mut told = Told::default();
        for event in &self.events {
            match event {
                Event::Exchange(exchange) => {
                    figure.exchange(self, exchange, &mut told);
                }
                Event::Passed(time) => figure.divider(&format!("{} pass", span(*time))),
                Event::Said(sentence) => figure.divider(&self.labels.apply(sentence)),
            }
        }
        figure.finish(id, &self.title, &self.description())
    }

    fn first_name(&self) -> &str {
        let mut exchanges = self.events.iter().filter_map(Event::exchange);
        exchanges.next().map_or("", |exchange| exchange.who.as_str())
    }

    /// The figure in words, for those who hear it.
    fn description(&self) -> String {
        let mut news = News::default();
        let told = self.events.iter().map(|event| match event {
            Event::Exchange(exchange) => {
                let stable = |text: &str| self.stable(text, exchange.now);
                let mut record = |id: &str, data: &str| news.of(id, &stable(data));
                stable(&exchange.in_words(&mut record))
            }
            Event::Passed(time) => format!("{} pass.", span(*time)),
            Event::Said(sentence) => self.labels.apply(sentence),
        });
        told.collect::<Vec<_>>().join(" ")
    }
}

impl Event {
    fn exchange(&self) -> Option<&Exchange> {
        match self {
            Self::Exchange(exchange) => Some(exchange),
            _ => None,
        }
    }
}

impl Exchange {
    fn cookie_sent(&self) -> Option<&str> {
        let cookie = self.sent.iter().find(|(name, _)| name == "cookie");
        cookie.map(|(_, value)| value.as_str())
    }

    fn cookies_set(&self) -> impl Iterator<Item = &str> {
        let cookies = self.received.iter().filter(|(name, _)| name == "set-cookie");
        cookies.map(|(_, value)| value.as_str())
    }

    fn in_words(&self, record: &mut impl FnMut(&str, &str) -> String) -> String {
        let cookie =
            self.cookie_sent().map_or("no cookie".to_owned(), |c| format!("Cookie: {c}"));
        let mut told = if self.goes_on {
            format!("{}'s {} {} goes on.", self.who, self.method, self.path)
        } else {
            format!("{} sends {} {} with {cookie}.", self.who, self.method, self.path)
        };
        for call in &self.calls {
            told.push_str(" The store is asked:");
            let (sent, answer) = (record(&call.id, &call.sent), record(&call.id, &call.answer));
            let parts = [call.verb, &call.id, &sent, &answer];
            for part in parts.into_iter().filter(|part| !part.is_empty()) {
                told.push(' ');
                told.push_str(part);
            }
            told.push('.');
        }
        let Some(status) = self.status else {
            return told + " The server has not heard of that yet.";
        };
        write!(told, " The server answers {status}").expect("a String takes it");
        for cookie in self.cookies_set() {
            write!(told, " with Set-Cookie: {cookie}").expect("a String takes it");
        }
        match page_text::first_paragraph(&self.html) {
            Some(text) => format!("{told}: {}", sentence(&text)),
            None => told + ".",
        }
    }
}

fn sentence(text: &str) -> String {
    if text.ends_with(['.', '!', '?']) { text.to_owned() } else { format!("{text}.") }
}

/// What the figure has shown of what is kept, so that it need not show it again.
#[derive(Default)]
struct Told {
    cookies: Vec<String>,
    rows: Vec<String>,
    news: News,
}

/// What is drawn so far, from the top down.
struct Figure {
    body: String,
    y: usize,
    server: usize,
    has_store: bool,
}

impl Figure {
    fn new(has_store: bool) -> Self {
        let server = if has_store { 196 } else { STORE };
        Self { body: String::new(), y: 0, server, has_store }
    }

    fn head(&mut self, browser: &str) {
        self.y = LINE;
        self.text(2, "start", "lane", browser);
        if self.has_store {
            self.text(self.server, "middle", "lane", "server");
            self.text(WIDTH - 2, "end", "lane", "store");
        } else {
            self.text(WIDTH - 2, "end", "lane", "server");
        }
        self.y += 6;
    }

    fn exchange(&mut self, conversation: &Conversation, exchange: &Exchange, told: &mut Told) {
        let stable = |text: &str| conversation.stable(text, exchange.now);
        self.y += 10;
        self.person(&exchange.who, exchange.attacks);
        self.request(exchange, &stable);
        for call in &exchange.calls {
            let lives = call.lives.map(lives_for).unwrap_or_default();
            let asked = format!("{} {}", call.verb, call.id);
            let sent = told.news.of(&call.id, &stable(&call.sent));
            let answer = told.news.of(&call.id, &stable(&call.answer));
            self.between_server_and_store(&[&asked, &sent, &lives], &answer, &stable);
        }
        self.response(exchange, &stable);
        self.state(exchange, told, &stable);
    }

    fn request(&mut self, exchange: &Exchange, stable: &impl Fn(&str) -> String) {
        let first = format!("{}: {} {}", exchange.who, exchange.method, exchange.path);
        self.label(LABELS, self.server, "strong", &stable(&first));
        if exchange.goes_on {
            self.label(LABELS, self.server, "", "goes on");
            return;
        }
        let cookie = exchange.cookie_sent().map(|cookie| format!("Cookie: {cookie}"));
        self.label(LABELS, self.server, "", &stable(cookie.as_deref().unwrap_or("no cookie")));
        self.arrow(BROWSER, self.server, "asks");
    }

    fn response(&mut self, exchange: &Exchange, stable: &impl Fn(&str) -> String) {
        let Some(status) = exchange.status else {
            self.label(LABELS, self.server, "", "the server waits …");
            return;
        };
        self.label(LABELS, self.server, "strong", &status.to_string());
        for cookie in exchange.cookies_set() {
            self.label(
                LABELS,
                self.server,
                "cookie",
                &stable(&format!("Set-Cookie: {cookie}")),
            );
        }
        if let Some(text) = page_text::first_paragraph(&exchange.html) {
            self.label(LABELS, self.server, "page", &stable(&text));
        }
        self.arrow(self.server, BROWSER, "answers");
        for refused in &exchange.refused {
            self.label(LABELS, self.server, "refused", &format!("refused: {refused}"));
        }
    }

    fn between_server_and_store(
        &mut self,
        asked: &[&str],
        answer: &str,
        stable: &impl Fn(&str) -> String,
    ) {
        let left = self.server + 8;
        for part in asked.iter().filter(|part| !part.is_empty()) {
            self.label(left, STORE, "", &stable(part));
        }
        self.arrow(self.server, STORE, "asks");
        if !answer.is_empty() {
            self.label(left, STORE, "", &stable(answer));
            self.arrow(STORE, self.server, "answers");
        }
    }

    /// Draws the cookies and the rows where this exchange changed them.
    fn state(
        &mut self,
        exchange: &Exchange,
        told: &mut Told,
        stable: &impl Fn(&str) -> String,
    ) {
        let held: Vec<String> = exchange
            .cookies
            .iter()
            .map(|cookie| stable(&format!("{}={}", cookie.name, cookie.value)))
            .collect();
        let kept: Vec<String> = exchange
            .rows
            .iter()
            .map(|row| {
                let data = told.news.of(&row.id, &stable(&row.data));
                format!("{} {data}", stable(&row.id)).trim().to_owned()
            })
            .collect();
        let mine: Vec<String> =
            std::iter::once(exchange.who.clone()).chain(held.iter().cloned()).collect();
        let top = self.y + 4;
        let mut bottom = self.y;
        if told.cookies != mine && !(held.is_empty() && told.cookies.is_empty()) {
            let title = format!("{}'s cookies", exchange.who);
            bottom = bottom.max(self.panel(2, top, "jar", &title, &held));
            told.cookies = mine;
        }
        if told.rows != kept {
            bottom = bottom.max(self.panel(186, top, "rows", "the server holds", &kept));
            told.rows = kept;
        }
        self.y = bottom + 6;
    }

    fn panel(
        &mut self,
        x: usize,
        top: usize,
        class: &str,
        title: &str,
        lines: &[String],
    ) -> usize {
        let width = 172;
        let fits = characters(width - 12);
        let empty = ["nothing".to_owned()];
        let lines = if lines.is_empty() { &empty[..] } else { lines };
        let wrapped: Vec<String> = lines.iter().flat_map(|line| wrap(line, fits)).collect();
        let height = LINE * (wrapped.len() + 1) + 8;
        self.add(format_args!(
            r#"<rect class="{class}" x="{x}" y="{top}" width="{width}" height="{height}" rx="4" fill="none" stroke="currentColor"/>"#
        ));
        let below = self.y;
        self.y = top + LINE;
        self.text(x + 6, "start", "lane", title);
        for line in &wrapped {
            self.y += LINE;
            self.text(x + 6, "start", "", line);
        }
        self.y = below;
        top + height
    }

    fn divider(&mut self, text: &str) {
        let text = text.trim_end_matches('.');
        self.y += 12;
        for line in wrap(text, 44) {
            self.y += LINE;
            self.text(WIDTH / 2, "middle", "divider", &line);
        }
        self.y += 6;
    }

    fn label(&mut self, left: usize, right: usize, class: &str, text: &str) {
        for line in wrap(text, characters(right - left - 4)) {
            self.y += LINE;
            self.text(left, "start", class, &line);
        }
    }

    fn text(&mut self, x: usize, anchor: &str, class: &str, text: &str) {
        let text = escape(text);
        let (y, class) = (self.y, if class.is_empty() { "plain" } else { class });
        let weight =
            if matches!(class, "strong" | "lane") { r#" font-weight="bold""# } else { "" };
        self.add(format_args!(
            r#"<text class="{class}" x="{x}" y="{y}" text-anchor="{anchor}"{weight}>{text}</text>"#
        ));
    }

    fn arrow(&mut self, from: usize, to: usize, class: &str) {
        self.y += 7;
        let y = self.y;
        let dashes = if class == "answers" { r#" stroke-dasharray="4 3""# } else { "" };
        let tail = if to > from { to - 6 } else { to + 6 };
        let (above, below) = (y - 4, y + 4);
        self.add(format_args!(
            r#"<line class="{class}" x1="{from}" y1="{y}" x2="{to}" y2="{y}" stroke="currentColor"{dashes}/>
<path class="{class}" d="M{tail} {above}L{to} {y}L{tail} {below}" fill="none" stroke="currentColor"/>"#
        ));
        self.y += 2;
    }

    fn person(&mut self, name: &str, attacks: bool) {
        let class = if attacks { "attacker" } else { "person" };
        let initial = escape(&name.chars().take(1).collect::<String>());
        let (circle, letter) = (self.y + 8, self.y + 12);
        self.add(format_args!(
            r#"<circle class="{class}" cx="{BROWSER}" cy="{circle}" r="9" fill="none" stroke="currentColor"/>
<text class="{class}" x="{BROWSER}" y="{letter}" text-anchor="middle" font-weight="bold">{initial}</text>"#
        ));
    }

    fn add(&mut self, elements: fmt::Arguments<'_>) {
        writeln!(self.body, "{elements}").expect("a String takes everything");
    }

    fn rails(&self) -> String {
        let lanes = [BROWSER, self.server, STORE];
        let lanes = if self.has_store { &lanes[..] } else { &lanes[..2] };
        let bottom = self.y;
        let rail = |x: &usize| {
            format!(
                r#"<path class="rail" d="M{x} 22V{bottom}" stroke="currentColor" opacity="0.25"/>"#
            )
        };
        lanes.iter().map(rail).collect()
    }

    fn finish(self, id: &str, title: &str, description: &str) -> String {
        let height = self.y + 6;
        let (title, description) = (escape(title), escape(description));
        let rails = self.rails();
        format!(
            r#"<svg class="ladder" role="img" aria-labelledby="{id}-title {id}-desc" viewBox="0 0 {WIDTH} {height}" xmlns="http://www.w3.org/2000/svg" font-family="monospace" font-size="11" fill="currentColor">
<title id="{id}-title">{title}</title>
<desc id="{id}-desc">{description}</desc>
<style>{ALONE}</style>
{rails}
{}</svg>"#,
            self.body
        )
    }
}

fn escape(text: &str) -> String {
    let text = text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
    text.replace('"', "&quot;")
}

/// Breaks a text into lines of at most `width` characters: at spaces, then after punctuation, and
/// only then within a word.
fn wrap(text: &str, width: usize) -> Vec<String> {
    let mut lines = vec![String::new()];
    for piece in text.split_inclusive([' ', ',', '{', ';']) {
        let last = lines.last_mut().expect("there is always a line");
        if last.chars().count() + piece.trim_end().chars().count() <= width {
            last.push_str(piece);
        } else {
            lines.extend(chunks(piece, width));
        }
    }
    let lines = lines.into_iter().map(|line| line.trim_end().to_owned());
    lines.filter(|line| !line.is_empty()).collect()
}

/// How many characters a width has room for.
fn characters(width: usize) -> usize {
    width * 10 / TEN_CHARACTERS
}

fn chunks(text: &str, width: usize) -> Vec<String> {
    let characters: Vec<char> = text.chars().collect();
    characters.chunks(width).map(|chunk| chunk.iter().collect()).collect()
}
