//! The table of what express-session asks its store and sends the browser.

use conversation::Conversation;
use express::Express;

use crate::recordings::keep;

/// How a column is called, and the options that differ from those of every test.
const KNOBS: [(&str, &str); 5] = [
    ("both false", ""),
    ("`resave`", "resave: true"),
    ("`saveUninitialized`", "saveUninitialized: true"),
    ("`rolling`", "rolling: true"),
    ("`unset` destroy", "unset: 'destroy'"),
];

/// What somebody asks for who has not been here before.
const FIRST: [(&str, &str); 5] = [
    ("ignores it", "/untouched"),
    ("reads", "/read"),
    ("writes", "/write"),
    ("writes, throws", "/write-throw"),
    ("writes after the head", "/write-stream"),
];

/// What somebody asks for who has a session.
const LATER: [(&str, &str); 19] = [
    ("ignores it", "/untouched"),
    ("reads", "/read"),
    ("writes an equal value", "/same"),
    ("writes", "/write"),
    ("writes, 404", "/write-404"),
    ("writes, 500", "/write-500"),
    ("writes, redirects", "/write-redirect"),
    ("writes, throws", "/write-throw"),
    ("writes after the head", "/write-stream"),
    ("writes after the answer", "/write-later"),
    ("saves after the answer", "/save-later"),
    ("saves, redirects", "/save-then-redirect"),
    ("saves, writes again", "/save-then-write"),
    ("`reload`", "/reload"),
    ("`touch`", "/touch"),
    ("`maxAge` alone", "/remember"),
    ("`session = null`", "/unset"),
    ("`destroy`", "/destroy"),
    ("`regenerate`", "/regenerate"),
];

#[tokio::test]
#[cfg_attr(not(express), ignore = "needs Node.js, then npm ci --prefix support/express")]
async fn what_express_session_does_for_each_option_and_request() {
    let mut columns = Vec::new();
    for (_, options) in KNOBS {
        columns.push(column(options).await);
    }
    let (first, later): (Vec<_>, Vec<_>) =
        columns.iter().map(|column| column.split_at(FIRST.len())).unzip();
    let first = markdown("First visit", &FIRST, &first);
    let later = markdown("Later visit", &LATER, &later);
    keep("what_express_session_does", &format!("{first}\n{later}"));
}

/// A table that leaves out the options that change nothing in it, and says so below.
fn markdown(title: &str, kinds: &[(&str, &str)], columns: &[&[Cell]]) -> String {
    let usual = columns[0];
    let knobs = KNOBS.map(|(name, _)| name).into_iter().zip(columns).skip(1);
    let (idle, busy): (Vec<_>, Vec<_>) = knobs.partition(|(_, column)| **column == usual);
    let titles = [title, KNOBS[0].0].into_iter().chain(busy.iter().map(|(name, _)| *name));
    let mut table = row(titles.map(str::to_owned));
    table += &row(["---"; 2].into_iter().chain(busy.iter().map(|_| "---")).map(str::to_owned));
    for (at, (kind, _)) in kinds.iter().enumerate() {
        let other = busy.iter().map(|(_, column)| column[at].beside(&usual[at]));
        table += &row([(*kind).to_owned(), usual[at].tell()].into_iter().chain(other));
    }
    let idle: Vec<&str> = idle.into_iter().map(|(name, _)| name).collect();
    format!("{table}\nThe other options change nothing here: {}.\n", idle.join(", "))
}

fn row(cells: impl Iterator<Item = String>) -> String {
    format!("| {} |\n", cells.collect::<Vec<_>>().join(" | "))
}

/// What came of a request.
#[derive(PartialEq)]
struct Cell {
    calls: Vec<&'static str>,
    cookie: bool,
}

impl Cell {
    fn tell(&self) -> String {
        match (self.calls.join(", "), self.cookie) {
            (calls, false) if calls.is_empty() => "–".to_owned(),
            (calls, false) => calls,
            (calls, true) => format!("{calls} · cookie"),
        }
    }

    /// What it says beside the first cell of its row.
    fn beside(&self, usual: &Self) -> String {
        match self {
            same if same == usual => "=".to_owned(),
            more if more.calls == usual.calls && more.cookie => "= · cookie".to_owned(),
            other => other.tell(),
        }
    }
}

async fn column(options: &str) -> Vec<Cell> {
    let mut story = Express::start(options).conversation();
    let mut cells = Vec::new();
    for (_, path) in FIRST {
        story.close("Ada");
        cells.push(cell(&mut story, path).await);
    }
    for (_, path) in LATER {
        story.close("Ada");
        story.get("Ada", "/").await;
        cells.push(cell(&mut story, path).await);
    }
    cells
}

async fn cell(story: &mut Conversation, path: &str) -> Cell {
    let cookie = story.get("Ada", path).await.header("set-cookie").is_some();
    Cell { calls: story.last_calls(), cookie }
}
