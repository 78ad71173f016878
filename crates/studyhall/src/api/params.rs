//! Parameters of the query. Each is read once; what is left in the end is unknown and refused.

use axum::http::Uri;
use url::form_urlencoded;

use super::{Code, Problem};
use crate::domain::Invalid;

/// The parameters of one request.
#[derive(Debug)]
pub(super) struct Params {
    pairs: Vec<(String, String)>,
}

/// Longer than any query of ours can be.
const LONGEST_QUERY_BYTES: usize = 4 * 1024;

impl Params {
    pub(super) fn of(uri: &Uri) -> Result<Self, Problem> {
        let query = uri.query().unwrap_or_default();
        if query.len() > LONGEST_QUERY_BYTES {
            return Err(Problem::new(
                Code::InvalidParameter,
                "The query may have at most 4 KiB.",
            ));
        }
        Ok(Self {
            pairs: form_urlencoded::parse(query.as_bytes())
                .into_owned()
                .collect(),
        })
    }

    /// Reads a parameter that may be left out, but not be given twice.
    pub(super) fn take<T>(
        &mut self,
        name: &str,
        read: impl FnOnce(&str) -> Result<T, Invalid>,
    ) -> Result<Option<T>, Problem> {
        let Some(at) = self.pairs.iter().position(|(given, _)| given == name) else {
            return Ok(None);
        };
        let (_, value) = self.pairs.swap_remove(at);
        if self.pairs.iter().any(|(given, _)| given == name) {
            return Err(Problem::invalid_parameter(name, "is given more than once"));
        }
        match read(&value) {
            Ok(value) => Ok(Some(value)),
            Err(invalid) => Err(Problem::invalid_parameter(name, invalid.to_string())),
        }
    }

    /// Refuses parameters that nobody has read.
    pub(super) fn finish(self) -> Result<(), Problem> {
        match self.pairs.first() {
            None => Ok(()),
            Some((name, _)) => {
                let name: String = name.chars().take(64).collect();
                Err(Problem::invalid_parameter(&name, "does not exist here"))
            }
        }
    }
}

/// `true` or `false`.
pub(super) fn boolean(text: &str) -> Result<bool, Invalid> {
    text.parse()
        .map_err(|_| Invalid::new("must be true or false"))
}

/// How many items a page has.
pub(super) fn limit(text: &str) -> Result<u32, Invalid> {
    let limit = text.parse().ok().filter(|limit| (1..=100).contains(limit));
    limit.ok_or_else(|| Invalid::new("must be a number from 1 to 100"))
}
