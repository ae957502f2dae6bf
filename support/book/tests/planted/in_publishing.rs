//! What GitHub runs.

use book::publishing;

use crate::fixture::Fixture;

const WORKFLOW: &str = ".github/workflows/ci.yml";

const GOOD: &str = "on: push
permissions:
  contents: read
jobs:
  all:
    runs-on: ubuntu-latest
    steps:
      - uses: actions/checkout@v6
      - uses: actions/checkout@0123456789abcdef0123456789abcdef01234567
      - uses: ./.github/actions/prepare
      - run: bash .ci/run
";

fn with(workflow: &str) -> Fixture {
    let fixture = Fixture::good();
    fixture.write(WORKFLOW, workflow);
    fixture.write(".github/actions/prepare/action.yml", "name: Prepare\n");
    fixture.write(".ci/run", "true\n");
    fixture
}

#[test]
fn a_good_workflow_passes() {
    with(GOOD).assert_good(publishing::check);
}

#[test]
fn what_may_do_more_than_read_is_caught() {
    for more in ["permissions: write-all\n", "permissions:\n  contents: write\n", ""] {
        let fixture = with(&GOOD.replace("permissions:\n  contents: read\n", more));
        let line = if more.is_empty() { "on: push" } else { "permissions:" };
        fixture.assert_caught(publishing::check, (WORKFLOW, line), "it may not do");
    }
}

#[test]
fn an_action_that_may_change_or_is_a_strangers_is_caught() {
    for version in ["@main", "@v", "@v6-beta", "@0123456", ""] {
        let fixture = with(&GOOD.replace("@v6", version));
        let place = (WORKFLOW, "actions/checkout");
        fixture.assert_caught(publishing::check, place, "another one tomorrow");
    }
    let fixture = with(&GOOD.replace("actions/checkout@v6", "mallory/checkout@v6"));
    let place = (WORKFLOW, "mallory/checkout");
    fixture.assert_caught(publishing::check, place, "none of GitHub's own");
}

#[test]
fn what_is_not_here_is_caught() {
    let fixture = with(&GOOD.replace("actions/prepare", "actions/nothing"));
    let place = (WORKFLOW, "actions/nothing");
    fixture.assert_caught(publishing::check, place, "no .github/actions/nothing/action.yml");
    let fixture = with(&GOOD.replace(".ci/run", ".ci/walk"));
    fixture.assert_caught(publishing::check, (WORKFLOW, ".ci/walk"), "no script .ci/walk");
}
