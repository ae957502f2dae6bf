//! Exercises: below each task of a chapter stands a folded solution, which is a patch that the tests
//! of `support/exercises` try, or a folded answer.

use std::ops::RangeInclusive;

use crate::book::{Book, Page};
use crate::fault::Fault;

/// The chapters whose exercises are proven. Those of the others are as they were.
const PROVEN: RangeInclusive<u32> = 1..=12;

const HEADING: &str = "## Exercises";
const FOLDER: &str = "support/exercises";

/// A task with what stands below it, up to the next one.
struct Task<'a> {
    number: &'a str,
    line: usize,
    text: Vec<&'a str>,
}

/// Checks the first page of each chapter, and that each exercise that is tried stands there.
pub fn check(book: &Book) -> Vec<Fault> {
    let numbers = PROVEN;
    let pages = numbers.filter_map(|number| Some((number, book.chapter(number)?)));
    let on_pages = pages.flat_map(|(number, page)| page_faults(book, number, page));
    on_pages.chain(lost(book)).collect()
}

fn page_faults(book: &Book, number: u32, page: &Page) -> Vec<Fault> {
    let folder = format!("{FOLDER}/step-{number:02}");
    let shown: Vec<(usize, String)> =
        book.included(page).map(|(include, path)| (include.line, path)).collect();
    let flaw = |task: &Task| {
        let lines = task.line..task.line + task.text.len();
        let within = shown.iter().filter(|(line, _)| lines.contains(line));
        task.flaw(&folder, within.map(|(_, path)| path.as_str()).collect())
    };
    let tasks = tasks(&page.text).into_iter();
    tasks.filter_map(|task| Some(Fault::new(&page.path, task.line, flaw(&task)?))).collect()
}

fn tasks(text: &str) -> Vec<Task<'_>> {
    let lines = (1..).zip(text.lines());
    let section = lines.skip_while(|(_, line)| *line != HEADING).skip(1);
    let mut tasks: Vec<Task> = Vec::new();
    for (line, text) in section.take_while(|(_, line)| !line.starts_with("## ")) {
        match text.split_once(". ") {
            Some((number, _)) if is_number(number) => {
                tasks.push(Task { number, line, text: vec![text] });
            }
            _ => {
                if let Some(task) = tasks.last_mut() {
                    task.text.push(text);
                }
            }
        }
    }
    tasks
}

fn is_number(text: &str) -> bool {
    !text.is_empty() && text.chars().all(|c| c.is_ascii_digit())
}

impl Task<'_> {
    fn flaw(&self, folder: &str, shown: Vec<&str>) -> Option<String> {
        let says = |summary: &str| self.text.contains(&summary);
        let folded = self.text.iter().filter(|line| line.starts_with("<details>")).count();
        let own = format!("{folder}/{}-", self.number);
        let patches = shown.iter().filter(|path| path.starts_with(FOLDER));
        if let Some(foreign) = patches.clone().find(|path| !path.starts_with(&own)) {
            return Some(format!("{foreign} is of another exercise than {}", self.number));
        }
        let has_solution = says("<summary>A solution</summary>");
        if folded == 0 || !(has_solution || says("<summary>An answer</summary>")) {
            return Some(
                "below the task stands neither `<summary>A solution</summary>` nor \
                 `<summary>An answer</summary>`"
                    .to_owned(),
            );
        }
        (has_solution && patches.count() == 0)
            .then(|| format!("the solution includes no `{own}…/change.patch`"))
    }
}

/// The exercises that are tried and stand on no page.
fn lost(book: &Book) -> Vec<Fault> {
    let shown: Vec<String> =
        book.pages.iter().flat_map(|page| book.included(page).map(|(_, path)| path)).collect();
    let patches = book.texts_below(FOLDER).map(|(path, _)| path);
    let lost = patches
        .filter(|path| path.ends_with("/change.patch"))
        .filter(|path| !shown.iter().any(|one| one == path));
    lost.map(|path| Fault::new(path, 1, "no page shows this exercise's change")).collect()
}
