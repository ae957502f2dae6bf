//! Faults in the tests: one that asserts nothing passes whatever happens.

use book::asserting;

use crate::fixture::Fixture;

const TESTS: &str = "steps/step-01/tests/conversations.rs";

fn with_tests(tests: &str) -> Fixture {
    let fixture = Fixture::good();
    let prepares = "fn prepare() {\n    assert!(true);\n}\n";
    fixture.write(TESTS, &format!("{prepares}\n{tests}"));
    fixture.write("support/trial/src/lib.rs", "pub fn ends() {\n    assert_eq!(1, 1);\n}\n");
    fixture
}

#[test]
fn a_test_that_asserts_nothing_is_caught() {
    for body in [
        "greet(\"Ada\");",
        "greet(\"Ada\").expect(\"an answer\").unwrap();",
        "prepare(); greet(\"Ada\");",
        "let seen = greet(\"Ada\"); println!(\"{seen}\");",
        "",
    ] {
        for attribute in ["#[test]", "#[tokio::test(start_paused = true)]"] {
            let test =
                format!("{attribute}\nasync fn it_greets_everybody() {{\n    {body}\n}}\n");
            let fixture = with_tests(&test);
            let place = (TESTS, "it_greets_everybody");
            fixture.assert_caught(
                asserting::check,
                place,
                "`it_greets_everybody` asserts nothing",
            );
        }
    }
}

#[test]
fn a_test_that_asserts_or_records_or_calls_what_does_is_none() {
    for body in [
        "for who in people() { assert_ne!(greet(who), \"\"); }",
        "insta::assert_snapshot!(greet(\"Ada\"));",
        "record!(story, \"greets\");",
        "fixture.assert_good(check); tidy();",
        "let who = \"Ada\"; prepare();",
        "once(known, || { greet(who); trial::ends() });",
        "browser.wait_until(\"greeted\"); browser.close();",
    ] {
        let fixture = with_tests(&format!("#[test]\nfn it_greets() {{\n    {body}\n}}\n"));
        fixture.assert_good(asserting::check);
    }
    let fixture =
        with_tests("fn helper() {}\n#[test]\n#[should_panic]\nfn it() { helper(); }\n");
    fixture.assert_good(asserting::check);
}
