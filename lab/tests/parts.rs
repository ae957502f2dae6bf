//! The lab is cut where the book's summary cuts, so that a page needs the file of one part.

mod scripts;

use lab::record::steps;
use scripts::{all_between, between, pages, read, root};

/// What keeps the sessions of these chapters, or what stands in front of the server, cannot run in a
/// page.
const WITHOUT_A_LAB: [u64; 7] = [14, 15, 16, 17, 21, 23, 24];

/// The numbers of the chapters in each part of a summary.
fn chapters(summary: &str) -> Vec<Vec<u64>> {
    let parts = summary.split("\n# ").map(|part| {
        let pages = all_between(part, "\n- [", ")").into_iter();
        pages.filter_map(|page| number(page.split_once("](")?.1)).collect()
    });
    parts.filter(|chapters: &Vec<_>| !chapters.is_empty()).collect()
}

/// The chapter's number, which the name of a chapter's page begins with.
fn number(page: &str) -> Option<u64> {
    page.split_once('-')?.0.parse().ok()
}

/// What is wrong with the labs of a page. A chapter shows steps of its own part. Another page has
/// no part, and may show the steps of any one.
fn faults(page: &str, text: &str) -> Vec<String> {
    let part_of = |step: u64| lab::parts().find(|part| part.contains(&step));
    let labs = all_between(text, "<session-lab ", "</session-lab>").into_iter();
    let steps: Vec<u64> =
        labs.filter_map(|lab| between(lab, "step=\"", "\"")?.parse().ok()).collect();
    let own = number(page).or(steps.first().copied()).and_then(part_of);
    let foreign = |step: &&u64| !own.as_ref().is_some_and(|own| own.contains(step));
    let fault = |step| format!("{page}: step {step} is in the file of another part");
    steps.iter().filter(foreign).map(fault).collect()
}

#[test]
fn the_parts_are_those_of_the_summary() {
    let mut summary = chapters(&read(&root().join("src/SUMMARY.md")));
    for part in &mut summary {
        part.retain(|chapter| !WITHOUT_A_LAB.contains(chapter));
    }
    assert_eq!(lab::parts().collect::<Vec<_>>(), summary);
    for (before, chapters) in summary.iter().enumerate() {
        let named = chapters.iter().map(|chapter| format!("step-{chapter:02}")).collect();
        assert_eq!(steps(root(), before + 1), named, "the feature of part {}", before + 1);
    }
}

#[test]
fn the_labs_of_a_page_are_in_the_file_of_one_part() {
    let faults: Vec<String> = pages()
        .iter()
        .flat_map(|page| {
            let name = page.file_name().expect("a page is a file").to_string_lossy();
            faults(&name, &read(page))
        })
        .collect();
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

#[test]
fn a_step_of_another_part_is_found() {
    let lab = |step: &u64| format!("<session-lab step=\"{step}\">\n</session-lab>\n");
    let found = |page, steps: &[u64]| {
        let text: String = steps.iter().map(lab).collect();
        faults(page, &text).len()
    };
    assert_eq!(found("03-the-session-layer.md", &[3, 4]), 0);
    assert_eq!(found("03-the-session-layer.md", &[3, 5, 9]), 2);
    assert_eq!(found("03-the-session-layer.md", &[99]), 1);
    assert_eq!(found("appendix-security.md", &[9, 12]), 0);
    assert_eq!(found("appendix-security.md", &[9, 12, 1]), 1);
}

#[test]
fn a_summary_is_cut_at_its_parts() {
    let summary = "# Summary\n\n[Introduction](introduction.md)\n\n# One\n\n- [A](01-a.md)\n\
        - [B](02-b.md)\n\n# Two\n\n- [C](03-c.md)\n\n---\n\n[Appendix A: D](appendix-d.md)\n";
    assert_eq!(chapters(summary), [vec![1, 2], vec![3]]);
}
