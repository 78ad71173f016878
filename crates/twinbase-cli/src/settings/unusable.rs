//! Why a text cannot be a value.

/// Why a text cannot be the value of a setting, before it is known which.
#[derive(Debug, PartialEq, Eq)]
pub struct Unusable {
    /// Why, without the text when it may be a secret.
    pub reason: String,
    /// What to write instead.
    pub remedy: String,
}

impl Unusable {
    /// A reason and what to write instead.
    pub fn new(reason: impl Into<String>, remedy: impl Into<String>) -> Self {
        Self {
            reason: reason.into(),
            remedy: remedy.into(),
        }
    }
}
