//! Faults in numbers: the prose says one, and the code another.

use book::numbers;
use book::quantities::{self, Amount};

use crate::fixture::{Fixture, ONE, TWO};

const LIB: &str = "steps/step-01/src/lib.rs";

/// Chapter 1 with limits, in the code and in the prose.
fn with_limits() -> Fixture {
    let fixture = Fixture::good();
    fixture.append(
        LIB,
        "
/// A greeting is good for five minutes.
pub const FRESH: Duration = Duration::minutes(5);
const LONGEST: usize = 8 * 1024;
const MOST: usize = 3;
const COOKIE: &str = \"id=; Max-Age=7776000\";
",
    );
    fixture.append(
        ONE,
        "
## Limits

A greeting is good for five minutes, has 8 KB, and is kept for 90 days in three sessions at most.
At a fourth sign-in, the first goes.
",
    );
    fixture.assert_good(numbers::check);
    fixture
}

#[test]
fn a_number_changed_in_the_prose_is_caught() {
    for (from, to) in [
        ("five minutes, has", "six minutes, has"),
        ("five minutes, has", "five seconds, has"),
        ("8 KB", "16 KB"),
        ("90 days", "60 days"),
        ("three sessions", "four sessions"),
        ("a fourth sign-in", "a fifth sign-in"),
    ] {
        let fixture = with_limits();
        fixture.replace(ONE, from, to);
        let place = (ONE, to);
        fixture.assert_caught(numbers::check, place, "neither the code of step-01");
    }
}

#[test]
fn a_number_changed_in_the_code_is_caught() {
    for (from, to, where_said) in [
        ("8 * 1024", "16 * 1024", "8 KB"),
        ("= 3;", "= 4;", "three sessions"),
        ("Max-Age=7776000", "Max-Age=7776001", "90 days"),
    ] {
        let fixture = with_limits();
        fixture.replace(LIB, from, to);
        let faults = numbers::check(&fixture.book());
        let first = faults.first().expect("a fault");
        let line = book::book::line_of(&fixture.read(ONE), where_said);
        assert_eq!((first.file.as_str(), Some(first.line)), (ONE, line), "{first}");
    }
}

#[test]
fn a_comment_that_the_code_has_left_behind_is_caught() {
    let fixture = with_limits();
    fixture.replace(LIB, "Duration::minutes(5)", "Duration::minutes(6)");
    fixture.replace(ONE, "five minutes", "six minutes");
    let place = (LIB, "five minutes");
    fixture.assert_caught(
        numbers::check,
        place,
        "nothing in the code of step-01 is five minutes",
    );
}

#[test]
fn a_number_of_another_section_is_caught() {
    let fixture = with_limits();
    let console =
        "\n## A wait\n\n```console\n$ sleep for 7 minutes\n```\n\nIt took seven minutes.\n";
    fixture.append(ONE, console);
    fixture.assert_good(numbers::check);
    fixture.append(ONE, "\n## Another\n\nIt took 7 minutes again.\n");
    fixture.assert_caught(numbers::check, (ONE, "again"), "7 minutes");
}

#[test]
fn a_count_from_a_file_that_the_section_does_not_show_is_caught() {
    let fixture = with_limits();
    fixture.write("steps/step-01/src/other.rs", "const ROOM: usize = 4;\n");
    fixture.append(ONE, "\n## Elsewhere\n\nFour names.\n");
    fixture.assert_good(numbers::check);
    fixture.append(ONE, "\n```rust\n{{#include ../steps/step-01/src/lib.rs:greet}}\n```\n");
    fixture.assert_caught(numbers::check, (ONE, "Four names"), "Four names");
}

#[test]
fn a_number_of_a_test_that_is_named_is_none() {
    let fixture = with_limits();
    let test = "#[test]\nfn it_waits() {\n    pass(Duration::hours(9));\n}\n";
    fixture.write("steps/step-01/tests/waits.rs", test);
    fixture.append(ONE, "\n## A wait\n\nNine hours are nothing (`it_waits`).\n");
    fixture.assert_good(numbers::check);
    fixture.replace("steps/step-01/tests/waits.rs", "hours(9)", "hours(8)");
    fixture.assert_caught(numbers::check, (ONE, "Nine hours"), "Nine hours");
}

#[test]
fn a_number_from_elsewhere_may_be_excused_while_it_is_there() {
    let fixture = with_limits();
    fixture.append(TWO, "\n<!-- number: ten thousand years, a day: of a fairy tale -->\n");
    fixture.append(TWO, "\nTen thousand\nyears are as a day.\n");
    fixture.assert_good(numbers::check);
    fixture.replace(TWO, ": of a fairy tale", "");
    let flaw = "no reason for ten thousand years";
    assert!(numbers::check(&fixture.book())[0].to_string().contains(flaw));
    fixture.replace(TWO, "a day -->", "a day: of a fairy tale -->");
    fixture.replace(TWO, "as a day", "as nothing");
    fixture.assert_caught(numbers::check, (TWO, "fairy"), "a day needs no excuse here");
}

#[test]
fn a_quantity_is_read_as_people_write_it() {
    let day = 86_400.0;
    for (text, amounts) in [
        ("half an hour, and a second", vec![Amount::Time(1800.0)]),
        ("8 to 128 bytes", vec![Amount::Size(8.0), Amount::Size(128.0)]),
        ("the 30 and 90 days", vec![Amount::Time(30.0 * day), Amount::Time(90.0 * day)]),
        ("19 and a half days", vec![Amount::Time(19.5 * day)]),
        ("five wrong passwords", vec![Amount::Count(5.0)]),
        ("Ten\nthousand tries", vec![Amount::Count(10_000.0)]),
        ("three at most", vec![Amount::Count(3.0)]),
        ("a 30-minute wait", vec![Amount::Time(1800.0)]),
        ("In chapter 5. Minutes pass, one by one; two sessions, an hash", vec![]),
    ] {
        let found: Vec<Amount> = quantities::find(text).iter().map(|one| one.amount).collect();
        assert_eq!(found, amounts, "{text}");
    }
}
