//! What a program says of its settings: `config show`, `config schema` and `config reference`.

use std::{fmt::Write as _, path::Path};

use clap::Subcommand;
use serde_json::{Map, Value, json};

use super::{ConfigError, Settings, Shown, reference, schema};
use crate::{
    program,
    terminal::{Exit, Failure, Output, print},
};

/// What `config` does.
#[derive(Debug, Subcommand)]
pub enum ConfigAction {
    /// Show the configuration that would be used, with secrets hidden.
    #[command(after_long_help = "\
Examples:
  {program} config show
  {program} config show --origin --json

A flag wins over the environment, that over the file, that over the default.")]
    Show {
        /// Show where each value comes from.
        #[arg(long)]
        origin: bool,
    },
    /// Print the JSON schema of the configuration file.
    #[command(after_long_help = "\
Example:
  {program} config schema > {program}.schema.json")]
    Schema,
    /// Print a page of all settings, in Markdown.
    #[command(after_long_help = "\
Example:
  {program} config reference > SETTINGS.md")]
    Reference,
}

impl ConfigAction {
    /// Prints what is asked for. What needs no configuration works with a wrong one.
    pub fn run<C: Settings>(
        &self,
        resolve: impl FnOnce() -> Result<C, ConfigError>,
        output: Output,
    ) -> Result<Exit, Failure> {
        match self {
            Self::Show { origin } => show(&resolve()?, output, *origin)?,
            Self::Schema => {
                let schema = schema::of(program::name(), C::TABLE);
                print(&format!("{schema:#}"))?;
            }
            Self::Reference => print(&reference::of::<C>(program::name()))?,
        }
        Ok(Exit::Done)
    }
}

fn show(config: &impl Settings, output: Output, origin: bool) -> Result<(), Failure> {
    let shown = config.shown();
    let whole: Map<String, Value> = shown
        .iter()
        .map(|line| (line.name.to_owned(), value(line, origin)))
        .collect();
    let lines: Vec<_> = shown.iter().map(|line| entry(line, origin)).collect();
    output.data(&whole, &lines, || toml(config.file(), &shown, origin))
}

fn value(line: &Shown, origin: bool) -> Value {
    if origin {
        json!({ "value": line.value, "origin": line.origin.to_string() })
    } else {
        line.value.clone()
    }
}

fn entry(line: &Shown, origin: bool) -> Value {
    let mut entry = json!({ "name": line.name, "value": line.value });
    if origin {
        entry["origin"] = line.origin.to_string().into();
    }
    entry
}

/// As a configuration file has it, so that it can be the start of one.
fn toml(file: Option<&Path>, shown: &[Shown], origin: bool) -> String {
    let mut text = match file {
        Some(path) => format!("# with {}\n", path.display()),
        None => String::new(),
    };
    for line in shown {
        let value = match &line.value {
            Value::String(value) => toml::Value::from(value.as_str()).to_string(),
            other => other.to_string(),
        };
        let _ = write!(text, "{} = {value}", line.name);
        if origin {
            let _ = write!(text, "  # {}", line.origin);
        }
        text.push('\n');
    }
    text
}
