//! Faults in what the prose quotes: the behaviour has changed, and the snapshot with it.

use book::quotes;

use crate::fixture::{Fixture, ONE, TWO};

const VISIT: &str = "steps/step-01/tests/snapshots/visit.snap";
const LIB: &str = "steps/step-01/src/lib.rs";

#[test]
fn a_good_book_passes() {
    Fixture::good().assert_good(quotes::check);
    with_quotes().assert_good(quotes::check);
}

#[test]
fn a_quote_of_what_no_longer_comes_is_caught() {
    for (was, is, quote) in [
        ("303 See Other", "302 Found", "`303 See Other`"),
        ("location: /tea", "location: /coffee", "`Location: /tea`"),
        ("SameSite=Lax", "SameSite=Strict", "`SameSite=Lax; …=60`"),
        ("Max-Age=60", "Max-Age=600", "`SameSite=Lax; …=60`"),
        ("<sid-1>", "<sid-2>", "<code>Set-Cookie: id=&lt;sid-1&gt;; …</code>"),
        ("> POST /order", "> POST /orders", "`POST /order`"),
    ] {
        let fixture = with_quotes();
        fixture.replace(VISIT, was, is);
        fixture.assert_caught(quotes::check, (ONE, quote), "stands in no recording");
    }
}

#[test]
fn a_route_that_the_step_lacks_is_caught() {
    for (was, is, quote) in [
        ("\"/basket\", get", "\"/baskets\", get", "`/basket`"),
        ("\"/basket\", get", "\"/basket\", post", "`GET /basket?said=1`"),
        ("\"/try\"", "\"/tries\"", "`/try/plain/write-500`"),
        ("write-500", "write-501", "`/try/plain/write-500`"),
    ] {
        let fixture = with_quotes();
        fixture.replace(LIB, was, is);
        // Both of the first stand on one line.
        let faults = quotes::check(&fixture.book());
        let named = faults.iter().any(|fault| fault.message.contains(quote));
        assert!(named, "{quote}: {faults:?}");
    }
}

#[test]
fn what_a_program_no_longer_says_is_caught() {
    for (was, is) in [("cannot start", "does not start"), ("no tea at all", "no tea")] {
        let fixture = Fixture::good();
        fixture.append(LIB, "// \"cannot start: {why}\"\n");
        let test = "#[test]\nfn it_starts() { awaits(\"no tea at all\") }\n";
        fixture.write("steps/step-01/tests/visit.rs", test);
        let said = "`step-01 cannot start: no tea at all.`";
        fixture.append(ONE, &format!("\nIt says {said}\n"));
        fixture.assert_good(quotes::check);
        let file = if was == "cannot start" { LIB } else { "steps/step-01/tests/visit.rs" };
        fixture.replace(file, was, is);
        fixture.assert_caught(quotes::check, (ONE, said), "stands in no recording");
    }
}

#[test]
fn a_quote_of_another_step_is_caught_unless_the_step_is_named() {
    let fixture = with_quotes();
    fixture.append(TWO, "\nIt says `303 See Other`.\n");
    fixture.assert_caught(quotes::check, (TWO, "303"), "stands in no recording");
    let fixture = with_quotes();
    fixture.append(TWO, "\nStep 01 said\n`303 See Other`.\n");
    fixture.append("src/appendix.md", "\nSome step says `303 See Other`.\n");
    fixture.assert_good(quotes::check);
}

#[test]
fn what_a_named_test_of_support_holds_may_be_quoted() {
    let fixture = with_quotes();
    let test = "#[test]\nfn a_b_c_d() { ask(\"HEAD /tea\") }\n";
    fixture.write("support/browser/tests/all.rs", test);
    fixture.append(TWO, "\nChromium asks `HEAD /tea`.\n");
    fixture.assert_caught(quotes::check, (TWO, "HEAD"), "stands in no recording");
    fixture.append(TWO, "\nSee `a_b_c_d`.\n");
    fixture.assert_good(quotes::check);
}

#[test]
fn a_quote_may_be_excused_while_it_needs_to_be() {
    let excuse = "<!-- quoted: the reader writes it -->";
    let fixture = with_quotes();
    fixture.append(TWO, &format!("\nWrite `/peek` {excuse} and\n`GET /peek`.\n"));
    fixture.assert_good(quotes::check);
    fixture.append(TWO, "\n`/peek` again.\n");
    fixture.assert_caught(quotes::check, (TWO, "again"), "`/peek`");
    let fixture = with_quotes();
    fixture.append(ONE, &format!("\n{excuse}\n\nNothing, `303 See Other`.\n"));
    fixture.assert_caught(quotes::check, (ONE, excuse), "excuses nothing");
}

#[test]
fn other_code_is_no_quote() {
    let fixture = with_quotes();
    let code =
        ["secure: true", "State(a): State<u8>", "/", "a / b", "404 times", "x=y", "GET it"];
    for code in code {
        fixture.append(TWO, &format!("\n`{code}`\n"));
    }
    fixture.assert_good(quotes::check);
}

/// A book that quotes its recording and its routes.
fn with_quotes() -> Fixture {
    let fixture = Fixture::good();
    let cookie = "< set-cookie: id=<sid-1>; SameSite=Lax; Max-Age=60";
    let answer = format!("< HTTP/1.1 303 See Other\n< location: /tea\n{cookie}\n");
    fixture.append(VISIT, &format!("> POST /order HTTP/1.1\n{answer}"));
    let routes = ".nest(\"/try\", x)\n.nest(\"/plain\", y)\n// write-500\n";
    fixture.append(LIB, &format!(".route(\"/basket\", get(basket))\n{routes}"));
    for quote in [
        "`303 See Other`",
        "`Location: /tea`",
        "`SameSite=Lax; …=60`",
        "<code>Set-Cookie: id=&lt;sid-1&gt;; …</code>",
        "`POST /order`",
        "`/basket`",
        "`GET /basket?said=1`",
        "`/try/plain/write-500`",
    ] {
        fixture.append(ONE, &format!("\nQuoted: {quote}\n"));
    }
    fixture.record_diffs();
    fixture
}
