//! Parameters of the query. Each is read once; what is left in the end is unknown and refused.

use std::fmt::Display;

use axum::{
    extract::{FromRequestParts, OriginalUri},
    http::{Uri, request::Parts},
};
use jiff::{Timestamp, civil::Date};
use url::form_urlencoded;

use crate::{Code, LAST_TIME, Problem};

/// The parameters of one request.
#[derive(Debug)]
pub struct Params {
    pairs: Vec<(String, String)>,
}

/// Longer than any query of ours can be.
const LONGEST_QUERY_BYTES: usize = 8 * 1024;
/// How many items a page has when nobody says.
const DEFAULT_LIMIT: u32 = 50;

impl<S: Send + Sync> FromRequestParts<S> for Params {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        let original = parts.extensions.get::<OriginalUri>();
        Self::of(original.map_or(&parts.uri, |original| &original.0))
    }
}

impl Params {
    /// The parameters in a URI.
    pub fn of(uri: &Uri) -> Result<Self, Problem> {
        let query = uri.query().unwrap_or_default();
        if query.len() > LONGEST_QUERY_BYTES {
            return Err(Problem::new(
                Code::InvalidParameter,
                "The query may have at most 8 KiB.",
            ));
        }
        Ok(Self {
            pairs: form_urlencoded::parse(query.as_bytes())
                .into_owned()
                .collect(),
        })
    }

    /// Reads a parameter that may be left out, but not be given twice. An error is the end of a sentence
    /// that begins with the parameter's name.
    pub fn take<T, E: Display>(
        &mut self,
        name: &str,
        read: impl FnOnce(&str) -> Result<T, E>,
    ) -> Result<Option<T>, Problem> {
        let Some(at) = self.pairs.iter().position(|(given, _)| given == name) else {
            return Ok(None);
        };
        let (_, value) = self.pairs.swap_remove(at);
        if self.pairs.iter().any(|(given, _)| given == name) {
            return Err(Problem::invalid_parameter(name, "is given more than once"));
        }
        let value = read(&value);
        let value = value.map_err(|error| Problem::invalid_parameter(name, error.to_string()))?;
        Ok(Some(value))
    }

    /// How many items a page may have, as `limit` says: 1 to `most`.
    pub fn limit(&mut self, most: u32) -> Result<u32, Problem> {
        let limit = self.take("limit", |text| {
            let limit = text.parse().ok().filter(|limit| (1..=most).contains(limit));
            limit.ok_or_else(|| format!("must be a number from 1 to {most}"))
        })?;
        Ok(limit.unwrap_or(DEFAULT_LIMIT.min(most)))
    }

    /// Refuses parameters that nobody has read.
    pub fn finish(self) -> Result<(), Problem> {
        match self.pairs.first() {
            None => Ok(()),
            Some((name, _)) => {
                let name: String = name.chars().take(64).collect();
                Err(Problem::invalid_parameter(&name, "does not exist here"))
            }
        }
    }
}

/// A text of 1 to `most` bytes, without NUL, which not every database can keep.
pub fn plain(most: usize) -> impl Fn(&str) -> Result<String, String> {
    move |text| {
        if text.is_empty() || text.len() > most || text.contains('\0') {
            return Err(format!("must have 1 to {most} bytes and no NUL"));
        }
        Ok(text.to_owned())
    }
}

/// `true` or `false`.
pub fn boolean(text: &str) -> Result<bool, &'static str> {
    text.parse().map_err(|_| "must be true or false")
}

/// A time as RFC 3339 has it, in the years that every database can keep.
pub fn time(text: &str) -> Result<Timestamp, &'static str> {
    let at: Option<Timestamp> = text.parse().ok();
    at.filter(|at| (Timestamp::UNIX_EPOCH..=LAST_TIME).contains(at) && text.len() <= 64)
        .ok_or("must be a time such as 2030-01-31T09:00:00Z, from 1970 to 9999")
}

/// A day as `YYYY-MM-DD`, in the years that every database can keep.
pub fn date(text: &str) -> Result<Date, &'static str> {
    let date: Option<Date> = text.parse().ok();
    date.filter(|date| (1970..=9998).contains(&date.year()) && text.len() == 10)
        .ok_or("must be a day such as 2030-01-31, from 1970 to 9998")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_has_an_offset_and_a_year_that_can_be_kept() {
        assert!(time("2030-01-31T09:00:00+02:00").is_ok());
        for bad in [
            "2030-01-31",
            "2030-01-31T09:00:00",
            "2030-02-30T09:00:00Z",
            "-000001-01-01T00:00:00Z",
            "9999-12-30T22:00:00.9999Z",
            "9999-12-31T23:59:59Z",
            "\0",
        ] {
            assert!(time(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn a_day_is_written_in_full() {
        assert!(date("2028-02-29").is_ok());
        for bad in [
            "2030-02-29",
            "20300131",
            "1969-12-31",
            "2030-01-31T00:00",
            "",
        ] {
            assert!(date(bad).is_err(), "{bad}");
        }
    }
}
