//! Reads what `/metrics` says.

/// The sum of all samples of this name whose labels have all of these: `why="Wrong"`.
pub(crate) fn count(metrics: &str, name: &str, labels: &[&str]) -> u64 {
    let samples = metrics.lines().filter(|line| !line.starts_with('#'));
    let of_name = samples.filter_map(|line| {
        let rest = line.strip_prefix(name)?;
        let (labels, value) = match rest.strip_prefix('{') {
            Some(rest) => rest.rsplit_once("} ")?,
            None => ("", rest.strip_prefix(' ')?),
        };
        Some((labels, value))
    });
    let asked =
        of_name.filter(|(said, _)| labels.iter().all(|label| said.contains(label)));
    asked.map(|(_, value)| value.parse::<u64>().expect("a number")).sum()
}
