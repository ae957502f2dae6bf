//! Faults in the order of things, in headings, languages, images and terms.

use book::{fences, figures, headings, italics, order};

use crate::fixture::{Fixture, TWO};

const GLOSSARY: &str = "src/appendix-glossary.md";

#[test]
fn a_good_book_passes() {
    let fixture = with_glossary();
    fixture.assert_good(order::check);
    fixture.assert_good(headings::check);
    fixture.assert_good(italics::check);
}

#[test]
fn two_chapters_swapped_are_caught() {
    let fixture = Fixture::good();
    let listed = "- [One](01-one.md)\n- [Two](02-two.md)";
    let swapped = "- [Two](02-two.md)\n- [One](01-one.md)";
    fixture.replace("src/SUMMARY.md", listed, swapped);
    fixture.assert_caught(order::check, ("src/SUMMARY.md", "01-one.md"), "move it up");
}

#[test]
fn a_further_page_below_another_chapter_is_caught() {
    let fixture = Fixture::good();
    let further = "- [One](01-one.md)\n  - [Again](02-again.md)\n";
    fixture.replace("src/SUMMARY.md", "- [One](01-one.md)\n", further);
    fixture.write("src/02-again.md", "# Again\n");
    fixture.assert_caught(order::check, ("src/SUMMARY.md", "02-again.md"), "move it below");
}

#[test]
fn a_page_that_is_listed_under_another_name_is_caught() {
    let fixture = Fixture::good();
    fixture.replace("src/SUMMARY.md", "[Two]", "[One]");
    fixture.assert_caught(order::check, ("src/SUMMARY.md", "02-two.md"), "is called \"Two\"");
}

#[test]
fn a_recording_of_another_step_is_caught_unless_the_page_says_so() {
    let include = "{{#include ../steps/step-01/tests/snapshots/visit.snap:4:}}";
    let fixture = Fixture::good();
    fixture.append(TWO, &format!("\nIt greets:\n\n```text\n{include}\n```\n"));
    fixture.assert_caught(order::check, (TWO, include), "is of step 01");
    for named in ["[step 01](01-one.md)", "chapter 1", "Step 01"] {
        let fixture = Fixture::good();
        fixture.append(TWO, &format!("\nAs in {named}:\n\n```text\n{include}\n```\n"));
        fixture.assert_good(order::check);
    }
}

#[test]
fn a_heading_that_stands_twice_is_caught() {
    for twice in ["## `Tea`!", "Tea\n: What a shop sells."] {
        let fixture = Fixture::good();
        fixture.append(TWO, "\n## Tea\n\nHot.\n");
        fixture.assert_good(headings::check);
        fixture.append(TWO, &format!("\nPlanted:\n\n{twice}\n"));
        let line = twice.lines().next().expect("a line");
        let faults = headings::check(&fixture.book());
        let place =
            fixture.read(TWO).lines().collect::<Vec<_>>().len() - twice.lines().count() + 1;
        assert_eq!(
            faults.iter().map(|fault| fault.line).collect::<Vec<_>>(),
            [place],
            "{line}"
        );
    }
}

#[test]
fn a_language_that_is_not_on_the_list_is_caught() {
    for language in ["rs", "bash", "Rust", "rust-ish"] {
        let fixture = Fixture::good();
        fixture.append(TWO, &format!("\n```{language}\nlet tea = 1;\n```\n"));
        fixture.assert_caught(fences::check, (TWO, &format!("```{language}")), "no language");
    }
    let fixture = Fixture::good();
    fixture.append("README.md", "\n```sh\nls\n```\n");
    fixture.assert_caught(fences::check, ("README.md", "```sh"), "`sh` is no language");
}

#[test]
fn an_image_of_the_readme_without_words_is_caught() {
    for image in ["![](src/cup.png)", "![ ](src/cup.png)", "<img src=\"src/cup.png\">"] {
        let fixture = Fixture::good();
        fixture.append("README.md", &format!("\nPlanted {image} here.\n"));
        fixture.assert_caught(figures::check, ("README.md", "Planted"), "no alt text");
    }
    let fixture = Fixture::good();
    fixture.append("README.md", "\n[![A *cup*](src/cup.png) of tea](src/cup.png)\n");
    fixture.assert_good(figures::check);
}

#[test]
fn a_term_that_the_glossary_lacks_is_caught() {
    let fixture = with_glossary();
    fixture.append(TWO, "\nA *teapot* is hot.\n");
    fixture.assert_caught(italics::check, (TWO, "teapot"), "the glossary has no \"teapot\"");
}

#[test]
fn a_term_of_the_glossary_a_label_and_what_is_stressed_are_none() {
    let fixture = with_glossary();
    fixture.append(
        TWO,
        "\nTwo *cups*, a *Mug*, an *oolong*: press *Order*, _now_, *green\ntea*.\n",
    );
    fixture.assert_good(italics::check);
}

fn with_glossary() -> Fixture {
    let fixture = Fixture::good();
    let entries = "Cup, mug\n: For tea. Also *oolong*.\n\nGreen tea\n: For Ada.\n";
    fixture.write(GLOSSARY, &format!("# Glossary\n\n{entries}"));
    fixture.append("src/SUMMARY.md", "[Glossary](appendix-glossary.md)\n");
    fixture
}
