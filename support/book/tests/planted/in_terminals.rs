//! Faults in what says how a page's terminal is played. What comes there, `support/terminal` tries.

use book::terminals;

use crate::fixture::{Fixture, ONE, TWO};

const README: &str = "README.md";

fn played() -> Fixture {
    let fixture = Fixture::good();
    let test = "//! It is played.\n\nterminal::plays!();\n";
    fixture.write("steps/step-01/tests/terminal.rs", test);
    fixture
}

#[test]
fn a_good_book_passes() {
    let fixture = played();
    fixture.append(ONE, "\n```console\n$ curl http://localhost:8080/\n```\n");
    fixture
        .append(ONE, "\n<!-- not played: no net -->\n```console\n$ ping rust.example\n```\n");
    fixture.append(ONE, "\n<!-- fails -->\n```console\ncargo run -p step-01\n```\n");
    fixture.append(ONE, "\n<!-- log -->\n```text\nINFO\n```\n");
    fixture.append(README, "\n```console\ncargo test --workspace\n```\n");
    fixture.append(README, "\n```console\ncargo test -p step-01 greet\n```\n");
    fixture.assert_good(terminals::check);
}

#[test]
fn a_step_that_plays_nothing_is_caught() {
    let fixture = played();
    fixture.append(TWO, "\n```console\n$ curl http://localhost:8080/\n```\n");
    fixture.assert_caught(terminals::check, (TWO, "```console"), "step-02/tests/terminal.rs");
}

#[test]
fn a_block_that_is_read_otherwise_is_caught() {
    for fence in ["````console", "~~~console", "  ```console", "``` console", "```console,x"] {
        let fixture = played();
        let end = fence.trim().replace(|c| c != '`' && c != '~', "");
        fixture.append(ONE, &format!("\n{fence}\ntrue\n{end}\n"));
        fixture.assert_caught(terminals::check, (ONE, fence), "is not played");
    }
}

#[test]
fn a_block_of_no_program_is_caught() {
    let fixture = played();
    fixture.append(README, "\n```console\nmdbook serve\n```\n");
    fixture.assert_caught(
        terminals::check,
        (README, "```console"),
        "no `cargo run -p step-NN`",
    );
}

#[test]
fn a_needless_comment_and_one_without_a_reason_are_caught() {
    let fixture = played();
    fixture.append(ONE, "\n<!-- not played: -->\n```console\ntrue\n```\n");
    fixture.assert_caught(terminals::check, (ONE, "```console"), "gives no reason");
    for comment in ["not played: no net", "fails", "log"] {
        let fixture = played();
        fixture.append(ONE, &format!("\n<!-- {comment} -->\n```toml\n```\n"));
        fixture.assert_caught(
            terminals::check,
            (ONE, comment),
            "says nothing of the next line",
        );
    }
    let fixture = played();
    fixture.append(ONE, "\nSo. <!-- in the browser: true -->\n");
    fixture.assert_caught(terminals::check, (ONE, "in the browser"), "is not played");
}

#[test]
fn a_test_that_nobody_has_is_caught() {
    let fixture = played();
    fixture.append(ONE, "\n```console\ncargo test -p step-01 gone\n```\n");
    fixture.assert_caught(terminals::check, (ONE, "gone"), "no test has `gone`");
    let fixture = played();
    fixture.append(ONE, "\n```console\ncargo test --all\n```\n");
    fixture.assert_caught(terminals::check, (ONE, "--all"), "is not checked");
}
