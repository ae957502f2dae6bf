//! Faults in the exercises: a task without a solution, a change that nobody sees.

use book::exercises;

use crate::fixture::{Fixture, TWO};

const PATCH: &str = "support/exercises/step-02/1-greet/change.patch";
const SOLUTION: &str = "\
## Exercises

1. Greet Grace.

<details>
<summary>A solution</summary>

```diff
{{#include ../support/exercises/step-02/1-greet/change.patch}}
```

</details>

2. Whom does it greet?

<details>
<summary>An answer</summary>

Grace.

</details>
";

fn with_exercises() -> Fixture {
    let fixture = Fixture::good();
    fixture.append(TWO, &format!("\n{SOLUTION}"));
    fixture.write(PATCH, "+ greet(\"Grace\")\n");
    fixture
}

#[test]
fn a_page_with_solutions_and_answers_passes() {
    Fixture::good().assert_good(exercises::check);
    with_exercises().assert_good(exercises::check);
}

#[test]
fn a_task_without_an_answer_is_caught() {
    let fixture = with_exercises();
    fixture.replace(
        TWO,
        "<details>\n<summary>An answer</summary>\n\nGrace.\n\n</details>\n",
        "",
    );
    fixture.assert_caught(exercises::check, (TWO, "2. Whom"), "stands neither");
}

#[test]
fn a_solution_without_a_patch_is_caught() {
    let fixture = with_exercises();
    fixture.replace(TWO, "{{#include ../support/exercises/step-02/1-greet/change.patch}}", "");
    fixture.remove("support/exercises");
    fixture.assert_caught(exercises::check, (TWO, "1. Greet"), "includes no");
}

#[test]
fn the_patch_of_another_exercise_is_caught() {
    let fixture = with_exercises();
    let foreign =
        "{{#include ../support/exercises/step-02/1-greet/change.patch}}\n\n</details>";
    fixture.replace(TWO, "Grace.\n\n</details>", foreign);
    fixture.assert_caught(exercises::check, (TWO, "2. Whom"), "is of another exercise than 2");
}

#[test]
fn a_change_that_no_page_shows_is_caught() {
    let fixture = with_exercises();
    fixture.write("support/exercises/step-02/3-lost/change.patch", "+ greet(\"Ada\")\n");
    let lost = "support/exercises/step-02/3-lost/change.patch";
    fixture.assert_caught(exercises::check, (lost, "+"), "no page shows");
}
