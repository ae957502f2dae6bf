//! The table of what express-session asks its store and sends the browser.

use conversation::Conversation;
use express::Express;

use crate::recordings::keep;

/// How a column is called, and the options that differ from those of every test.
const KNOBS: [(&str, &str); 5] = [
    ("both false", ""),
    ("resave", "resave: true"),
    ("save&shy;Uninitialized", "saveUninitialized: true"),
    ("rolling", "rolling: true"),
    ("unset: destroy", "unset: 'destroy'"),
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
    ("reload()", "/reload"),
    ("touch()", "/touch"),
    ("maxAge alone", "/remember"),
    ("session = null", "/unset"),
    ("destroy()", "/destroy"),
    ("regenerate()", "/regenerate"),
];

/// What a cell says that says the same as the first one of its row.
const SAME: &str = "=";

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

fn markdown(title: &str, kinds: &[(&str, &str)], columns: &[&[String]]) -> String {
    let knobs = KNOBS.map(|(name, _)| name).join(" | ");
    let mut table = format!("| {title} | {knobs} |\n|{}\n", "---|".repeat(KNOBS.len() + 1));
    for (row, (kind, _)) in kinds.iter().enumerate() {
        let usual = &columns[0][row];
        let other = columns[1..].iter().map(|column| &column[row]);
        let other = other.map(|cell| if cell == usual { SAME } else { cell });
        let cells: Vec<&str> = [*kind, usual].into_iter().chain(other).collect();
        table += &format!("| {} |\n", cells.join(" | "));
    }
    table
}

async fn column(options: &str) -> Vec<String> {
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

async fn cell(story: &mut Conversation, path: &str) -> String {
    let answer = story.get("Ada", path).await;
    let calls = story.last_calls().join(", ");
    match (calls.as_str(), answer.header("set-cookie")) {
        ("", None) => "–".to_owned(),
        (_, None) => calls,
        (_, Some(_)) => format!("{calls} · cookie"),
    }
}
