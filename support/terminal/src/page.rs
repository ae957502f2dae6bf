//! What a page shows in a terminal.

use std::sync::LazyLock;

use regex_lite::Regex;

/// A `console` block, a log, or what the reader does in a browser meanwhile.
#[derive(Clone, Debug, Hash)]
pub struct Block {
    /// The line of the page on which it begins.
    pub line: usize,
    /// The step that it belongs to, or whatever package of `steps/` the page names.
    pub step: Option<String>,
    /// The reason in the `not played` above it.
    pub excuse: Option<String>,
    /// What is in it.
    pub shown: Shown,
}

/// What a block shows.
#[derive(Clone, Debug, Hash)]
pub enum Shown {
    /// Commands, one after another.
    Commands(Vec<Command>),
    /// What the running program says after its first line, without the time.
    Log(Vec<Line>),
}

/// A command, and what the page prints below it.
#[derive(Clone, Debug, Hash)]
pub struct Command {
    /// The line of the page.
    pub line: usize,
    /// What is typed.
    pub text: String,
    /// None if the block prints commands only.
    pub output: Option<Vec<Line>>,
    /// Whether it is to fail.
    pub fails: bool,
    /// Whether the program that serves goes on beside the one that this starts.
    pub beside: bool,
}

/// A printed line.
#[derive(Clone, Debug, Hash)]
pub struct Line {
    /// Its number in the page.
    pub number: usize,
    /// What is printed.
    pub text: String,
}

/// The step that a command starts or tests.
static RUN: LazyLock<Regex> = LazyLock::new(|| regex(r"\bcargo run -p (step-\d+)"));

/// `NAME=value` before a command.
static VARIABLES: LazyLock<Regex> =
    LazyLock::new(|| regex(r#"^(\w+=('[^']*'|"[^"]*"|\S*) )*"#));

impl Command {
    /// The text without the variables that stand before it.
    pub fn bare(&self) -> &str {
        let variables = VARIABLES.find(&self.text).map_or(0, |found| found.end());
        &self.text[variables..]
    }

    /// Whether it starts the program of the page's step, or of the reader's own folder.
    pub(crate) fn runs_the_program(&self) -> bool {
        self.bare().split(' ').take(2).eq(["cargo", "run"])
    }

    /// Whether it runs the tests: what they are is checked without running them.
    pub fn is_test(&self) -> bool {
        self.bare().starts_with("cargo test")
    }
}

/// Reads a page, whose path tells its chapter. A page of no chapter says whose program it shows:
/// `<!-- played with: only-sessions -->`.
pub fn blocks(path: &str, text: &str) -> Vec<Block> {
    let mut step = chapter(path);
    let mut blocks = Vec::new();
    let lines: Vec<&str> = text.lines().collect();
    let mut at = 0;
    while at < lines.len() {
        let above = at.checked_sub(1).map_or("", |above| lines[above]);
        step = comment(lines[at], "played with:").map(str::to_owned).or(step);
        let (length, shown) = if let Some(length) = browser(&lines[at..]) {
            (length, browser_commands(&lines[at..at + length], at))
        } else if lines[at] == "```console" {
            let body = body(&lines, at);
            (body.len() + 2, Shown::Commands(commands(&body, above)))
        } else if lines[at] == "```text" && above == "<!-- log -->" {
            let body = body(&lines, at);
            (body.len() + 2, Shown::Log(body))
        } else {
            at += if lines[at].starts_with("```") { body(&lines, at).len() + 2 } else { 1 };
            continue;
        };
        let excuse = comment(above, "not played:").map(str::to_owned);
        if let (Shown::Commands(commands), None) = (&shown, &excuse) {
            let mut started = commands.iter().filter_map(|command| RUN.captures(&command.text));
            step = started.next_back().map(|found| found[1].to_owned()).or(step);
        }
        blocks.push(Block { line: at + 1, step: step.clone(), excuse, shown });
        at += length;
    }
    blocks
}

/// Those that a step's test plays.
pub fn of_step(mut blocks: Vec<Block>, step: &str) -> Vec<Block> {
    blocks.retain(|block| block.excuse.is_none() && block.step.as_deref() == Some(step));
    blocks
}

fn chapter(path: &str) -> Option<String> {
    let number = path.strip_prefix("src/")?.get(..2)?;
    let is_number = number.bytes().all(|byte| byte.is_ascii_digit());
    is_number.then(|| format!("step-{number}"))
}

/// What a comment of one line says after its keyword.
fn comment<'a>(line: &'a str, keyword: &str) -> Option<&'a str> {
    let inside = line.strip_prefix("<!-- ")?.strip_suffix("-->")?;
    Some(inside.strip_prefix(keyword)?.trim())
}

/// What stands between the fence at this index and the next one.
fn body(lines: &[&str], fence: usize) -> Vec<Line> {
    let inside = lines.iter().enumerate().skip(fence + 1);
    inside
        .take_while(|(_, line)| !line.starts_with("```"))
        .map(|(index, text)| Line { number: index + 1, text: (*text).to_owned() })
        .collect()
}

/// How many lines the comment has that tells what the reader does in a browser.
fn browser(lines: &[&str]) -> Option<usize> {
    lines[0].starts_with(IN_THE_BROWSER).then_some(())?;
    Some(lines.iter().position(|line| line.ends_with("-->"))? + 1)
}

const IN_THE_BROWSER: &str = "<!-- in the browser:";

fn browser_commands(lines: &[&str], at: usize) -> Shown {
    let commands = lines.iter().enumerate().filter_map(|(index, line)| {
        let text = line.strip_prefix(IN_THE_BROWSER).unwrap_or(line);
        let text = text.strip_suffix("-->").unwrap_or(text).trim();
        let command = Command {
            line: at + index + 1,
            text: text.to_owned(),
            output: None,
            fails: false,
            beside: false,
        };
        (!text.is_empty()).then_some(command)
    });
    Shown::Commands(commands.collect())
}

/// With a `$` before them, or one on each line.
fn commands(body: &[Line], above: &str) -> Vec<Command> {
    let command = |line: &Line, text: &str, output| Command {
        line: line.number,
        text: text.to_owned(),
        output,
        fails: above == "<!-- fails -->",
        beside: above == "<!-- beside -->",
    };
    if !body.iter().any(|line| line.text.starts_with("$ ")) {
        return body.iter().map(|line| command(line, &line.text, None)).collect();
    }
    let mut commands: Vec<Command> = Vec::new();
    for line in body {
        if let Some(text) = line.text.strip_prefix("$ ") {
            commands.push(command(line, text, Some(Vec::new())));
        } else if let Some(output) = commands.last_mut().and_then(|last| last.output.as_mut()) {
            output.push(line.clone());
        } else {
            // Nothing printed it: it is taken for a command, which fails.
            commands.push(command(line, &line.text, None));
        }
    }
    commands
}

fn regex(pattern: &str) -> Regex {
    Regex::new(pattern).expect("a pattern")
}
