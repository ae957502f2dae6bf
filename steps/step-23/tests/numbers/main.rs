//! What the numbers look like while somebody attacks, and while the store is away.

mod attack;
mod chart;
#[cfg(redis)]
mod failover;
mod people;
mod read;

#[path = "../told/mod.rs"]
mod told;

use chart::{Phase, Series};
use step_23::watch::Watch;

/// What was counted up to the last look, and since then.
pub(crate) struct Looks {
    watch: Watch,
    before: Vec<u64>,
    series: Vec<(Series, &'static str, &'static [&'static str])>,
}

impl Looks {
    /// A look at each of these: what it is, its name at `/metrics`, its labels, and whether much
    /// of it is bad.
    pub(crate) fn at(
        watch: &Watch,
        series: &[(&'static str, &'static str, &'static [&'static str], bool)],
    ) -> Self {
        let named = |&(name, metric, labels, is_bad): &(
            _,
            &'static str,
            &'static [_],
            _,
        )| {
            let full = match labels {
                [] => metric.to_owned(),
                _ => format!("{metric}{{{}}}", labels.join(",")),
            };
            (
                Series { name, metric: full, is_bad, counts: Vec::new() },
                metric,
                labels,
            )
        };
        let series: Vec<_> = series.iter().map(named).collect();
        let mut looks =
            Self { watch: watch.clone(), before: vec![0; series.len()], series };
        looks.look();
        looks.series.iter_mut().for_each(|(series, ..)| series.counts.clear());
        looks
    }

    /// Looks once more.
    pub(crate) fn look(&mut self) {
        let text = self.watch.metrics.text().expect("numbers");
        for ((series, metric, labels), before) in
            self.series.iter_mut().zip(&mut self.before)
        {
            let now = read::count(&text, metric, labels);
            series.counts.push(now - *before);
            *before = now;
        }
    }

    /// Keeps what was seen, as a chart and as a table.
    pub(crate) fn keep(self, chart: &str, table: &str, phases: &[Phase]) {
        let series: Vec<_> =
            self.series.into_iter().map(|(series, ..)| series).collect();
        let drawn = chart::chart(chart, "100 requests", phases, &series);
        let mut settings = insta::Settings::clone_current();
        settings.set_snapshot_path("../snapshots");
        settings.set_prepend_module_to_snapshot(false);
        settings.set_omit_expression(true);
        settings.bind(|| {
            insta::assert_snapshot!(chart, drawn);
            insta::assert_snapshot!(table, chart::table(phases, &series));
        });
    }
}
