//! The configuration file: flat TOML, in which a key that means nothing is an error.

use std::{
    collections::HashMap,
    fs, io,
    path::{Path, PathBuf},
};

use toml::{Table, Value};

use super::{ConfigError, Setting};

/// Below this likeness (Jaro-Winkler, 0 to 1) a suggestion is noise.
const LIKENESS: f64 = 0.8;

/// What a configuration file says.
#[derive(Debug, Default)]
pub(super) struct File {
    pub(super) path: Option<PathBuf>,
    values: HashMap<String, String>,
}

impl File {
    /// Reads the named file, or the default one if it exists.
    pub(super) fn read(
        named: Option<&Path>,
        default: &str,
        table: &[Setting],
    ) -> Result<Self, ConfigError> {
        let path = named.unwrap_or(Path::new(default));
        match fs::read_to_string(path) {
            Ok(text) => Self::parse(path, &text, table),
            Err(error) if named.is_none() && error.kind() == io::ErrorKind::NotFound => {
                Ok(Self::default())
            }
            Err(source) => Err(ConfigError::Unreadable {
                what: "configuration file",
                path: path.to_owned(),
                source,
            }),
        }
    }

    fn parse(path: &Path, text: &str, settings: &[Setting]) -> Result<Self, ConfigError> {
        let known = names(settings);
        let table: Table = text.parse().map_err(|error| syntax(path, text, &error))?;
        let mut values = HashMap::new();
        for (key, value) in table {
            if !known.contains(&key) {
                return Err(ConfigError::UnknownKey {
                    path: path.to_owned(),
                    similar: similar(&key, &known),
                    key,
                    known,
                });
            }
            let Some(text) = scalar(value) else {
                return Err(ConfigError::NotAValue {
                    path: path.to_owned(),
                    key,
                });
            };
            values.insert(key, text);
        }
        Ok(Self {
            path: Some(path.to_owned()),
            values,
        })
    }

    pub(super) fn get(&self, name: &str) -> Option<&str> {
        self.values.get(name).map(String::as_str)
    }
}

fn names(settings: &[Setting]) -> Vec<String> {
    let keys = |setting: &Setting| {
        let name = setting.name.to_owned();
        std::iter::once(name).chain(setting.file_key())
    };
    settings.iter().flat_map(keys).collect()
}

fn similar(key: &str, known: &[String]) -> Option<String> {
    let key = key.to_ascii_lowercase().replace('-', "_");
    known
        .iter()
        .map(|name| (strsim::jaro_winkler(&key, name), name))
        .filter(|(likeness, _)| *likeness >= LIKENESS)
        .max_by(|a, b| a.0.total_cmp(&b.0))
        .map(|(_, name)| name.clone())
}

fn scalar(value: Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text),
        Value::Integer(number) => Some(number.to_string()),
        Value::Boolean(value) => Some(value.to_string()),
        Value::Float(_) | Value::Datetime(_) | Value::Array(_) | Value::Table(_) => None,
    }
}

/// The parser's own rendering quotes the line, which may hold a password: only
/// its message and the line's number are kept.
fn syntax(path: &Path, text: &str, error: &toml::de::Error) -> ConfigError {
    let at = error.span().map_or(0, |span| span.start.min(text.len()));
    let before = text.as_bytes().get(..at).unwrap_or_default();
    ConfigError::Syntax {
        path: path.to_owned(),
        line: 1 + before
            .split(|byte| *byte == b'\n')
            .count()
            .saturating_sub(1),
        reason: error
            .message()
            .lines()
            .next()
            .unwrap_or_default()
            .to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn setting(name: &'static str, secret: bool) -> Setting {
        Setting {
            name,
            secret,
            ..Setting::NEW
        }
    }

    fn parse(text: &str) -> Result<File, ConfigError> {
        let table = [
            setting("database_url", true),
            setting("data_dir", false),
            setting("port", false),
            setting("secure_cookies", false),
        ];
        File::parse(Path::new("app.toml"), text, &table)
    }

    #[test]
    fn a_port_may_be_a_number_or_text() {
        assert_eq!(parse("port = 80").unwrap().get("port"), Some("80"));
        assert_eq!(parse("port = \"80\"").unwrap().get("port"), Some("80"));
    }

    #[test]
    fn a_switch_may_be_a_truth_value_or_text() {
        for text in ["secure_cookies = true", "secure_cookies = \"true\""] {
            assert_eq!(parse(text).unwrap().get("secure_cookies"), Some("true"));
        }
    }

    #[test]
    fn an_unknown_key_is_refused_with_the_one_that_was_meant() {
        for (key, meant) in [
            ("databse_url", "database_url"),
            ("data-dir", "data_dir"),
            ("prot", "port"),
        ] {
            let error = parse(&format!("{key} = 1")).unwrap_err();
            assert_eq!(error.remedy(), format!("Did you mean `{meant}`?"));
        }
        let error = parse("zzz = 1").unwrap_err();
        assert!(error.remedy().starts_with("The keys are database_url"));
    }

    #[test]
    fn a_syntax_error_names_the_line_and_does_not_quote_it() {
        let error = parse("port = 1\ndatabase_url = \"postgres://u:hunter2@h/d\" x").unwrap_err();
        let text = format!("{error} {}", error.remedy());
        assert!(text.contains("(line 2)"), "{text}");
        assert!(!text.contains("hunter2"), "{text}");
    }

    #[test]
    fn a_table_is_not_a_value() {
        assert!(matches!(
            parse("[port]\nx = 1"),
            Err(ConfigError::NotAValue { .. })
        ));
    }
}
