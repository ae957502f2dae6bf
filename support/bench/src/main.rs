//! Measures what sessions cost a server, each store beside express-session's own in the same run.
//!
//! - `cargo run --release -p bench`: a request that counts a visit and saves its session, or for some
//!   stores `cargo run --release -p bench -- SQLite Redis`. Numbers among the words say how many requests
//!   are under way at a time.
//! - `cargo run --release -p bench -- cost`: the shop with Express and with the steps, and what has
//!   less to do. Words and numbers may follow.
//! - `cargo run -p bench -- try`: plays each of those servers once.
//!
//! The server has one core for itself, the visitors and the engines have another. Requests per second belong to the
//! machine; the ratio of two servers that were asked by turns tells more. With `QUICK=1` in the environment it
//! takes a few minutes, to see that it works.

mod connection;
mod cost;
mod kinds;
mod place;
mod plain;
mod samples;
mod serve;
mod server;
mod shops;
mod stores;
mod table;
mod visitors;

use std::{env, process::ExitCode};

use bench::machine;

use crate::{samples::Question, visitors::Act};

fn main() -> ExitCode {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let done = match arguments[..] {
        ["serve", name, place, folder] => serve::until_told(name, place, folder.as_ref()),
        ["try"] => cost::try_each(),
        ["cost", ..] => measure(&arguments[1..], cost::measure),
        _ => measure(&arguments, compare),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(why) => {
            eprintln!("bench: {why}");
            ExitCode::FAILURE
        }
    }
}

/// Measures those that have one of these words in their names, with so many requests under way.
fn measure(
    asked: &[&str],
    how: impl Fn(&[&str], &[usize]) -> Result<(), String>,
) -> Result<(), String> {
    if *machine::HAS_OWN_CORES {
        machine::keep_to(machine::VISITORS)?;
    }
    let load = machine::load();
    let numbers: Vec<usize> = asked.iter().filter_map(|it| it.parse().ok()).collect();
    let words: Vec<&str> =
        asked.iter().copied().filter(|it| it.parse::<usize>().is_err()).collect();
    how(&words, if numbers.is_empty() { &samples::IN_FLIGHT } else { &numbers })?;
    eprintln!("The load was {load} before, and {} after it.", machine::load());
    Ok(())
}

fn compare(words: &[&str], in_flight: &[usize]) -> Result<(), String> {
    let servers = server::start(&kinds::STORES, words)?;
    let questions = in_flight.iter().map(|&in_flight| Question { act: Act::Write, in_flight });
    let questions: Vec<Question> = questions.collect();
    let taken = samples::by_turns(&servers, &questions);
    print!("{}", table::markdown(&servers, &questions, &taken.samples));
    Ok(())
}
