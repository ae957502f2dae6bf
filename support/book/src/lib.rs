//! Holds the book to the code.
//!
//! Each module named after a thing a book can get wrong has one function,
//! `check(&Book) -> Vec<Fault>`; a fault names the file, the line and what to do.
//! The other modules load and parse what the checks look at: [`book`] reads the repository,
//! [`markdown`], [`directives`], [`html`], [`modules`], [`functions`], [`tests`], [`quantities`] and
//! [`amounts`] parse, [`render`] runs mdBook, [`origin`] finds the line of the Markdown that a piece
//! of rendered HTML came from, [`moves`] the files that stand elsewhere in the next step.
//!
//! `README.md` beside this crate says what an author has to write for each check.

pub mod amounts;
pub mod book;
pub mod directives;
pub mod fault;
pub mod functions;
pub mod html;
pub mod markdown;
pub mod modules;
pub mod moves;
pub mod origin;
pub mod paths;
pub mod quantities;
pub mod render;
pub mod tests;

pub mod asserting;
pub mod checklist;
pub mod circles;
pub mod columns;
pub mod diffs;
pub mod exercises;
pub mod fences;
pub mod figures;
pub mod headings;
pub mod includes;
pub mod italics;
pub mod lengths;
pub mod links;
pub mod manifests;
pub mod numbers;
pub mod order;
pub mod picture;
pub mod pictures;
pub mod publishing;
pub mod quotes;
pub mod recordings;
pub mod rendering;
pub mod rooms;
pub mod steps;
pub mod terminals;
pub mod test_list;
pub mod tests_named;
pub mod use_lines;
pub mod versions;
pub mod widths;

pub use crate::book::Book;
pub use crate::fault::Fault;
