//! The environment as a value, so that resolving is a function of its inputs.

use std::collections::HashMap;

use super::ConfigError;

/// Variables with their values. An empty value counts as not set: that is how
/// compose files and unit files leave a variable out.
#[derive(Debug, Clone, Default)]
pub struct Environment(HashMap<String, Option<String>>);

impl Environment {
    /// The variables of this process.
    pub fn of_process() -> Self {
        let pairs = std::env::vars_os().filter_map(|(name, value)| {
            let name = name.into_string().ok()?;
            Some((name, value.into_string().ok()))
        });
        pairs.collect()
    }

    /// The value of a variable that is set.
    pub fn get(&self, name: &str) -> Result<Option<&str>, ConfigError> {
        match self.0.get(name) {
            None => Ok(None),
            Some(Some(value)) if value.is_empty() => Ok(None),
            Some(Some(value)) => Ok(Some(value)),
            Some(None) => Err(ConfigError::NotText {
                name: name.to_owned(),
            }),
        }
    }
}

/// A value that is not text is `None`.
impl FromIterator<(String, Option<String>)> for Environment {
    fn from_iter<I: IntoIterator<Item = (String, Option<String>)>>(pairs: I) -> Self {
        Self(pairs.into_iter().collect())
    }
}
