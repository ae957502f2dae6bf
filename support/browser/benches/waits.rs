//! Prints what somebody waits for who visits the book or a step, as rows of a table, each beside a
//! peer of the same run: `cargo bench --profile dev -p browser`
//!
//! Milliseconds belong to the machine, and to what else it does. The ratio of two that were taken
//! by turns tells more.

use std::time::Instant;

use browser::{Browser, BuiltBook};
use conversation::{Conversation, Watched};
use serde_json::Value;
use tower_sessions::{MemoryStore, cookie::Key};

const CHAPTER: &str = "03-the-session-layer.html";

/// How often each is measured.
const TIMES: usize = 20;

fn main() {
    if cfg!(chromium) {
        let book = BuiltBook::shared();
        print(
            "the lab, from in sight to ready",
            "the page without it, from nothing to loaded",
            (0..TIMES / 4).map(|_| open(book)),
        );
        let browser = Browser::open();
        book.open(&browser, CHAPTER);
        book.start_labs(&browser);
        print(
            "a click in the lab, until its ladder is drawn",
            "Chromium's layout of the same ladder",
            (0..TIMES).map(|_| pair(&browser.run(CLICK, &[]))),
        );
    } else {
        eprintln!("Without chromium and chromedriver the lab is not measured.");
    }
    print(
        "a sign-in under a name that nobody has",
        "a wrong password for a member's name",
        sign_ins(),
    );
}

/// Prints the medians of what is measured and of its peer, and their ratio.
fn print(what: &str, peer: &str, times: impl IntoIterator<Item = (f64, f64)>) {
    let (times, peers) = times.into_iter().unzip();
    let (time, by) = (median(times), median(peers));
    println!("| {what} | {time:.1} ms | {peer} | {by:.1} ms | {:.2} |", time / by);
}

fn median(mut times: Vec<f64>) -> f64 {
    times.sort_by(f64::total_cmp);
    times[times.len() / 2]
}

fn pair(times: &Value) -> (f64, f64) {
    let time = |at: usize| times[at].as_f64().expect("milliseconds");
    (time(0), time(1))
}

/// How long the lab took to open, and the page that it stands in to load.
const OPENED: &str = "
    const [page] = performance.getEntriesByType('navigation');
    return [Number(document.querySelector('session-lab').dataset.ready), page.loadEventEnd];
";

fn open(book: &BuiltBook) -> (f64, f64) {
    // Nothing of the lab is compiled yet in a browser that nobody has used.
    let browser = Browser::open();
    book.open(&browser, CHAPTER);
    book.start_labs(&browser);
    pair(&browser.run(OPENED, &[]))
}

/// Clicks on "Visit" and has the ladder drawn, then has a copy of the same ladder laid out.
const CLICK: &str = "
    const lab = document.querySelector('session-lab');
    const visit = [...lab.querySelectorAll('button')].find(it => it.textContent === 'Visit');
    const took = act => {
        const began = performance.now();
        act();
        return performance.now() - began;
    };
    const drawn = lab.ladder.querySelectorAll('*').length;
    const click = took(() => {
        visit.click();
        lab.ladder.getBoundingClientRect();
    });
    if (lab.ladder.querySelectorAll('*').length <= drawn) throw new Error('nothing was drawn');
    const copy = lab.ladder.cloneNode(true);
    const layout = took(() => {
        lab.ladder.after(copy);
        copy.getBoundingClientRect();
    });
    copy.remove();
    return [click, layout];
";

/// How long step 09 takes to refuse a name that nobody has, and a wrong password for one that
/// somebody has.
fn sign_ins() -> Vec<(f64, f64)> {
    let store = Watched::new(MemoryStore::default());
    let app =
        step_09::app(store.clone(), Key::generate(), step_09::accounts::InMemory::default());
    let mut story = Conversation::new("Sign-ins", app, store);
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    let mut took = |path: &str, name: &str, password: &str| {
        let form = format!("name={name}&password={password}");
        let began = Instant::now();
        runtime.block_on(story.post("Mallory", path, &form));
        began.elapsed().as_secs_f64() * 1_000.0
    };
    let names = (0..TIMES).map(|number| (format!("Ada{number}"), format!("Adam{number}")));
    let pairs = names.map(|(known, unknown)| {
        took("/register", &known, "a+cup+before+noon");
        (took("/sign-in", &unknown, "wrong"), took("/sign-in", &known, "wrong"))
    });
    pairs.collect()
}
