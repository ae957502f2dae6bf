//! A table that a test has recorded.

/// The cells of each row, its headings first.
pub fn rows(recording: &str) -> Vec<Vec<&str>> {
    let rows = recording.lines().filter_map(|line| line.strip_prefix('|')?.strip_suffix('|'));
    let rows = rows.filter(|row| !row.trim_start().starts_with("--"));
    rows.map(|row| row.split('|').map(str::trim).collect()).collect()
}

/// The cell of this row below this heading.
pub fn cell<'a>(recording: &'a str, row: &str, heading: &str) -> Option<&'a str> {
    let rows = rows(recording);
    let column = rows.first()?.iter().position(|cell| *cell == heading)?;
    rows.iter().find(|cells| cells.first() == Some(&row))?.get(column).copied()
}
