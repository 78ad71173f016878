//! The environment as a value, so that resolving is a function of its inputs.

use std::collections::HashMap;

use super::ConfigError;

/// Variables with their values. An empty value counts as not set: that is how
/// compose files and unit files leave a variable out.
#[derive(Debug, Clone, Default)]
pub(crate) struct Environment(HashMap<String, Option<String>>);

impl Environment {
    /// The variables of this process.
    pub(crate) fn of_process() -> Self {
        let pairs = std::env::vars_os().filter_map(|(name, value)| {
            let name = name.into_string().ok()?;
            Some((name, value.into_string().ok()))
        });
        Self(pairs.collect())
    }

    /// The value of a variable that is set.
    pub(crate) fn get(&self, name: &'static str) -> Result<Option<&str>, ConfigError> {
        match self.0.get(name) {
            None => Ok(None),
            Some(Some(value)) if value.is_empty() => Ok(None),
            Some(Some(value)) => Ok(Some(value)),
            Some(None) => Err(ConfigError::NotText { name }),
        }
    }
}

#[cfg(test)]
impl<const N: usize> From<[(&str, &str); N]> for Environment {
    fn from(pairs: [(&str, &str); N]) -> Self {
        let pairs = pairs.map(|(name, value)| (name.to_owned(), Some(value.to_owned())));
        Self(pairs.into())
    }
}
