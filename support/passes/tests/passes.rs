//! A look is repeated when something has changed, and when it has failed.

use std::{
    cell::Cell,
    panic::{AssertUnwindSafe, catch_unwind},
};

use passes::Passes;

#[test]
fn what_passed_is_known_until_something_changes() {
    let folder = tempfile::tempdir().expect("a folder");
    let looks = Cell::new(0);
    // A new value each time, as in a new run.
    let look = |page: &str, content: &str| {
        let passes = Passes::below(Some(folder.path().to_owned()), "looks");
        passes.look(page, content, || {
            looks.update(|looks| looks + 1);
            Vec::new()
        });
        looks.get()
    };
    assert_eq!(look("one.html", "tea"), 1);
    assert_eq!(look("one.html", "tea"), 1, "it is known");
    assert_eq!(look("one.html", "coffee"), 2, "it has changed");
    assert_eq!(look("one.html", "coffee"), 2, "it is known again");
    assert_eq!(look("two.html", "coffee"), 3, "another page was never looked at");
}

#[test]
fn what_failed_is_never_known() {
    let folder = tempfile::tempdir().expect("a folder");
    let passes = Passes::below(Some(folder.path().to_owned()), "looks");
    for _ in 1..=2 {
        let faults = passes.look("one.html", "tea", || vec!["it is cold".to_owned()]);
        assert_eq!(faults, ["it is cold"]);
        let look = || passes.look("one.html", "tea", || panic!("no page"));
        catch_unwind(AssertUnwindSafe(look)).expect_err("it is looked at");
    }
}

#[test]
fn no_test_takes_a_pass_from_another() {
    let folder = tempfile::tempdir().expect("a folder");
    let one = Passes::below(Some(folder.path().to_owned()), "looks");
    let other = Passes::below(Some(folder.path().to_owned()), "looks");
    one.look("one.html", "tea", Vec::new);
    let faults = other.look("one.html", "tea", || vec!["it is cold".to_owned()]);
    assert_eq!(faults, ["it is cold"]);
}

#[test]
fn without_a_folder_everything_is_looked_at() {
    let passes = Passes::below(None, "looks");
    for _ in 1..=2 {
        passes.look("one.html", "tea", Vec::new);
    }
    assert_eq!(passes.counts(), (2, 0));
}
