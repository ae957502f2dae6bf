//! What was measured, as tables in Markdown.

use std::fmt::Write;

use bench::machine;

use crate::{
    samples::{Question, Sample, Taken},
    server::Server,
};

const HEAD: &str = "\
| In flight | Server and store | Requests a second | Times the first's | Times Express's on the same engine \
| CPU a request | The first's CPU by it | The engine's CPU | Samples |
|---:|---|---:|---:|---:|---:|---:|---:|---:|
";

/// By server, the samples that were taken of a question, each round.
type Row = [Vec<Option<Sample>>];

/// A row for each question and each server that was asked it: medians, and those of the ratios to the
/// first server, and to that of Express with the same engine, in the same round. Where no sample is
/// left, there is no row.
pub(crate) fn markdown(
    servers: &[Server],
    questions: &[Question],
    taken: &[Vec<Vec<Option<Sample>>>],
) -> String {
    let mut rows = String::new();
    for (Question { in_flight, .. }, row) in questions.iter().zip(taken) {
        for (server, samples) in servers.iter().zip(row) {
            if samples.iter().any(Option::is_some) {
                rows += &format!("| {in_flight} | {}", line(server, samples, row));
            }
        }
    }
    match rows.is_empty() {
        true => "Of these samples, none is left.\n".to_owned(),
        false => HEAD.to_owned() + &rows,
    }
}

fn line(server: &Server, samples: &[Option<Sample>], row: &Row) -> String {
    let kept: Vec<&Sample> = samples.iter().flatten().collect();
    let beside = |peer: usize, ratio: fn(&Sample, &Sample) -> f64| {
        let both = row[peer].iter().zip(samples);
        median(1, both.filter_map(|(peer, it)| Some(ratio(peer.as_ref()?, it.as_ref()?))))
    };
    let rate = median(0, kept.iter().map(|it| it.rate));
    let rates = beside(0, |first, it| it.rate / first.rate);
    let peers = beside(server.peer, |peer, it| it.rate / peer.rate);
    let time = micros(kept.iter().map(|it| it.time));
    let times = beside(0, |first, it| first.time / it.time);
    // Many have no engine.
    let engine = kept.iter().map(|it| it.engine_time).filter(|time| *time > 0.0);
    let engine = micros(engine);
    let count = format!("{} of {}", kept.len(), samples.len());
    format!(
        "{} | {rate} | {rates} | {peers} | {time} | {times} | {engine} | {count} |\n",
        server.kind.name
    )
}

/// What a session takes where it is kept, for each store that can be asked.
pub(crate) fn bytes(servers: &[Server], bytes: &[Option<f64>]) -> String {
    let mut text = "| Server and store | Bytes a session |\n|---|---:|\n".to_owned();
    for (server, bytes) in servers.iter().zip(bytes) {
        if let Some(bytes) = bytes {
            let _ = writeln!(text, "| {} | {bytes:.0} |", server.kind.name);
        }
    }
    text
}

/// What these figures are worth.
pub(crate) fn noise(Taken { samples, is_quick, .. }: &Taken) -> String {
    let asked: Vec<&Vec<_>> = samples.iter().flatten().filter(|it| !it.is_empty()).collect();
    let kept = |samples: &[Option<Sample>]| samples.iter().flatten().count();
    let noisy = asked.iter().filter(|it| 2 * kept(it) <= it.len()).count();
    let all: usize = asked.iter().map(|it| it.len()).sum();
    let left: usize = asked.iter().map(|it| kept(it)).sum();
    let cores = match *machine::HAS_OWN_CORES {
        true => "The server had one core, its visitors and the engine another.",
        false => "Nobody had a core for itself: taskset or a second core is missing.",
    };
    let mut text = format!(
        "{cores} {left} of {all} samples are left: during the others, something else ran.\n"
    );
    if *is_quick {
        text += "\n**Not to be quoted.** This was a quick look: one short sample of each.\n";
    }
    if cfg!(debug_assertions) {
        text += "\n**Not to be quoted.** The steps were built without `--release`.\n";
    }
    if noisy > 0 {
        let rows = asked.len();
        let _ = writeln!(
            text,
            "\n**Too noisy to be quoted.** {noisy} of {rows} rows have no more than half of their \
             samples. Measure again on an idle machine."
        );
    }
    text
}

fn micros(of: impl Iterator<Item = f64>) -> String {
    match median(1, of) {
        none if none == NONE => none,
        time => format!("{time} µs"),
    }
}

/// Where there is nothing to tell.
const NONE: &str = "–";

/// The one in the middle, with so many decimals; a dash if there is none.
fn median(decimals: usize, of: impl Iterator<Item = f64>) -> String {
    let mut of: Vec<f64> = of.collect();
    of.sort_by(f64::total_cmp);
    let middle = of.get(of.len() / 2);
    middle.map_or(NONE.to_owned(), |middle| format!("{middle:.decimals$}"))
}
