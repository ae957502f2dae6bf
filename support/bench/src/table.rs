//! What was measured, as a table in Markdown.

use std::fmt::Write;

use crate::{
    samples::{IN_FLIGHT, Sample, Taken},
    server::Server,
};

const HEAD: &str = "\
| In flight | Server and store | Requests a second | Times the first's | CPU a request | \
The first's CPU by it | Samples |
|---:|---|---:|---:|---:|---:|---:|
";

/// A row for each number in flight and each server: medians, and those of the ratios to the first
/// server in the same round.
pub(crate) fn markdown(servers: &[Server], taken: &Taken) -> String {
    let mut text = HEAD.to_owned();
    for (in_flight, row) in IN_FLIGHT.iter().zip(taken) {
        for (server, samples) in servers.iter().zip(row) {
            let kept: Vec<&Sample> = samples.iter().flatten().collect();
            let both = row[0].iter().zip(samples);
            let both: Vec<(&Sample, &Sample)> =
                both.filter_map(|(first, it)| Some((first.as_ref()?, it.as_ref()?))).collect();
            let rate = median(kept.iter().map(|it| it.rate));
            let rates = median(both.iter().map(|(first, it)| it.rate / first.rate));
            let time = median(kept.iter().map(|it| it.time));
            let times = median(both.iter().map(|(first, it)| first.time / it.time));
            let count = format!("{} of {}", kept.len(), samples.len());
            let _ = writeln!(
                text,
                "| {in_flight} | {} | {rate:.0} | {rates:.1} | {time:.1} µs | {times:.1} | {count} |",
                server.name
            );
        }
    }
    text
}

/// The one in the middle; not a number if there is none.
fn median(of: impl Iterator<Item = f64>) -> f64 {
    let mut of: Vec<f64> = of.collect();
    of.sort_by(f64::total_cmp);
    of.get(of.len() / 2).copied().unwrap_or(f64::NAN)
}
