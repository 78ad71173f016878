//! What a setting can be: how it is read from a text, and how it is shown.

use std::{path::PathBuf, time::Duration};

use serde_json::Value as Json;
use tracing_subscriber::EnvFilter;

use super::{Unusable, span};
use crate::terminal::LogFormat;

/// How people say never or none, where that is a choice.
const OFF: &str = "off";

/// What a value is in the configuration file; all of them may be texts too.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A text.
    Text,
    /// A whole number.
    Number,
    /// True or false; its flag alone means true.
    Switch,
}

/// The value of a setting.
pub trait Value: Sized {
    /// What it is in the file.
    const KIND: Kind = Kind::Text;

    /// Reads it.
    fn parse(text: &str) -> Result<Self, Unusable>;

    /// The value as `config show` has it: without secrets, and so that it can be read again.
    fn shown(&self) -> Json;
}

impl Value for String {
    fn parse(text: &str) -> Result<Self, Unusable> {
        Ok(text.to_owned())
    }

    fn shown(&self) -> Json {
        self.as_str().into()
    }
}

impl Value for PathBuf {
    fn parse(text: &str) -> Result<Self, Unusable> {
        Ok(Self::from(text))
    }

    fn shown(&self) -> Json {
        self.display().to_string().into()
    }
}

impl Value for bool {
    const KIND: Kind = Kind::Switch;

    fn parse(text: &str) -> Result<Self, Unusable> {
        text.trim().parse().map_err(|_| {
            Unusable::new(
                format!("`{text}` is neither true nor false"),
                "Use true or false.",
            )
        })
    }

    fn shown(&self) -> Json {
        (*self).into()
    }
}

/// A port.
impl Value for u16 {
    const KIND: Kind = Kind::Number;

    fn parse(text: &str) -> Result<Self, Unusable> {
        text.trim().parse().map_err(|_| {
            Unusable::new(
                format!("`{text}` is not a port"),
                "Use a number from 1 to 65535, or 0 for any free port.",
            )
        })
    }

    fn shown(&self) -> Json {
        (*self).into()
    }
}

impl Value for Duration {
    fn parse(text: &str) -> Result<Self, Unusable> {
        span::parse(text).ok_or_else(|| {
            Unusable::new(
                format!("`{text}` is not a span of time"),
                "Use a number with s, m, h or d, such as 12h or 30d.",
            )
        })
    }

    fn shown(&self) -> Json {
        span::write(*self).into()
    }
}

/// `off` for none.
impl<T: Value> Value for Option<T> {
    const KIND: Kind = T::KIND;

    fn parse(text: &str) -> Result<Self, Unusable> {
        if matches!(text.trim(), "" | OFF) {
            return Ok(None);
        }
        T::parse(text).map(Some).map_err(|error| Unusable {
            remedy: format!("{} Use {OFF} for none.", error.remedy),
            ..error
        })
    }

    fn shown(&self) -> Json {
        self.as_ref().map_or_else(|| OFF.into(), Value::shown)
    }
}

impl Value for LogFormat {
    fn parse(text: &str) -> Result<Self, Unusable> {
        [Self::Text, Self::Json]
            .into_iter()
            .find(|format| format.name() == text)
            .ok_or_else(|| Unusable::new(format!("`{text}` is not a format"), "Use text or json."))
    }

    fn shown(&self) -> Json {
        self.name().into()
    }
}

const LEVELS: [&str; 6] = ["off", "error", "warn", "info", "debug", "trace"];

/// What is logged, in the syntax of `tracing`'s filters.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogFilter(String);

impl LogFilter {
    /// The filter as a text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl Value for LogFilter {
    fn parse(text: &str) -> Result<Self, Unusable> {
        let refused = |what| {
            Unusable::new(
                format!("`{text}` is not a {what}"),
                "Use off, error, warn, info, debug or trace, or a filter such as `warn,twinbase=debug`.",
            )
        };
        match EnvFilter::try_new(text) {
            // A bare word that is no level is taken by the filter as the name of a target.
            Ok(_)
                if !text.contains('=') && !LEVELS.contains(&text.to_ascii_lowercase().as_str()) =>
            {
                Err(refused("level"))
            }
            Ok(_) => Ok(Self(text.to_owned())),
            Err(_) => Err(refused("filter")),
        }
    }

    fn shown(&self) -> Json {
        self.as_str().into()
    }
}
