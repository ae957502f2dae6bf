//! Applies a patch: what `patch -p1` does, but for guessing.

use std::collections::BTreeMap;

/// The files of a step, by path: `src/lib.rs`.
pub(crate) type Files = BTreeMap<String, String>;

/// A place in a file: the lines that stand there, and those that come in their place.
#[derive(Default)]
struct Hunk<'a> {
    path: String,
    /// The line, counted from 1, at which it stood when the patch was made.
    line: usize,
    /// How many lines there are, of the old and of the new ones, as its head says.
    counts: [usize; 2],
    old: Vec<&'a str>,
    new: Vec<&'a str>,
}

/// Changes the files as the patch says.
///
/// # Errors
/// Says which lines are not there.
pub(crate) fn apply(patch: &str, files: &mut Files) -> Result<(), String> {
    for hunk in hunks(patch)? {
        let text = files.entry(hunk.path.clone()).or_default();
        let mut lines: Vec<&str> = text.lines().collect();
        let at = hunk.place(&lines).ok_or_else(|| hunk.fault())?;
        lines.splice(at..at + hunk.old.len(), hunk.new);
        *text = lines.join("\n") + "\n";
    }
    Ok(())
}

fn hunks(patch: &str) -> Result<Vec<Hunk<'_>>, String> {
    let mut hunks: Vec<Hunk> = Vec::new();
    let mut path = String::new();
    for line in patch.lines() {
        if let Some(name) = line.strip_prefix("+++ b/") {
            path = name.to_owned();
        } else if let Some(places) = line.strip_prefix("@@ -") {
            let hunk = Hunk::at(places).ok_or_else(|| format!("no line is told: {line}"))?;
            hunks.push(Hunk { path: path.clone(), ..hunk });
        } else if !line.starts_with("--- ") {
            let hunk = hunks.last_mut().ok_or("it does not begin with ---, +++ and @@")?;
            hunk.read(line)?;
        }
    }
    if let Some(hunk) = hunks.iter().find(|hunk| hunk.counts != hunk.counted()) {
        return Err(format!("the hunk at line {} has not as many lines as it says", hunk.line));
    }
    if hunks.is_empty() { Err("there is nothing in it".to_owned()) } else { Ok(hunks) }
}

impl<'a> Hunk<'a> {
    /// Of `1,7 +1,8 @@`, which stands behind `@@ -`.
    fn at(places: &str) -> Option<Self> {
        let mut places = places.split(' ');
        let mut place = || {
            let place = places.next()?.trim_start_matches('+');
            let (line, count) = place.split_once(',').unwrap_or((place, "1"));
            Some((line.parse().ok()?, count.parse().ok()?))
        };
        let ((line, old), (_, new)): ((usize, usize), (usize, usize)) = (place()?, place()?);
        Some(Self { line, counts: [old, new], ..Self::default() })
    }

    fn counted(&self) -> [usize; 2] {
        [self.old.len(), self.new.len()]
    }

    fn read(&mut self, line: &'a str) -> Result<(), String> {
        match line.split_at_checked(1) {
            Some(("-", text)) => self.old.push(text),
            Some(("+", text)) => self.new.push(text),
            Some((" ", text)) => {
                self.old.push(text);
                self.new.push(text);
            }
            // An editor has taken the blank away.
            None => {
                self.old.push("");
                self.new.push("");
            }
            _ => return Err(format!("no line of a patch: {line}")),
        }
        Ok(())
    }

    /// Where its old lines are; if that is in several places, the nearest.
    fn place(&self, lines: &[&str]) -> Option<usize> {
        if self.old.is_empty() {
            // Behind that line.
            return Some(self.line.min(lines.len()));
        }
        let windows = lines.windows(self.old.len()).enumerate();
        let places = windows.filter(|(_, window)| *window == self.old.as_slice());
        places.map(|(at, _)| at).min_by_key(|at| at.abs_diff(self.line.saturating_sub(1)))
    }

    fn fault(&self) -> String {
        format!("{} has not, near line {}:\n{}", self.path, self.line, self.old.join("\n"))
    }
}
