//! Measures what a request that counts a visit and saves its session costs the server, each store
//! beside express-session's own in the same run: `cargo run --release -p bench`
//!
//! The server has one core for itself, the visitors have another. Requests per second belong to the
//! machine; the ratio of two servers that were asked by turns tells more.

mod machine;
mod samples;
mod serve;
mod server;
mod table;
mod visitors;

use std::{env, process::ExitCode};

fn main() -> ExitCode {
    let mut arguments = env::args().skip(1);
    let done = match (arguments.next().as_deref(), arguments.next(), arguments.next()) {
        (Some("serve"), Some(store), Some(place)) => serve::until_told(&store, place.as_ref()),
        (None, ..) => compare(),
        _ => Err("takes no arguments".to_owned()),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(why) => {
            eprintln!("bench: {why}");
            ExitCode::FAILURE
        }
    }
}

fn compare() -> Result<(), String> {
    machine::keep_to(machine::VISITORS)?;
    let load = machine::load();
    let servers = server::start_all()?;
    let taken = samples::by_turns(&servers);
    print!("{}", table::markdown(&servers, &taken));
    eprintln!("The load was {load} before, and {} after it.", machine::load());
    Ok(())
}
