//! The table of results, and the same as JSON.

use std::path::Path;

use anyhow::Context as _;
use comfy_table::{ContentArrangement, Table, presets::UTF8_FULL_CONDENSED};
use serde::Serialize;

/// What was measured in one way: one number, or a few of one distribution.
#[derive(Debug, Serialize)]
pub(crate) struct Measurement {
    pub(crate) name: String,
    pub(crate) figures: Vec<Figure>,
    pub(crate) unit: &'static str,
    /// How the figures came to be, for people.
    pub(crate) detail: String,
}

/// One number with its bound.
#[derive(Debug, Serialize)]
pub(crate) struct Figure {
    /// Which of several it is, such as `p99`; `value` when it is the only one.
    pub(crate) name: &'static str,
    pub(crate) value: f64,
    /// What it should be; `None` when it only explains the others.
    pub(crate) bound: Option<Bound>,
    /// Whether it is within its bound.
    pub(crate) met: bool,
}

/// What a number should be: at least or at most this.
#[derive(Debug, Clone, Copy, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) enum Bound {
    AtLeast(f64),
    AtMost(f64),
}

impl Bound {
    fn holds(self, value: f64) -> bool {
        match self {
            Self::AtLeast(bound) => value >= bound,
            Self::AtMost(bound) => value <= bound,
        }
    }

    fn text(self) -> String {
        match self {
            Self::AtLeast(bound) => format!(">= {bound}"),
            Self::AtMost(bound) => format!("<= {bound}"),
        }
    }
}

impl Figure {
    /// A number with or without a bound.
    pub(crate) fn new(name: &'static str, value: f64, bound: Option<Bound>) -> Self {
        Self {
            name,
            value,
            bound,
            met: bound.is_none_or(|bound| bound.holds(value)),
        }
    }
}

impl Measurement {
    /// A single number.
    pub(crate) fn one(
        name: impl Into<String>,
        unit: &'static str,
        value: f64,
        bound: Option<Bound>,
        detail: String,
    ) -> Self {
        Self {
            name: name.into(),
            figures: vec![Figure::new("value", value, bound)],
            unit,
            detail,
        }
    }

    fn met(&self) -> bool {
        self.figures.iter().all(|figure| figure.met)
    }

    fn verdict(&self) -> &'static str {
        match (
            self.met(),
            self.figures.iter().any(|figure| figure.bound.is_some()),
        ) {
            (false, _) => "MISSED",
            (true, true) => "met",
            (true, false) => "",
        }
    }

    fn values(&self) -> String {
        let values = self.figures.iter().map(|f| format!("{:.2}", f.value));
        values.collect::<Vec<_>>().join(" / ")
    }

    fn wanted(&self) -> String {
        let alone = self.figures.len() == 1;
        let wanted = self.figures.iter().filter_map(|figure| {
            let bound = figure.bound?.text();
            Some(if alone {
                bound
            } else {
                format!("{} {bound}", figure.name)
            })
        });
        wanted.collect::<Vec<_>>().join(", ")
    }
}

/// All measurements of a run.
#[derive(Debug, Serialize)]
pub(crate) struct Report {
    /// Where it ran, one fact each.
    machine: Vec<String>,
    measurements: Vec<Measurement>,
}

impl Report {
    pub(crate) fn new(machine: Vec<String>) -> Self {
        Self {
            machine,
            measurements: Vec::new(),
        }
    }

    pub(crate) fn add(&mut self, measurements: Vec<Measurement>) {
        for m in &measurements {
            let (values, verdict) = (m.values(), m.verdict());
            eprintln!("{}: {values} {} {verdict} ({})", m.name, m.unit, m.detail);
        }
        self.measurements.extend(measurements);
    }

    /// Whether every bound holds.
    pub(crate) fn met(&self) -> bool {
        self.measurements.iter().all(Measurement::met)
    }

    pub(crate) fn table(&self) -> Table {
        let mut table = Table::new();
        table.load_preset(UTF8_FULL_CONDENSED);
        table.set_content_arrangement(ContentArrangement::Dynamic);
        table.set_header(["measurement", "value", "unit", "wanted", "", "from"]);
        for m in &self.measurements {
            let (values, wanted) = (m.values(), m.wanted());
            table.add_row([&m.name, &values, m.unit, &wanted, m.verdict(), &m.detail]);
        }
        table
    }

    pub(crate) fn write(&self, path: &Path) -> anyhow::Result<()> {
        if let Some(folder) = path.parent() {
            std::fs::create_dir_all(folder).context("make the folder of the results")?;
        }
        let json = serde_json::to_string_pretty(self).context("write the results as JSON")?;
        std::fs::write(path, json + "\n").with_context(|| format!("write {}", path.display()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_missed_bound_is_a_missed_report() {
        let mut report = Report::new(Vec::new());
        let within = Figure::new("p50", 4.0, Some(Bound::AtMost(5.0)));
        let beyond = Figure::new("p99", 21.0, Some(Bound::AtMost(20.0)));
        let measurement = |figures| Measurement {
            name: "times".into(),
            figures,
            unit: "ms",
            detail: String::new(),
        };
        report.add(vec![measurement(vec![within])]);
        assert!(report.met());
        report.add(vec![measurement(vec![beyond])]);
        assert!(!report.met());
        assert_eq!(report.measurements[1].verdict(), "MISSED");
        assert_eq!(report.measurements[1].wanted(), "<= 20");
    }

    #[test]
    fn what_is_not_a_number_meets_no_bound() {
        let nothing = Figure::new("p99", f64::NAN, Some(Bound::AtMost(20.0)));
        assert!(!nothing.met);
    }
}
