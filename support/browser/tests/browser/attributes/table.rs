//! What was seen, as a table for the book.

/// Keeps a Markdown table as the snapshot `name`.
pub(super) fn record<const COLUMNS: usize>(
    name: &str,
    headings: [&str; COLUMNS],
    rows: impl IntoIterator<Item = [String; COLUMNS]>,
) {
    let line = |cells: &[String]| format!("| {} |\n", cells.join(" | "));
    let mut table =
        line(&headings.map(str::to_owned)) + &line(&headings.map(|_| "---".to_owned()));
    table.extend(rows.into_iter().map(|cells| line(&cells)));
    let mut settings = insta::Settings::clone_current();
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    settings.set_snapshot_path("../../snapshots");
    settings.bind(|| insta::assert_snapshot!(name, table));
}

pub(super) fn code(text: &str) -> String {
    format!("`{text}`")
}

pub(super) fn sent_or_not(is_sent: bool) -> String {
    (if is_sent { "sent" } else { "not sent" }).to_owned()
}
