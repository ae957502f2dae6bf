//! Measures what a request that counts a visit and saves its session costs the server, each store
//! beside express-session's own in the same run: `cargo run --release -p bench`, or for some of them
//! `cargo run --release -p bench -- SQLite Redis`. Numbers among the words say how many requests are under
//! way at a time.
//!
//! The server has one core for itself, the visitors and the engines have another. Requests per second belong to the
//! machine; the ratio of two servers that were asked by turns tells more.

mod place;
mod samples;
mod serve;
mod server;
mod table;
mod visitors;

use std::{env, process::ExitCode};

use bench::machine;

fn main() -> ExitCode {
    let mut arguments = env::args().skip(1);
    let done = match (arguments.next().as_deref(), arguments.next(), arguments.next()) {
        (Some("serve"), Some(store), Some(place)) => serve::until_told(&store, &place),
        _ => compare(&env::args().skip(1).collect::<Vec<_>>()),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(why) => {
            eprintln!("bench: {why}");
            ExitCode::FAILURE
        }
    }
}

fn compare(asked: &[String]) -> Result<(), String> {
    machine::keep_to(machine::VISITORS)?;
    let load = machine::load();
    let (numbers, words): (Vec<_>, Vec<_>) =
        asked.iter().map(|it| it.parse().map_err(|_| it.as_str())).partition(Result::is_ok);
    let words: Vec<&str> = words.into_iter().filter_map(Result::err).collect();
    let mut in_flight: Vec<usize> = numbers.into_iter().filter_map(Result::ok).collect();
    if in_flight.is_empty() {
        in_flight = samples::IN_FLIGHT.to_vec();
    }
    let servers = server::start(&words)?;
    let taken = samples::by_turns(&servers, &in_flight);
    print!("{}", table::markdown(&servers, &in_flight, &taken));
    eprintln!("The load was {load} before, and {} after it.", machine::load());
    Ok(())
}
