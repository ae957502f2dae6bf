//! Faults in what the prose says of tests, and in the appendix that names two of them a row.

use book::{checklist, columns, test_list, tests_named};

use crate::fixture::{Fixture, ONE, TWO};

const TESTS: &str = "steps/step-01/tests/visit.rs";
const NAMED: &str = "a_visit_is_greeted_once";
const CHECKLIST: &str = "src/appendix-security.md";
const APPENDIX: &str = "src/appendix-express-session.md";

#[test]
fn a_good_book_passes() {
    let fixture = with_tests();
    fixture.assert_good(tests_named::check);
    fixture.assert_good(test_list::check);
    with_columns().assert_good(columns::check);
}

#[test]
fn a_test_that_is_not_there_is_caught() {
    for named in ["`a_test_of_nothing`", "<code>a_test_of_nothing</code>"] {
        let fixture = with_tests();
        fixture.append(ONE, &format!("\nSee {named}.\n"));
        fixture.assert_caught(tests_named::check, (ONE, named), "there is no test");
    }
}

#[test]
fn a_helper_is_no_test() {
    for mark in ["", "#[cfg(test)]", "/// Not a #[test].\n", "#[test] fn x() {}"] {
        let fixture = with_tests();
        fixture.append(TESTS, &format!("{mark}\nfn greets_the_one_visitor() {{}}\n"));
        fixture.append(ONE, "\nSee `greets_the_one_visitor`.\n");
        fixture.assert_caught(tests_named::check, (ONE, "greets_the"), "there is no test");
    }
}

#[test]
fn a_test_within_a_module_is_one() {
    let fixture = with_tests();
    let test = "#[tokio::test(start_paused = true)]\nasync fn a_b_c_d() {}";
    fixture.append(TESTS, &format!("mod more {{\n{test}\n}}\n"));
    fixture.append(ONE, "\nSee `a_b_c_d`, not `with_http_only`.\n");
    fixture.assert_good(tests_named::check);
}

#[test]
fn a_test_that_is_never_run_is_caught() {
    for mark in ["#[ignore]", "#[ignore = \"slow\"]"] {
        let fixture = with_tests();
        fixture.replace(TESTS, "#[test]", &format!("#[test]\n{mark}"));
        fixture.assert_caught(tests_named::check, (ONE, NAMED), "is ignored");
    }
    let fixture = with_tests();
    let where_it_can = "#[test]\n#[cfg_attr(not(node), ignore = \"needs Node.js\")]";
    fixture.replace(TESTS, "#[test]", where_it_can);
    fixture.assert_good(tests_named::check);
}

#[test]
fn a_test_of_another_step_is_caught_unless_the_step_is_named() {
    let fixture = with_tests();
    fixture.append(TWO, &format!("\nIt greets\n(`{NAMED}`).\n\nAs step 01 does.\n"));
    fixture.assert_caught(tests_named::check, (TWO, NAMED), "is a test of steps/step-01");
    let named = [
        format!("\nStep 01 greets\n(`{NAMED}`).\n"),
        format!("\n| | |\n|---|---|\n| [chapter 1](01-one.md) | `{NAMED}` |\n"),
    ];
    for words in named {
        let fixture = with_tests();
        fixture.append(TWO, &words);
        fixture.assert_good(tests_named::check);
    }
}

#[test]
fn a_row_without_its_step_is_caught() {
    let fixture = with_tests();
    let rows = format!("\n| | |\n|---|---|\n| in step 01 | no |\n| one | `{NAMED}` |\n");
    fixture.append("src/appendix.md", &rows);
    fixture.assert_caught(tests_named::check, ("src/appendix.md", "| one"), "step-01");
    fixture.write("support/browser/tests/all.rs", &format!("#[test]\nfn {NAMED}() {{}}\n"));
    fixture.assert_good(tests_named::check);
}

#[test]
fn a_caption_that_names_another_test_is_caught() {
    let fixture = with_tests();
    fixture.append(TESTS, "#[test]\nfn a_visit_records_nothing_here() {}\n");
    fixture.replace(ONE, NAMED, "a_visit_records_nothing_here");
    let place = (ONE, "a_visit_records");
    fixture.assert_caught(tests_named::check, place, "a_visit_is_greeted_once did");
}

#[test]
fn a_recording_above_the_caption_of_another_one_is_caught() {
    let fixture = with_tests();
    let other = "steps/step-01/tests/snapshots/other.snap";
    fixture.write(other, "---\nsource: x\n---\nGET /\n");
    fixture.replace(ONE, "snapshots/visit_ladder.snap", "snapshots/other.snap");
    fixture.assert_caught(tests_named::check, (ONE, NAMED), "did not record other");
}

#[test]
fn a_test_that_the_list_lacks_is_caught() {
    let fixture = with_tests();
    fixture.append(TESTS, "#[test]\nfn a_b_c_d() {}\n");
    fixture.assert_good(test_list::check);
    fixture.append(ONE, "\nSee `a_b_c_d`.\n");
    fixture.assert_caught(test_list::check, (test_list::LIST, ""), "--bin tests");
}

#[test]
fn a_row_of_the_checklist_without_a_test_of_the_newest_step_is_caught() {
    let fixture =
        with_checklist("`an_old_test_of_it`, `a_b_c_d` (step 02), `an_x_y_z` (step 01)");
    fixture.assert_good(checklist::check);
    for cell in [
        "`an_x_y_z` (step 01)",
        // It names the step, and a test of another one.
        "`an_x_y_z` (step 02)",
        "`a_b_c_d` (step 01), `an_x_y_z` (step 02)",
        "`a_b_c_d`, of step 02",
        // A function that is none of the list.
        "`a_helper_of_it` (step 02)",
        "",
    ] {
        let fixture = with_checklist(cell);
        let place = (CHECKLIST, "| It holds");
        fixture.assert_caught(checklist::check, place, "no test of step 2 is named");
    }
}

#[test]
fn columns_that_are_swapped_are_caught() {
    let head = "| tower-sessions | express-session | Shown by |";
    for (from, to, message) in [
        ("| express-session | tower-sessions | Shown by |", head, "the columns are"),
        ("| `resave` | `with_resave` |", "| `with_resave` | `resave` |", "none of Express"),
        ("| `resave` | `with_resave` |", "| `resave` | `resave` |", "is of Express"),
        ("`a_b_c_d`, `e_f_g_h`", "`e_f_g_h`, `a_b_c_d`", "put it first"),
    ] {
        let fixture = with_columns();
        fixture.replace(APPENDIX, from, to);
        fixture.assert_caught(columns::check, (APPENDIX, to), message);
    }
}

/// A test that recorded what the first page shows.
fn with_tests() -> Fixture {
    let fixture = Fixture::good();
    let test = format!("#[test]\nfn {NAMED}() {{\n    record!(story, \"visit\");\n}}\n");
    fixture.write(TESTS, &test);
    let ladder = "{{#include ../steps/step-01/tests/snapshots/visit_ladder.snap:4:}}";
    fixture.replace(ONE, ladder, &format!("{ladder}\n\nA visit. Recorded by\n`{NAMED}`."));
    fixture.write(test_list::LIST, &test_list::write(&fixture.book()));
    fixture
}

/// A checklist with one row, and two steps with a test each: that of the newer one is played on
/// each store.
fn with_checklist(cell: &str) -> Fixture {
    let fixture = Fixture::good();
    let head = "| Requirement | Source | Shown by |\n|---|---|---|";
    fixture
        .write(CHECKLIST, &format!("# E\n\n{head}\n| It holds | good practice | {cell} |\n"));
    fixture.write("steps/step-01/tests/more.rs", "#[test]\nfn an_x_y_z() {}\n");
    let rows = "on_each_store! {\n    a_b_c_d,\n}\n\nasync fn a_b_c_d(_: Kind) {}\n";
    let helper = "async fn a_helper_of_it() {}\n";
    fixture.write("steps/step-02/tests/checklist/main.rs", &format!("{rows}{helper}"));
    fixture
}

fn with_columns() -> Fixture {
    let fixture = Fixture::good();
    let row = "| `resave` | `with_resave` | `a_b_c_d`, `e_f_g_h` |";
    let head = "| express-session | tower-sessions | Shown by |\n|---|---|---|";
    fixture.write(APPENDIX, &format!("# Appendix A\n\n{head}\n{row}\n"));
    let express = "#[test]\nfn a_b_c_d() { set(\"resave\") }\n";
    fixture.write("support/express/tests/express/all.rs", express);
    let answers = "#[test]\nfn e_f_g_h() { with_resave() }\n";
    fixture.write("support/express/tests/answers/main.rs", answers);
    fixture
}
