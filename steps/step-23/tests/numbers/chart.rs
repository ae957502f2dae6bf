//! A chart of what `/metrics` said, look by look: each series a row, each look a column.

use std::fmt::Write;

/// A part of the time, and how many looks it has.
pub(crate) struct Phase {
    pub(crate) name: &'static str,
    pub(crate) looks: usize,
}

/// What was counted, from each look to the next one.
pub(crate) struct Series {
    /// What it is, for who reads.
    pub(crate) name: &'static str,
    /// What it is called at `/metrics`.
    pub(crate) metric: String,
    /// Whether somebody should look when there is much of it.
    pub(crate) is_bad: bool,
    pub(crate) counts: Vec<u64>,
}

impl Series {
    fn of(&self, phases: &[Phase]) -> Vec<&[u64]> {
        let mut rest = &self.counts[..];
        let cut = |phase: &Phase| {
            let (of_phase, later) = rest.split_at(phase.looks);
            rest = later;
            of_phase
        };
        phases.iter().map(cut).collect()
    }

    /// The least and the most of one look in each phase, in words.
    fn told(&self, phases: &[Phase]) -> String {
        let told = phases.iter().zip(self.of(phases)).map(|(phase, counts)| {
            let (least, most) = (counts.iter().min(), counts.iter().max());
            let (least, most) = (least.expect("a look"), most.expect("a look"));
            let range = match least == most {
                true => most.to_string(),
                false => format!("{least} to {most}"),
            };
            format!("{}: {range}.", phase.name)
        });
        told.collect::<Vec<_>>().join(" ")
    }
}

/// The chart, in the book's HTML. `id` begins the ids in it, and `each` is what one look is of,
/// such as `100 requests`.
pub(crate) fn chart(
    id: &str,
    each: &str,
    phases: &[Phase],
    series: &[Series],
) -> String {
    let mut html = "<div class=\"numbers\">\n".to_owned();
    for (number, series) in (1..).zip(series) {
        html += &row(&format!("{id}-{number}"), each, phases, series);
    }
    html += "<p class=\"phases\">";
    for phase in phases {
        write!(
            html,
            "<span style=\"flex-grow: {}\">{}</span>",
            phase.looks, phase.name
        )
        .expect("text");
    }
    html + "</p>\n</div>\n"
}

fn row(id: &str, each: &str, phases: &[Phase], series: &Series) -> String {
    let Series { name, metric, is_bad, counts } = series;
    let top = counts.iter().copied().max().unwrap_or_default().max(100);
    let metric = metric.replace('"', "&quot;");
    let class = if *is_bad { "bad" } else { "good" };
    let looks = counts.len();
    format!(
        "<p><b>{name}</b> <code>{metric}</code> <span>{top}</span></p>\n\
         <svg class=\"{class}\" role=\"img\" aria-labelledby=\"{id}-title {id}-desc\" \
         viewBox=\"0 0 {looks} {top}\" preserveAspectRatio=\"none\">\n\
         <title id=\"{id}-title\">{name}, per {each}</title>\n\
         <desc id=\"{id}-desc\">{}</desc>\n\
         <path d=\"{}\"/>\n<path class=\"bounds\" d=\"{}\"/>\n</svg>\n",
        series.told(phases),
        steps(counts, top),
        bounds(phases, top),
    )
}

/// The outline of the columns, from the ground and back to it.
fn steps(counts: &[u64], top: u64) -> String {
    let mut outline = format!("M0 {top}");
    let mut before = 0;
    for (place, &count) in counts.iter().enumerate() {
        if count != before {
            write!(outline, "H{place}V{}", top - count).expect("text");
            before = count;
        }
    }
    format!("{outline}H{}V{top}Z", counts.len())
}

/// Where one phase ends and the next one begins.
fn bounds(phases: &[Phase], top: u64) -> String {
    let mut place = 0;
    let ends = phases[..phases.len() - 1].iter().map(|phase| {
        place += phase.looks;
        format!("M{place} 0V{top}")
    });
    ends.collect()
}

/// The same as a table: what each series counts in each phase, altogether.
pub(crate) fn table(phases: &[Phase], series: &[Series]) -> String {
    let mut table = "| |".to_owned();
    phases
        .iter()
        .for_each(|phase| write!(table, " {} |", phase.name).expect("text"));
    table += "\n| --- |";
    phases.iter().for_each(|_| table += " ---: |");
    for series in series {
        write!(table, "\n| {}, `{}` |", series.name, series.metric).expect("text");
        for counts in series.of(phases) {
            write!(table, " {} |", counts.iter().sum::<u64>()).expect("text");
        }
    }
    table + "\n"
}
