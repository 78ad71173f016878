//! The table of results, and the same as JSON.

use std::path::Path;

use anyhow::Context as _;
use comfy_table::{Table, presets::UTF8_FULL_CONDENSED};
use serde::Serialize;

/// One measured number with its bound.
#[derive(Debug, Serialize)]
pub(crate) struct Measurement {
    pub(crate) name: &'static str,
    pub(crate) value: f64,
    pub(crate) unit: &'static str,
    /// What it should be: at least or at most this.
    pub(crate) bound: Option<Bound>,
    /// How the value came to be, for people.
    pub(crate) detail: String,
}

#[derive(Debug, Clone, Copy, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) enum Bound {
    AtLeast(f64),
    AtMost(f64),
}

impl Measurement {
    fn verdict(&self) -> &'static str {
        match self.bound {
            None => "",
            Some(Bound::AtLeast(bound)) if self.value >= bound => "met",
            Some(Bound::AtMost(bound)) if self.value <= bound => "met",
            Some(_) => "MISSED",
        }
    }

    fn wanted(&self) -> String {
        match self.bound {
            None => String::new(),
            Some(Bound::AtLeast(bound)) => format!(">= {bound}"),
            Some(Bound::AtMost(bound)) => format!("<= {bound}"),
        }
    }
}

/// All measurements of a run.
#[derive(Debug, Default, Serialize)]
pub(crate) struct Report {
    measurements: Vec<Measurement>,
}

impl Report {
    pub(crate) fn add(&mut self, measurements: Vec<Measurement>) {
        for measurement in &measurements {
            eprintln!(
                "{}: {:.2} {} ({})",
                measurement.name, measurement.value, measurement.unit, measurement.detail
            );
        }
        self.measurements.extend(measurements);
    }

    pub(crate) fn table(&self) -> Table {
        let mut table = Table::new();
        table.load_preset(UTF8_FULL_CONDENSED);
        table.set_header(["measurement", "value", "unit", "wanted", "", "from"]);
        for m in &self.measurements {
            let value = format!("{:.2}", m.value);
            table.add_row([m.name, &value, m.unit, &m.wanted(), m.verdict(), &m.detail]);
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
