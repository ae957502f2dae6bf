//! What a session costs: the same shop with Express and with the steps, and what has less to do.

use std::io;

use tokio::runtime::Builder;

use crate::{
    connection::Connection,
    kinds::CONTENDERS,
    samples::{self, Question},
    server::{self, Server},
    table,
    visitors::{self, Act, Asks, Visitor},
};

/// So many requests each server answers before anything is measured.
const TRIED: usize = 10;

/// Prints the tables of the appendix. `words` name the servers, and all are measured if there is none.
pub(crate) fn measure(words: &[&str], in_flight: &[usize]) -> Result<(), String> {
    let servers = server::start(&CONTENDERS, words)?;
    let of = |act| in_flight.iter().map(move |&in_flight| Question { act, in_flight });
    let [writes, looks] = [Act::Write, Act::Look].map(|act| of(act).collect::<Vec<_>>());
    let taken = samples::by_turns(&servers, &[&writes[..], &looks[..]].concat());
    let (of_writes, of_looks) = taken.samples.split_at(writes.len());
    anchored("cost_post", &table::markdown(&servers, &writes, of_writes));
    anchored("cost_get", &table::markdown(&servers, &looks, of_looks));
    anchored("cost_bytes", &table::bytes(&servers, &taken.bytes));
    anchored("cost_noise", &table::noise(&taken));
    Ok(())
}

/// The page includes each by its name.
fn anchored(name: &str, text: &str) {
    println!("[//]: # (ANCHOR: {name})\n\n{text}\n[//]: # (ANCHOR_END: {name})\n");
}

/// Lets somebody visit each server, and prints what was done there.
///
/// # Panics
/// If one answers otherwise than it has to.
pub(crate) fn try_each() -> Result<(), String> {
    let runtime = Builder::new_current_thread().enable_all().build();
    let runtime = runtime.map_err(|why| why.to_string())?;
    println!("| Server and store | Changes | Looks | Refused | Once the server was killed |");
    println!("|---|---:|---:|---:|---|");
    for mut server in server::start(&CONTENDERS, &[])? {
        let name = server.kind.name;
        let row = runtime.block_on(tried(&mut server));
        println!("{}", row.map_err(|why| format!("{name}: {why}"))?);
    }
    Ok(())
}

async fn tried(server: &mut Server) -> Result<String, String> {
    let asks = server.kind.asks;
    let text = |why: io::Error| why.to_string();
    let mut connection = Connection::open(server.port).await.map_err(text)?;
    let mut visitor = Visitor::new(asks, &mut connection).await.map_err(text)?;
    let acts: Vec<Act> =
        [Act::Write, Act::Look].into_iter().filter(|it| asks.has(*it)).collect();
    for act in acts.iter().cycle().take(TRIED) {
        visitor.act(*act, &mut connection).await.map_err(text)?;
    }
    let count = |act| acts.iter().cycle().take(TRIED).filter(|it| **it == act).count();
    let (writes, looks) = (count(Act::Write), count(Act::Look));
    let refused = visitors::refused(&visitor, &mut connection).await.map_err(text)?;
    server.start_again()?;
    let mut connection = Connection::open(server.port).await.map_err(text)?;
    let afterwards = match visitor.is_known(&mut connection).await.map_err(text)? {
        _ if matches!(asks, Asks::Nothing) => "–",
        true => "goes on",
        false => "begins anew",
    };
    Ok(format!("| {} | {writes} | {looks} | {refused} | {afterwards} |", server.kind.name))
}
