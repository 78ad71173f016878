//! Where a value came from.

use std::{fmt, path::PathBuf};

/// Where a value came from, strongest first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Origin {
    /// The command line.
    Flag(String),
    /// The environment.
    Variable(String),
    /// A file with a secret, named by a variable or by a key of the configuration file.
    SecretFile {
        /// The variable or key.
        named_by: String,
        /// The file.
        path: PathBuf,
    },
    /// The configuration file.
    File(PathBuf),
    /// Nobody said anything.
    Default,
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Flag(flag) => write!(f, "flag {flag}"),
            Self::Variable(name) => write!(f, "environment {name}"),
            Self::SecretFile { named_by, path } => {
                write!(f, "file {} named by {named_by}", path.display())
            }
            Self::File(path) => write!(f, "file {}", path.display()),
            Self::Default => f.write_str("default"),
        }
    }
}
