//! A program's settings as one table, from which the flags, the reading of environment and file, `config show`,
//! the reference and the JSON schema of the file come.
//!
//! A flag wins over the environment, that over the file, that over the default.
//!
//! ```
//! use std::time::Duration;
//! use clap::Parser;
//! use twinbase_cli::{PrimaryUrl, settings::{Environment, Flags, Settings as _}};
//!
//! twinbase_cli::settings! {
//!     /// What the program runs with.
//!     #[derive(Debug, Clone)]
//!     pub struct Config in "app.toml" or "APP_CONFIG" {
//!         /// The primary: postgres://, cockroach:// or sqlite:
//!         database_url: PrimaryUrl {
//!             variable: "DATABASE_URL", value: "URL", default: "sqlite:app.db", secret: true
//!         },
//!         /// How long a session lasts
//!         session: Duration { variable: "APP_SESSION", value: "SPAN", default: "30d" },
//!     }
//! }
//!
//! #[derive(Parser)]
//! struct Arguments {
//!     #[command(flatten)]
//!     settings: Flags<Config>,
//! }
//!
//! # fn main() -> Result<(), twinbase_cli::settings::ConfigError> {
//! let arguments = Arguments::parse_from(["app", "--session", "12h"]);
//! let config = Config::resolve(&arguments.settings, &Environment::default())?;
//! assert_eq!(config.session.value, Duration::from_hours(12));
//! assert_eq!(config.session.origin.to_string(), "flag --session");
//! # Ok(())
//! # }
//! ```

mod command;
mod declare;
mod environment;
mod error;
mod file;
mod flags;
mod listen_address;
mod origin;
mod reference;
mod schema;
mod secret;
mod sources;
mod span;
mod unusable;
mod url;
mod value;

pub use command::ConfigAction;
pub use environment::Environment;
pub use error::ConfigError;
pub use flags::Flags;
pub use listen_address::ListenAddress;
pub use origin::Origin;
pub use secret::Secret;
pub use sources::Sources;
pub use unusable::Unusable;
pub use url::{PrimaryUrl, ReplicaUrl};
pub use value::{Kind, LogFilter, Value};

use std::path::Path;

use file::File;

/// One setting, as the table lists it.
#[derive(Debug, PartialEq, Eq)]
pub struct Setting {
    /// Its key in the configuration file; with dashes, its flag.
    pub name: &'static str,
    /// Its environment variable.
    pub variable: &'static str,
    /// The letter of its flag, when it has one.
    pub short: Option<char>,
    /// What stands for its value in the help.
    pub value: &'static str,
    /// Its value when nobody gives one. `{name}` in it stands for the value of another setting.
    pub default: &'static str,
    /// Whether it may hold a secret: then a file with the value can be named, by its key or variable with `_file` added.
    pub secret: bool,
    /// What it is: a line, and after an empty one what else there is to know.
    pub help: &'static [&'static str],
    /// What its value is in the file.
    pub kind: Kind,
}

impl Setting {
    /// A setting of which nothing is said yet.
    pub const NEW: Self = Self {
        name: "",
        variable: "",
        short: None,
        value: "VALUE",
        default: "",
        secret: false,
        help: &[],
        kind: Kind::Text,
    };

    /// Its flag, with the dashes before it.
    pub fn flag(&self) -> String {
        format!("--{}", self.name.replace('_', "-"))
    }

    /// The key of a file that holds it, when it may be a secret.
    fn file_key(&self) -> Option<String> {
        self.secret.then(|| format!("{}_file", self.name))
    }

    /// The variable that names a file that holds it, when it may be a secret.
    fn file_variable(&self) -> Option<String> {
        self.secret.then(|| format!("{}_FILE", self.variable))
    }

    /// Its variables, as the help lists them.
    fn variables(&self) -> String {
        let file = self.file_variable().map(|file| format!(", {file}"));
        format!("{}{}", self.variable, file.unwrap_or_default())
    }

    /// The first line of its help.
    fn summary(&self) -> &'static str {
        self.help.first().map_or("", |line| line.trim())
    }

    /// The rest of its help; empty when there is none.
    fn details(&self) -> String {
        let lines = self.help.iter().skip(1);
        let lines: Vec<_> = lines
            .map(|line| line.strip_prefix(' ').unwrap_or(line))
            .collect();
        lines.join("\n").trim().to_owned()
    }
}

/// A value, and where it came from.
#[derive(Debug, Clone)]
pub struct Resolved<T> {
    /// The value.
    pub value: T,
    /// Its origin.
    pub origin: Origin,
}

/// One line of `config show`.
#[derive(Debug)]
pub struct Shown {
    /// The setting.
    pub name: &'static str,
    /// Its value without secrets.
    pub value: serde_json::Value,
    /// Where it came from.
    pub origin: Origin,
}

/// The settings of a program; made by [`settings!`](crate::settings!).
pub trait Settings: Sized {
    /// The configuration file that is read when it exists and no other is named.
    const FILE: &'static str;
    /// The environment variable that names another one.
    const FILE_VARIABLE: &'static str;
    /// All settings, in the order in which they are shown.
    const TABLE: &'static [Setting];

    /// Reads every setting.
    fn read(sources: &Sources<'_>) -> Result<Self, ConfigError>;

    /// The configuration file, when there is one.
    fn file(&self) -> Option<&Path>;

    /// Every setting with its origin, and with secrets hidden.
    fn shown(&self) -> Vec<Shown>;

    /// The settings from flags, environment and file.
    fn resolve(flags: &Flags<Self>, environment: &Environment) -> Result<Self, ConfigError> {
        let named = match flags.file() {
            Some(path) => Some(path.to_owned()),
            None => environment.get(Self::FILE_VARIABLE)?.map(Into::into),
        };
        let file = File::read(named.as_deref(), Self::FILE, Self::TABLE)?;
        Self::read(&Sources::new(
            Self::TABLE,
            flags.values(),
            environment,
            file,
        ))
    }
}
