//! Publishing: what GitHub runs may do no more than it must, and runs what is here.

use crate::book::{Book, line_of};
use crate::fault::Fault;

/// Whose actions are taken: GitHub's own.
const OWNER: &str = "actions/";

/// Checks the workflows and the actions of `.github/`.
pub fn check(book: &Book) -> Vec<Fault> {
    let files = book.texts_below(".github").filter(|(path, _)| path.ends_with(".yml"));
    files.flat_map(|(path, text)| file_faults(book, path, text)).collect()
}

fn file_faults(book: &Book, path: &str, text: &str) -> Vec<Fault> {
    let mut faults = Vec::new();
    if path.contains("/workflows/") && !text.contains("\npermissions:\n  contents: read\n") {
        let line = line_of(text, "permissions:").unwrap_or(1);
        let message = "what a job does not need it may not do: say `permissions:` and `contents: \
                       read` for all, and the rest at the job";
        faults.push(Fault::new(path, line, message));
    }
    for (line, text) in (1..).zip(text.lines()) {
        let flaws = action_flaw(book, text).into_iter().chain(script_flaw(book, text));
        faults.extend(flaws.map(|flaw| Fault::new(path, line, flaw)));
    }
    faults
}

/// `uses: owner/name@version`, or a folder that is here.
fn action_flaw(book: &Book, line: &str) -> Option<String> {
    let (_, action) = line.split_once("uses: ")?;
    if let Some(folder) = action.strip_prefix("./") {
        let is_here = book.exists(&format!("{folder}/action.yml"));
        return (!is_here).then(|| format!("there is no {folder}/action.yml"));
    }
    let (name, version) = action.split_once('@').unwrap_or((action, ""));
    if !name.starts_with(OWNER) {
        return Some(format!("{name} is none of GitHub's own actions; do it in a script"));
    }
    let is_major = version
        .strip_prefix('v')
        .is_some_and(|it| !it.is_empty() && it.bytes().all(|byte| byte.is_ascii_digit()));
    let is_commit = version.len() == 40 && version.bytes().all(|it| it.is_ascii_hexdigit());
    (!is_major && !is_commit).then(|| {
        format!("`{action}` is another one tomorrow; name a major version, or a commit")
    })
}

/// `bash script`, wherever it stands.
fn script_flaw(book: &Book, line: &str) -> Option<String> {
    let (_, script) = line.split_once("bash ")?;
    let script = script.split_whitespace().next()?;
    let is_path = script.contains('/') && !script.contains('$');
    (is_path && !book.exists(script)).then(|| format!("there is no script {script}"))
}
