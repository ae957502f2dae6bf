//! Names that look like one of ours, and that nobody would read.

use std::collections::BTreeSet;

use crate::settings::table;

/// What others call it, or this book has, and what it is called here. A platform sets some
/// of them for all its programs, so they are told and not refused.
const OTHERS: [(&str, &str); 22] = [
    ("SESSION_SECRET", "SESSION_KEY_FILE"),
    ("COOKIE_SECRET", "SESSION_KEY_FILE"),
    ("SECRET_KEY_BASE", "SESSION_KEY_FILE"),
    ("DATABASE_URL", "STORE"),
    ("POSTGRES_URL", "STORE"),
    ("REDIS_URL", "STORE"),
    ("REDIS", "STORE"),
    ("MEMCACHED", "STORE"),
    ("MEMCACHED_SERVERS", "STORE"),
    ("STORE_URL", "STORE"),
    ("SHOP_DB", "STORE"),
    ("PROXY", "PROXIES"),
    ("TRUST_PROXY", "PROXIES"),
    ("TRUSTED_PROXIES", "PROXIES"),
    ("BASE_URL", "ORIGIN"),
    ("PUBLIC_URL", "ORIGIN"),
    ("CORS_ORIGIN", "FRONTENDS"),
    ("ALLOWED_ORIGINS", "FRONTENDS"),
    ("ADMIN_PASSWORD", "ADMINISTRATOR_PASSWORD"),
    ("LOG_LEVEL", "LOG"),
    ("RUST_LOG", "LOG"),
    ("METRICS_PORT", "METRICS"),
];

/// A shorter name is one letter away from words that mean something else: it is told, and
/// not refused.
const LONG: usize = 6;

/// Refuses a name that is one of ours but for a letter or two: whoever has set it believes
/// that it counts. Says of what others call so that nobody reads it. Where ours is set as
/// well, nobody has forgotten anything.
pub(super) fn look(
    names: impl Iterator<Item = String>,
) -> Result<Vec<String>, String> {
    let names: BTreeSet<String> = names.collect();
    let is_free = |ours: &str| !names.contains(ours);
    let mut told = Vec::new();
    for name in names.iter().filter(|it| !table::has(it)) {
        let ours = table::names().find(|ours| is_free(ours) && is_slip(name, ours));
        let Some(ours) = ours else { continue };
        let why = format!("{name} is set, and nobody reads it. Is {ours} meant?");
        if ours.len() >= LONG {
            return Err(format!("{why} Write it so, or unset it."));
        }
        told.push(why);
    }
    let others =
        OTHERS.iter().filter(|(name, ours)| names.contains(*name) && is_free(ours));
    told.extend(others.map(|(name, ours)| {
        format!("{name} is set, and nobody reads it: here it is {ours}")
    }));
    Ok(told)
}

/// Whether `name` is one slip away from `ours`, or two if there are many letters.
fn is_slip(name: &str, ours: &str) -> bool {
    let slips = if ours.len() < 2 * LONG { 1 } else { 2 };
    name.chars().count().abs_diff(ours.len()) <= slips
        && distance(&name.to_uppercase(), ours) <= slips
}

/// How many letters must be added, dropped, changed or swapped with their neighbour.
fn distance(one: &str, other: &str) -> usize {
    let (one, other): (Vec<char>, Vec<char>) =
        (one.chars().collect(), other.chars().collect());
    let mut rows: Vec<Vec<usize>> = vec![(0..=other.len()).collect()];
    for (i, letter) in one.iter().enumerate() {
        let mut row = vec![i + 1];
        for (j, wanted) in other.iter().enumerate() {
            let changed = rows[i][j] + usize::from(letter != wanted);
            let mut least = changed.min(rows[i][j + 1] + 1).min(row[j] + 1);
            let is_swap =
                i > 0 && j > 0 && *letter == other[j - 1] && one[i - 1] == *wanted;
            if is_swap {
                least = least.min(rows[i - 1][j - 1] + 1);
            }
            row.push(least);
        }
        rows.push(row);
    }
    rows[one.len()][other.len()]
}
