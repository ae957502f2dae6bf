//! What was measured, as a table in Markdown.

use std::fmt::Write;

use crate::{
    samples::{Sample, Taken},
    server::Server,
};

const HEAD: &str = "\
| In flight | Server and store | Requests a second | Times the first's | Times Express's on the same engine \
| CPU a request | The first's CPU by it | The engine's CPU | Samples |
|---:|---|---:|---:|---:|---:|---:|---:|---:|
";

/// A row for each number in flight and each server: medians, and those of the ratios to the first
/// server, and to that of Express with the same engine, in the same round.
pub(crate) fn markdown(servers: &[Server], in_flight: &[usize], taken: &Taken) -> String {
    let mut text = HEAD.to_owned();
    for (in_flight, row) in in_flight.iter().zip(taken) {
        for (server, samples) in servers.iter().zip(row) {
            let kept: Vec<&Sample> = samples.iter().flatten().collect();
            let beside = |peer: usize, ratio: fn(&Sample, &Sample) -> f64| {
                let both = row[peer].iter().zip(samples);
                median(
                    1,
                    both.filter_map(|(peer, it)| Some(ratio(peer.as_ref()?, it.as_ref()?))),
                )
            };
            let rate = median(0, kept.iter().map(|it| it.rate));
            let rates = beside(0, |first, it| it.rate / first.rate);
            let peers = beside(server.peer, |peer, it| it.rate / peer.rate);
            let time = median(1, kept.iter().map(|it| it.time));
            let times = beside(0, |first, it| first.time / it.time);
            let engine = median(1, kept.iter().map(|it| it.engine_time));
            let has_one = kept.iter().any(|it| it.engine_time > 0.0);
            let engine = if has_one { format!("{engine} µs") } else { "–".to_owned() };
            let count = format!("{} of {}", kept.len(), samples.len());
            let _ = writeln!(
                text,
                "| {in_flight} | {} | {rate} | {rates} | {peers} | {time} µs | {times} | {engine} \
                 | {count} |",
                server.name
            );
        }
    }
    text
}

/// The one in the middle, with so many decimals; a dash if there is none.
fn median(decimals: usize, of: impl Iterator<Item = f64>) -> String {
    let mut of: Vec<f64> = of.collect();
    of.sort_by(f64::total_cmp);
    let middle = of.get(of.len() / 2);
    middle.map_or("–".to_owned(), |middle| format!("{middle:.decimals$}"))
}
