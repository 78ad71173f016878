//! Pauses.

use jiff::Timestamp;
use serde::Serialize;
use twinbase::{core::primary::Pause, operate::scope_name};

/// A pause that holds.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct PauseView {
    scope: String,
    since: Timestamp,
    reason: String,
}

impl PauseView {
    /// What is paused, by its name.
    pub fn scope(&self) -> &str {
        &self.scope
    }
}

impl From<&Pause> for PauseView {
    fn from(pause: &Pause) -> Self {
        Self {
            scope: scope_name(&pause.scope),
            since: pause.since,
            reason: pause.reason.clone(),
        }
    }
}
