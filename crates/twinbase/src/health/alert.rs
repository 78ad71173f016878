//! What is wrong, how bad it is, and what to do about it.

use serde::Serialize;

/// How bad one thing is, from bad to worse.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum Severity {
    /// It works, and somebody should look.
    Warning,
    /// It does not work, or is far behind.
    Critical,
}

impl Severity {
    /// As people and programs read it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Warning => "warning",
            Self::Critical => "critical",
        }
    }
}

/// How the whole is, from good to bad.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum Level {
    /// All is well.
    Healthy,
    /// It works, and somebody should look.
    Degraded,
    /// It does not work, or is far behind.
    Unhealthy,
}

impl Level {
    /// The whole is as bad as the worst alert.
    pub fn of(alerts: &[Alert]) -> Self {
        match alerts.iter().map(|alert| alert.severity).max() {
            None => Self::Healthy,
            Some(Severity::Warning) => Self::Degraded,
            Some(Severity::Critical) => Self::Unhealthy,
        }
    }

    /// As people and programs read it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Healthy => "healthy",
            Self::Degraded => "degraded",
            Self::Unhealthy => "unhealthy",
        }
    }
}

/// Something that is wrong.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Alert {
    /// How bad it is.
    pub severity: Severity,
    /// What kind, for programs.
    pub code: &'static str,
    /// What happened, for people.
    pub message: String,
    /// What to do about it; names commands as `twinbase` and programs with its commands have them.
    pub remedy: &'static str,
}

impl Alert {
    pub(super) fn critical(
        code: &'static str,
        message: impl Into<String>,
        remedy: &'static str,
    ) -> Self {
        Self::new(Severity::Critical, code, message, remedy)
    }

    pub(super) fn warning(
        code: &'static str,
        message: impl Into<String>,
        remedy: &'static str,
    ) -> Self {
        Self::new(Severity::Warning, code, message, remedy)
    }

    pub(super) fn new(
        severity: Severity,
        code: &'static str,
        message: impl Into<String>,
        remedy: &'static str,
    ) -> Self {
        Self {
            severity,
            code,
            message: message.into(),
            remedy,
        }
    }
}
