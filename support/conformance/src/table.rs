//! Rules and stores side by side.

use std::fmt::Write;

use crate::rules::Column;

/// A table in Markdown: a row for each rule, a column for each store. All of them were held to the
/// same rules.
pub fn table(columns: &[Column]) -> String {
    let mut text = String::from("| Rule |");
    for column in columns {
        let _ = write!(text, " {} |", column.store);
    }
    text.push_str("\n|---|");
    text.push_str(&"---|".repeat(columns.len()));
    let rules = columns.first().map_or(&[][..], |column| column.rules);
    for (row, rule) in rules.iter().enumerate() {
        let _ = write!(text, "\n| {} |", rule.says);
        for column in columns {
            let _ = write!(text, " {} |", column.verdicts[row]);
        }
    }
    text.push('\n');
    text
}
