//! `studyhall config show`: the configuration that would be used, without secrets.

use std::fmt::Write as _;

use serde_json::{Map, Value, json};

use crate::{
    config::{Config, Shown},
    terminal::{Exit, Failure, Output},
};

pub(super) fn run(config: &Config, output: Output, origin: bool) -> Result<Exit, Failure> {
    let shown = config.shown();
    let whole: Map<String, Value> = shown
        .iter()
        .map(|line| (line.key.name().to_owned(), value(line, origin)))
        .collect();
    let lines: Vec<_> = shown.iter().map(|line| entry(line, origin)).collect();
    output.data(&whole, &lines, || toml(config, &shown, origin))?;
    Ok(Exit::Done)
}

fn value(line: &Shown, origin: bool) -> Value {
    if origin {
        json!({ "value": line.value, "origin": line.origin.to_string() })
    } else {
        line.value.clone()
    }
}

fn entry(line: &Shown, origin: bool) -> Value {
    let name = line.key.name();
    if origin {
        json!({ "name": name, "value": line.value, "origin": line.origin.to_string() })
    } else {
        json!({ "name": name, "value": line.value })
    }
}

/// As a configuration file has it, so that it can be the start of one.
fn toml(config: &Config, shown: &[Shown], origin: bool) -> String {
    let mut text = match &config.file {
        Some(path) => format!("# with {}\n", path.display()),
        None => String::new(),
    };
    for line in shown {
        let value = match &line.value {
            Value::String(value) => toml::Value::from(value.as_str()).to_string(),
            other => other.to_string(),
        };
        let _ = write!(text, "{} = {value}", line.key.name());
        if origin {
            let _ = write!(text, "  # {}", line.origin);
        }
        text.push('\n');
    }
    text
}
