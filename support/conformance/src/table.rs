//! Rules and stores side by side.

use std::fmt::Write;

use crate::rules::{Column, rules};

/// A table in Markdown: a row for each rule, a column for each store.
pub fn table(columns: &[Column]) -> String {
    let mut text = String::from("| Rule |");
    for column in columns {
        let _ = write!(text, " {} |", column.store);
    }
    text.push_str("\n|---|");
    text.push_str(&"---|".repeat(columns.len()));
    for (row, rule) in rules().iter().enumerate() {
        let _ = write!(text, "\n| {} |", rule.says);
        for column in columns {
            let _ = write!(text, " {} |", column.verdicts[row]);
        }
    }
    text.push('\n');
    text
}
