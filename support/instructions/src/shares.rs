//! What the instructions of a request are for.

use std::{path::Path, process::Command};

/// What a function is for, by what is in its name: the first that fits.
const PARTS: [(&str, &[&str]); 6] = [
    (
        "room in memory, asked for and given back",
        &["malloc", "free", "unlink_chunk", "calloc", "__rdl_", "__rust_", "finish_grow"],
    ),
    ("SHA-256: the signature, and the name of the record", &["sha2", "hmac"]),
    (
        "copies of the layers, of the session and of texts",
        &["clone", "mem-", "memcpy", "memmove"],
    ),
    ("what those copies leave behind", &["drop", "dying_next"]),
    (
        "JSON, dates and forms",
        &["serde", "time::", "form_urlencoded", "percent_encoding", "itoa"],
    ),
    ("the log", &["tracing", "fmt::"]),
];

/// What is in none of these.
const REST: &str = "all else: HTTP, the layers, the handler, the store";

/// How many of each hundred instructions are for what, in a profile that callgrind has written.
///
/// # Errors
/// If `callgrind_annotate` cannot read it.
pub(crate) fn of(profile: &Path) -> Result<Vec<(&'static str, f64)>, String> {
    let read = Command::new("callgrind_annotate").arg("--threshold=100").arg(profile).output();
    let read = read.map_err(|why| format!("callgrind_annotate: {why}"))?.stdout;
    let text = String::from_utf8_lossy(&read);
    let mut sums = PARTS.map(|(what, _)| (what, 0.0)).to_vec();
    sums.push((REST, 0.0));
    for (count, function) in text.lines().filter_map(line) {
        let part = PARTS.iter().position(|(_, names)| {
            names.iter().any(|name| function.to_lowercase().contains(name))
        });
        sums[part.unwrap_or(PARTS.len())].1 += count;
    }
    let all: f64 = sums.iter().map(|(_, count)| count).sum();
    if all == 0.0 {
        return Err("callgrind_annotate tells of no function".to_owned());
    }
    Ok(sums.into_iter().map(|(what, count)| (what, count / all * 100.0)).collect())
}

/// A function with its instructions, as in `1,234 (5.6%)  file:function [program]`.
fn line(text: &str) -> Option<(f64, &str)> {
    let (count, rest) = text.trim_start().split_once(" (")?;
    let (_, function) = rest.split_once("%)")?;
    let count = count.replace(',', "").parse().ok()?;
    // The path of the program says nothing of the function.
    let function = function.rsplit_once(" [").map_or(function, |(function, _)| function);
    let is_total = function.contains("PROGRAM TOTALS");
    (!is_total).then_some((count, function))
}
