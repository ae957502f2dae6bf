//! The book itself: no check finds a fault.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::sync::LazyLock;

use book::{Book, Fault};
use book::{
    asserting, checklist, circles, columns, diffs, exercises, fences, figures, headings,
    includes,
};
use book::{
    italics, lengths, links, manifests, numbers, order, picture, quotes, recordings, rendering,
    steps,
};
use book::{
    pictures, publishing, rooms, terminals, test_list, tests_named, use_lines, versions, widths,
};
use passes::once;

/// Loaded once; the first check that asks for it renders it.
static BOOK: LazyLock<Book> = LazyLock::new(|| {
    // Cargo runs a test in the folder of its package.
    Book::load(Path::new("../..")).expect("the repository can be read")
});

#[track_caller]
fn assert_none(faults: &[Fault]) {
    let list: Vec<String> = faults.iter().map(ToString::to_string).collect();
    assert!(list.is_empty(), "{} to mend:\n{}\n", list.len(), list.join("\n"));
}

#[test]
fn every_include_and_anchor_holds_something() {
    assert_none(&includes::check(&BOOK));
}

#[test]
fn mdbook_renders_it_without_a_word() {
    assert_none(&rendering::check(&BOOK));
}

#[test]
fn every_link_leads_somewhere() {
    assert_none(&links::check(&BOOK));
}

#[test]
fn every_figure_says_what_it_shows() {
    assert_none(&figures::check(&BOOK));
}

#[test]
fn the_picture_of_the_readme_is_the_recorded_ladder() {
    assert_none(&picture::check(&BOOK));
}

#[test]
fn every_picture_is_drawn_from_the_code_that_it_shows() {
    assert_none(&pictures::check(&BOOK));
}

#[test]
fn what_github_runs_may_do_no_more_than_it_must() {
    assert_none(&publishing::check(&BOOK));
}

#[test]
fn every_chapter_has_its_step_and_every_command_its_package() {
    assert_none(&steps::check(&BOOK));
}

#[test]
fn every_chapter_stands_and_shows_what_its_number_says() {
    assert_none(&order::check(&BOOK));
}

#[test]
fn every_exercise_has_a_solution_that_is_tried_or_an_answer() {
    assert_none(&exercises::check(&BOOK));
}

#[test]
fn every_heading_stands_once_on_its_page() {
    assert_none(&headings::check(&BOOK));
}

#[test]
fn every_term_in_italics_is_in_the_glossary() {
    assert_none(&italics::check(&BOOK));
}

#[test]
fn every_recording_is_shown() {
    assert_none(&recordings::check(&BOOK));
}

#[test]
fn every_row_has_express_on_the_left() {
    assert_none(&columns::check(&BOOK));
}

#[test]
fn every_test_that_is_named_is_run_and_shows_what_is_said() {
    assert_none(&tests_named::check(&BOOK));
}

#[test]
fn every_row_of_the_checklist_is_attacked_on_the_newest_step() {
    assert_none(&checklist::check(&BOOK));
}

#[test]
fn every_quote_of_the_wire_is_one() {
    assert_none(&quotes::check(&BOOK));
}

#[test]
fn the_list_of_tests_has_every_one_that_is_named() {
    assert_none(&test_list::check(&BOOK));
}

#[test]
fn every_version_is_the_locked_one() {
    assert_none(&versions::check(&BOOK));
}

#[test]
fn every_number_comes_from_the_code() {
    assert_none(&numbers::check(&BOOK));
}

#[test]
fn every_chapter_shows_a_small_diff() {
    assert_none(&diffs::check(&BOOK));
}

#[test]
fn every_step_can_be_copied_out() {
    // Cargo is asked again, a second long, only if what it reads has changed.
    let manifests =
        BOOK.members.values().map(String::as_str).chain(["Cargo.toml", "Cargo.lock"]);
    let texts: Vec<_> = manifests.map(|path| (path, BOOK.text(path))).collect();
    once(texts, || assert_none(&manifests::check(&BOOK)));
}

#[test]
fn every_code_block_names_its_language() {
    assert_none(&fences::check(&BOOK));
}

#[test]
fn every_test_asserts_something() {
    assert_none(&asserting::check(&BOOK));
}

#[test]
fn every_console_block_is_played() {
    assert_none(&terminals::check(&BOOK));
}

#[test]
fn no_two_rooms_use_each_other() {
    assert_none(&rooms::check(&BOOK));
}

#[test]
fn no_file_of_the_newest_step_is_long() {
    assert_none(&lengths::check(&BOOK));
}

#[test]
fn no_two_modules_name_each_other() {
    assert_none(&circles::check(&BOOK));
}

#[test]
fn every_diff_is_current() {
    let stale = diffs::stale(&BOOK);
    let current: Vec<String> =
        diffs::all(&BOOK).iter().map(diffs::StepDiff::snapshot).collect();
    let mut faults: Vec<Fault> = Vec::new();
    let mut settings = insta::Settings::clone_current();
    settings.set_snapshot_path("../snapshots");
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    for diff in diffs::all(&BOOK) {
        let assertion =
            || settings.bind(|| insta::assert_snapshot!(diff.snapshot(), diff.text));
        if catch_unwind(AssertUnwindSafe(assertion)).is_err() {
            faults.extend(stale.iter().filter(|fault| fault.file == diff.path()).cloned());
        } else {
            // Left by an earlier run that failed; it is usually not there.
            let _ = std::fs::remove_file(BOOK.root().join(format!("{}.new", diff.path())));
        }
    }
    // insta does not know of recordings that nothing asserts any more.
    let known = |fault: &&Fault| current.iter().any(|name| fault.file.contains(name.as_str()));
    faults.extend(stale.iter().filter(|fault| !known(fault)).cloned());
    assert_none(&faults);
}

#[test]
fn every_page_shows_where_its_names_come_from() {
    assert_none(&use_lines::check(&BOOK));
}

#[test]
fn every_comment_of_a_step_fits_a_page() {
    assert_none(&widths::check(&BOOK));
}
