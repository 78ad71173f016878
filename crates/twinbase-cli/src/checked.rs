//! What an application checks of its own besides, when both sides are compared: sums that it keeps, and the like.

use std::fmt::Write as _;

use serde::Serialize;

use crate::terminal::text::one_line;

/// What one such check found. It is made in one snapshot, so that changes meanwhile are no fault.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Checked {
    /// Its name.
    pub name: &'static str,
    /// How many things were checked.
    pub checked: u64,
    /// How many of them are wrong.
    pub wrong: u64,
    /// A sentence about each of the first.
    pub samples: Vec<String>,
}

impl Checked {
    /// What is said of it where there is no table: a line, and one more for each sample.
    pub(crate) fn line(&self) -> String {
        let Self {
            name,
            checked,
            wrong,
            ..
        } = self;
        let mut line = format!("{name}: {wrong} of {checked} are wrong");
        for sample in &self.samples {
            let _ = write!(line, "\n{name}: {}", one_line(sample));
        }
        line
    }
}
