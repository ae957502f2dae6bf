//! An hour in ten minutes: 200 visitors send 100,000 requests to two servers on one store, among
//! panics, failures, hangs and hang-ups. Then all sessions are ended. Prints what came of it, as a
//! table. It plays the program `faulty`, and that of step 24, which must lie beside it:
//! `cargo build --release -p hour -p step-24 && cargo run --release -p hour`

use std::{env, thread, time::Duration};

use engines::Redis;
use hour::{Load, Shop, Told};

const VISITORS: usize = 200;

/// So many requests there are in all, unless the first argument says otherwise.
const REQUESTS: usize = 100_000;

/// One call of the store in so many goes wrong in each way.
const FAULTS: &str = "panic=997,fail=499,late=701,hang=1999";

/// So often Redis stands still, and for longer than a request may take.
const FREEZES: usize = 3;
const FREEZE: Duration = Duration::from_secs(3);

/// An hour, as it went.
struct Hour {
    name: &'static str,
    told: Told,
    faults: String,
    took: Duration,
}

fn main() {
    let requests = env::args().nth(1).map(|it| it.parse().expect("a number of requests"));
    let requests = requests.unwrap_or(REQUESTS);
    let redis = Redis::start();
    let (faulty, step) = (beside_us("faulty"), beside_us("step-24"));
    let hours = [
        play(
            "Redis, faulty",
            Shop::start(&faulty, Some(&redis.empty()), FAULTS),
            requests,
            |_| (),
        ),
        play("SQLite, faulty", Shop::start(&faulty, None, FAULTS), requests, |_| ()),
        play(
            "Redis, stands still",
            Shop::start(&step, Some(&redis.empty()), ""),
            requests,
            |load| {
                for time in 1..=FREEZES {
                    load.wait_until(before_the_end(requests) * time / (FREEZES + 1));
                    redis.freeze();
                    thread::sleep(FREEZE);
                    redis.thaw();
                }
            },
        ),
    ];
    // The page includes the table by its name.
    println!("[//]: # (ANCHOR: hour)\n");
    println!("| What | {} |", hours.each_ref().map(|it| it.name).join(" | "));
    println!("|---|{}", "---:|".repeat(hours.len()));
    row("requests", &hours, |it| it.told.requests());
    row("answered as they should be", &hours, |it| it.told.with(|status| status < 400));
    row("told that it did not work (5xx, 408)", &hours, |it| {
        it.told.with(|status| status >= 500 || status == 408)
    });
    row("refused (other 4xx)", &hours, |it| {
        it.told.with(|status| (400..500).contains(&status) && status != 408)
    });
    row("cut off", &hours, |it| it.told.cut);
    row("hung up by the visitor", &hours, |it| it.told.hung_up);
    for (what, name) in
        [("panics", "panics="), ("calls that failed", "fails="), ("calls that hung", "hangs=")]
    {
        row(what, &hours, |it| counted(&it.faults, name));
    }
    row("pages that named a member", &hours, |it| it.told.pages);
    row("**pages of another**", &hours, |it| it.told.foreign_pages);
    row("identifiers", &hours, |it| it.told.identifiers);
    row("**cookies of another**", &hours, |it| it.told.foreign_cookies);
    row("packets acknowledged", &hours, |it| it.told.acknowledged);
    row("**of these lost**", &hours, |it| it.told.lost);
    row("**packets nobody put in**", &hours, |it| it.told.too_many);
    row("**sessions lost**", &hours, |it| it.told.lost_sessions);
    row("requests after the end of all", &hours, |it| it.told.after);
    row("**pages of members among them**", &hours, |it| it.told.members_after);
    row("milliseconds until the end was acknowledged", &hours, |it| it.took.as_millis());
    println!("\n[//]: # (ANCHOR_END: hour)");
}

/// So many of the requests are sent before all sessions are ended.
fn before_the_end(requests: usize) -> usize {
    requests * 17 / 20
}

fn play(
    name: &'static str,
    shop: Shop,
    requests: usize,
    meanwhile: impl FnOnce(&Load),
) -> Hour {
    let load = Load::start(shop.ports(), VISITORS);
    meanwhile(&load);
    load.wait_until(before_the_end(requests));
    let took = load.end_all();
    load.wait_for(requests - before_the_end(requests));
    let told = load.end();
    eprintln!("{name}: {told:?}");
    Hour { name, told, faults: shop.end(), took }
}

fn row<T: ToString>(what: &str, hours: &[Hour], of: impl Fn(&Hour) -> T) {
    let cells: Vec<String> = hours.iter().map(|hour| of(hour).to_string()).collect();
    println!("| {what} | {} |", cells.join(" | "));
}

/// The sum of what the servers have counted under this name.
fn counted(said: &str, name: &str) -> usize {
    let words =
        said.lines().filter(|line| line.starts_with("faults:")).flat_map(|it| it.split(' '));
    words.filter_map(|word| word.strip_prefix(name)?.parse::<usize>().ok()).sum()
}

fn beside_us(name: &str) -> String {
    let program = env::current_exe().expect("we have a path").with_file_name(name);
    assert!(program.exists(), "no {}: build it first", program.display());
    program.display().to_string()
}
