//! What can be wrong with the configuration, each with what to do about it.
//!
//! No text quotes a URL: it may hold a password.

use std::{io, path::PathBuf};

use super::{Origin, Setting};
use crate::{program, terminal::Failure};

/// Why the configuration cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// A variable is not UTF-8.
    #[error("the environment variable {name} is not valid text")]
    NotText {
        /// The variable.
        name: String,
    },
    /// A file that was named cannot be read.
    #[error("the {what} {} cannot be read", path.display())]
    Unreadable {
        /// What it is.
        what: &'static str,
        /// The file.
        path: PathBuf,
        /// The cause.
        source: io::Error,
    },
    /// A secret's file holds nothing.
    #[error("the file {} that {named_by} names is empty", path.display())]
    EmptySecret {
        /// The variable or key.
        named_by: String,
        /// The file.
        path: PathBuf,
    },
    /// A secret is given twice in one place.
    #[error("both {direct} and {file} are set, so it is not clear which one to use")]
    Twice {
        /// The value's name.
        direct: String,
        /// The name of the one that names a file.
        file: String,
    },
    /// The configuration file is not TOML.
    #[error("the configuration file {} is not valid TOML (line {line}): {reason}", path.display())]
    Syntax {
        /// The file.
        path: PathBuf,
        /// Where.
        line: usize,
        /// Why, without the line itself.
        reason: String,
    },
    /// The configuration file has a key that means nothing.
    #[error("the configuration file {} has an unknown key `{key}`", path.display())]
    UnknownKey {
        /// The file.
        path: PathBuf,
        /// The key.
        key: String,
        /// What was perhaps meant.
        similar: Option<String>,
        /// All keys.
        known: Vec<String>,
    },
    /// The configuration file has a table or list where a value belongs.
    #[error("`{key}` in the configuration file {} is not a single value", path.display())]
    NotAValue {
        /// The file.
        path: PathBuf,
        /// The key.
        key: String,
    },
    /// A value is not acceptable.
    #[error("{} cannot be used: {reason}", named(setting, origin))]
    Invalid {
        /// The setting.
        setting: &'static Setting,
        /// Where it came from.
        origin: Origin,
        /// Why, without the value when it may be a secret.
        reason: String,
        /// What to write instead.
        remedy: String,
    },
}

impl ConfigError {
    /// One sentence that tells a person what to do.
    pub fn remedy(&self) -> String {
        match self {
            Self::NotText { name } => format!("Set {name} to text in UTF-8, or unset it."),
            Self::Unreadable { .. } => {
                "Check that the file exists and that this user may read it.".to_owned()
            }
            Self::EmptySecret { named_by, .. } => {
                format!("Write the value into that file, or unset {named_by}.")
            }
            Self::Twice { direct, file } => format!("Unset {direct} or {file}."),
            Self::Syntax { .. } => {
                let program = program::name();
                format!("Correct that line; `{program} config show` shows the result.")
            }
            Self::UnknownKey {
                similar: Some(name),
                ..
            } => format!("Did you mean `{name}`?"),
            Self::UnknownKey { known, .. } => format!("The keys are {}.", known.join(", ")),
            Self::NotAValue { key, .. } => format!("Write it as `{key} = \"...\"`."),
            Self::Invalid { remedy, .. } => remedy.clone(),
        }
    }
}

/// The setting by the name under which it was given.
fn named(setting: &Setting, origin: &Origin) -> String {
    let name = setting.name;
    match origin {
        Origin::Flag(given) | Origin::Variable(given) => given.clone(),
        Origin::SecretFile { path, .. } => format!("{name} from {}", path.display()),
        Origin::File(path) => format!("`{name}` in {}", path.display()),
        Origin::Default => format!("the default of {name}"),
    }
}

impl From<ConfigError> for Failure {
    fn from(error: ConfigError) -> Self {
        Self::of(&error, error.remedy()).of_usage()
    }
}
