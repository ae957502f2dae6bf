//! Faults that show in the rendered book: links, figures, ids, what mdBook says.

use book::{figures, links, rendering};

use crate::fixture::{Fixture, LADDER, ONE, RINGS, TWO};

const LADDER_INCLUDE: &str = "visit_ladder.snap";
const RINGS_INCLUDE: &str = "rings.svg";

#[test]
fn a_good_book_passes() {
    let fixture = Fixture::good();
    fixture.assert_good(rendering::check);
    fixture.assert_good(links::check);
    fixture.assert_good(figures::check);
}

#[test]
fn what_mdbook_says_is_a_fault() {
    let fixture = Fixture::good();
    fixture.append(TWO, "\n<div>\n\nnever closed\n");
    fixture.assert_caught(rendering::check, (TWO, "<div>"), "unclosed HTML tag");
}

#[test]
fn a_directive_that_mdbook_leaves_alone_is_caught() {
    let fixture = Fixture::good();
    fixture.append(TWO, "\nOh, {{#incldue x.rs}}.\n");
    fixture.assert_caught(rendering::check, (TWO, "incldue"), "reaches the reader");
}

#[test]
fn an_include_that_fails_is_caught_twice() {
    let fixture = Fixture::good();
    fixture.append(TWO, "\n```rust\n{{#include gone.rs}}\n```\n");
    let faults = rendering::check(&fixture.book());
    let line = book::book::line_of(&fixture.read(TWO), "gone.rs").expect("it was planted");
    assert!(faults.iter().any(|fault| fault.message.contains("mdBook says: Error updating")));
    let raw = faults.iter().find(|fault| fault.message.contains("reaches the reader"));
    assert_eq!(raw.map(|fault| (fault.file.as_str(), fault.line)), Some((TWO, line)));
}

#[test]
fn a_book_that_does_not_build_is_caught() {
    let fixture = Fixture::good();
    fixture.remove(TWO);
    fixture.assert_caught(rendering::check, ("book.toml", ""), "mdBook gave up");
}

#[test]
fn a_dead_link_is_caught() {
    for (link, message) in [
        ("[x](03-three.md)", "the book has no 03-three.html"),
        ("<a href=\"03-three.md\">x</a>", "the book has no 03-three.html"),
        ("[x](../steps/step-01/src/lib.rs)", "leads out of the book"),
        ("![A cup](saucer.png)", "the book has no saucer.png"),
        ("[x](/01-one.html)", "make it relative"),
        ("[x]()", "leads nowhere"),
    ] {
        let fixture = Fixture::good();
        fixture.append(TWO, &format!("\nPlanted {link} here.\n"));
        fixture.assert_caught(links::check, (TWO, "Planted"), message);
    }
}

#[test]
fn a_dead_fragment_is_caught() {
    for (link, message) in [
        ("[x](#nowhere)", "02-two.html has nothing with the id `nowhere`"),
        ("[x](01-one.md#what-you-saw)", "perhaps `what-you-see`"),
    ] {
        let fixture = Fixture::good();
        fixture.append(TWO, &format!("\nPlanted {link} here.\n"));
        fixture.assert_caught(links::check, (TWO, "Planted"), message);
    }
}

#[test]
fn each_line_of_a_link_that_is_dead_twice_is_named() {
    let fixture = Fixture::good();
    fixture.append(TWO, "\n[x](gone.md)\n\n[y](gone.md)\n");
    let lines: Vec<usize> =
        links::check(&fixture.book()).iter().map(|fault| fault.line).collect();
    let first = book::book::line_of(&fixture.read(TWO), "[x]").expect("it was planted");
    assert_eq!(lines, [first, first + 2]);
}

#[test]
fn an_address_outside_that_is_unsafe_or_malformed_is_caught() {
    for (link, message) in [
        ("<http://example.org/>", "write `https`"),
        ("<https://exa mple.org/>", ""),
        ("[x](https:///path)", "malformed"),
        ("[x](https://exam^ple.org/)", "malformed"),
        ("[x](https://example/)", "malformed"),
        ("[x](htps://example.org/)", "is not a scheme"),
        ("[x](mailto:nobody)", "names no address"),
    ] {
        let fixture = Fixture::good();
        fixture.append(TWO, &format!("\nPlanted {link} here.\n"));
        if message.is_empty() {
            // Markdown takes it for text, and so does the reader.
            fixture.assert_good(links::check);
        } else {
            fixture.assert_caught(links::check, (TWO, "Planted"), message);
        }
    }
}

#[test]
fn a_dead_link_in_the_readme_is_caught() {
    let fixture = Fixture::good();
    fixture.append("README.md", "\n[x](src/03-three.md)\n");
    fixture.assert_caught(links::check, ("README.md", "03-three"), "there is no file");
}

#[test]
fn a_dead_link_in_an_included_figure_is_caught() {
    let fixture = Fixture::good();
    fixture.replace(RINGS, "<g ", "<a href=\"gone.html\"/><g ");
    fixture.assert_caught(links::check, (ONE, RINGS_INCLUDE), "rings.svg:4");
    let fixture = Fixture::good();
    fixture.replace(LADDER, "200 OK", "<a href=\"gone.html\">200 OK</a>");
    fixture.assert_caught(links::check, (ONE, LADDER_INCLUDE), "visit_ladder.snap:7");
}

#[test]
fn an_image_without_words_is_caught() {
    for image in ["![](cup.png)", "<img src=\"cup.png\">"] {
        let fixture = Fixture::good();
        fixture.append(TWO, &format!("\nPlanted {image} here.\n"));
        fixture.assert_caught(figures::check, (TWO, "Planted"), "no alt text");
    }
}

#[test]
fn a_figure_without_words_is_caught() {
    for (from, to, message) in [
        (">One visit<", "><", "without `<title>`"),
        (">The browser asks, the server answers.<", "> <", "without `<desc>`"),
        (" role=\"img\"", "", "without `role"),
        (" aria-labelledby=\"visit-title visit-desc\"", "", "without `aria-labelledby`"),
        ("visit-title visit-desc", "visit-title gone", "names `gone`"),
    ] {
        let fixture = Fixture::good();
        fixture.replace(RINGS, from, to);
        fixture.assert_caught(figures::check, (ONE, RINGS_INCLUDE), message);
    }
}

#[test]
fn a_ladder_without_a_name_is_caught() {
    for (from, to) in [(" aria-label=\"One visit\"", ""), ("\"One visit\"", "\" \"")] {
        let fixture = Fixture::good();
        fixture.replace(LADDER, from, to);
        fixture.assert_caught(figures::check, (ONE, LADDER_INCLUDE), "without a name");
    }
}

#[test]
fn a_figure_written_in_the_page_is_held_to_the_same() {
    let fixture = Fixture::good();
    let figure =
        "<svg role=\"img\" aria-label=\"x\"><g><title>y</title></g><desc>z</desc></svg>";
    fixture.append(TWO, &format!("\n{figure}\n"));
    fixture.assert_caught(figures::check, (TWO, "<svg"), "without `<title>`");
}

#[test]
fn a_blank_line_in_a_figure_is_caught() {
    for (file, before, include) in
        [(RINGS, "<g ", RINGS_INCLUDE), (LADDER, "<li class=\"lanes", LADDER_INCLUDE)]
    {
        let fixture = Fixture::good();
        fixture.replace(file, before, &format!("\n{before}"));
        fixture.assert_caught(figures::check, (ONE, include), "is blank");
    }
}

#[test]
fn an_id_that_stands_twice_on_a_page_is_caught() {
    let fixture = Fixture::good();
    fixture.append(TWO, "\n<b id=\"tea\">x</b>\n\n<b class=\"y\" id=\"tea\">y</b>\n");
    fixture.assert_caught(figures::check, (TWO, "class=\"y\""), "id `tea` stands twice");
}

#[test]
fn an_id_that_stands_in_figures_of_two_pages_is_caught() {
    let fixture = Fixture::good();
    let label = "role=\"img\" aria-label=\"x\"";
    fixture.append(
        TWO,
        &format!("\n<svg {label}><title id=\"visit-title\">x</title><desc>y</desc></svg>\n"),
    );
    fixture.assert_caught(
        figures::check,
        (TWO, "<svg"),
        "stands in a figure of src/01-one.md too",
    );
}
