//! Where the values come from: flags, environment, file and defaults.

use std::{
    fs,
    path::{Path, PathBuf},
};

use super::{ConfigError, Environment, Origin, Resolved, Setting, Value, file::File};

/// Everything that says something of the settings.
#[derive(Debug)]
pub struct Sources<'a> {
    table: &'static [Setting],
    flags: &'a [(&'static str, String)],
    environment: &'a Environment,
    file: File,
}

impl<'a> Sources<'a> {
    pub(super) const fn new(
        table: &'static [Setting],
        flags: &'a [(&'static str, String)],
        environment: &'a Environment,
        file: File,
    ) -> Self {
        Self {
            table,
            flags,
            environment,
            file,
        }
    }

    /// The configuration file, when there is one.
    pub fn file(&self) -> Option<PathBuf> {
        self.file.path.clone()
    }

    /// The value of a setting.
    pub fn get<T: Value>(&self, setting: &'static Setting) -> Result<Resolved<T>, ConfigError> {
        let (text, origin) = self.text(setting)?;
        match T::parse(&text) {
            Ok(value) => Ok(Resolved { value, origin }),
            Err(error) => Err(ConfigError::Invalid {
                setting,
                origin,
                reason: error.reason,
                remedy: error.remedy,
            }),
        }
    }

    fn text(&self, setting: &Setting) -> Result<(String, Origin), ConfigError> {
        if let Some(found) = self.find(setting)? {
            return Ok(found);
        }
        let mut text = setting.default.to_owned();
        for other in self.table.iter().filter(|other| *other != setting) {
            let place = format!("{{{}}}", other.name);
            if text.contains(&place) {
                text = text.replace(&place, &self.text(other)?.0);
            }
        }
        Ok((text, Origin::Default))
    }

    fn find(&self, setting: &Setting) -> Result<Option<(String, Origin)>, ConfigError> {
        let (name, variable) = (setting.name, setting.variable);
        if let Some((_, text)) = self.flags.iter().find(|(flag, _)| *flag == name) {
            return Ok(Some((text.clone(), Origin::Flag(setting.flag()))));
        }
        let direct = self.environment.get(variable)?;
        let by_file = match setting.file_variable() {
            Some(file) => self.environment.get(&file)?.map(|path| (file, path)),
            None => None,
        };
        let origin = Origin::Variable(variable.to_owned());
        if let Some(found) = choose(variable, direct, origin, by_file)? {
            return Ok(Some(found));
        }
        let direct = self.file.get(name);
        let by_file = setting
            .file_key()
            .and_then(|key| self.file.get(&key).map(|path| (key, path)));
        let origin = Origin::File(self.file.path.clone().unwrap_or_default());
        choose(name, direct, origin, by_file)
    }
}

/// A value given by itself or by a file that holds it, but not both.
fn choose(
    name: &str,
    direct: Option<&str>,
    origin: Origin,
    by_file: Option<(String, &str)>,
) -> Result<Option<(String, Origin)>, ConfigError> {
    match (direct, by_file) {
        (None, None) => Ok(None),
        (Some(text), None) => Ok(Some((text.to_owned(), origin))),
        (Some(_), Some((file, _))) => Err(ConfigError::Twice {
            direct: name.to_owned(),
            file,
        }),
        (None, Some((named_by, path))) => {
            let path = PathBuf::from(path);
            let text = secret(&named_by, &path)?;
            Ok(Some((text, Origin::SecretFile { named_by, path })))
        }
    }
}

fn secret(named_by: &str, path: &Path) -> Result<String, ConfigError> {
    let text = fs::read_to_string(path).map_err(|source| ConfigError::Unreadable {
        what: "file of a secret",
        path: path.to_owned(),
        source,
    })?;
    let text = text.trim();
    if text.is_empty() {
        return Err(ConfigError::EmptySecret {
            named_by: named_by.to_owned(),
            path: path.to_owned(),
        });
    }
    Ok(text.to_owned())
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;
    use crate::settings::{Flags, PrimaryUrl, Settings as _};

    crate::settings! {
        /// Of a program that has a folder, a database in it, and a port.
        #[derive(Debug)]
        struct Config in "no-such-file.toml" or "APP_CONFIG" {
            /// The primary
            database_url: PrimaryUrl {
                variable: "DATABASE_URL", default: "sqlite:{folder}/app.db", secret: true,
            },
            /// The folder
            folder: PathBuf { variable: "APP_FOLDER", default: "data" },
            /// The port
            port: u16 { variable: "PORT", default: "3001" },
        }
    }

    #[derive(Parser)]
    struct Arguments {
        #[command(flatten)]
        settings: Flags<Config>,
    }

    fn resolved(flags: &[&str], variables: &[(&str, &str)]) -> Result<Config, ConfigError> {
        let arguments = Arguments::parse_from([&["app"], flags].concat());
        let variables = variables.iter().copied();
        let environment = variables
            .map(|(name, value)| (name.to_owned(), Some(value.to_owned())))
            .collect();
        Config::resolve(&arguments.settings, &environment)
    }

    /// A file with this text, and the flag that names it.
    fn file(text: &str) -> (tempfile::NamedTempFile, String) {
        let file = tempfile::NamedTempFile::new().unwrap();
        fs::write(file.path(), text).unwrap();
        let flag = format!("--config={}", file.path().display());
        (file, flag)
    }

    #[test]
    fn a_flag_wins_over_the_environment_the_file_and_the_default() {
        let (file, named) = file("port = 3");
        let of_file = format!("file {}", file.path().display());
        for (flags, variables, value, origin) in [
            (
                &["--port=1", &named][..],
                &[("PORT", "2")][..],
                1,
                "flag --port",
            ),
            (&[&named], &[("PORT", "2")], 2, "environment PORT"),
            (&[&named], &[], 3, &of_file),
            (&[&named], &[("PORT", "")], 3, &of_file),
            (&[], &[], 3001, "default"),
        ] {
            let port = resolved(flags, variables).unwrap().port;
            assert_eq!(
                (port.value, port.origin.to_string()),
                (value, origin.into())
            );
        }
    }

    #[test]
    fn a_default_follows_the_setting_that_it_names() {
        let url = |flags: &[&str]| {
            let config = resolved(flags, &[]).unwrap();
            (
                config.database_url.value.expose().to_owned(),
                config.database_url.origin,
            )
        };
        assert_eq!(url(&[]), ("sqlite:data/app.db".to_owned(), Origin::Default));
        assert_eq!(url(&["--folder=/d"]).0, "sqlite:/d/app.db");
    }

    #[test]
    fn a_secret_comes_from_a_file_or_from_a_variable_but_not_from_both() {
        let (file, _) = file("postgres://u:p@h/d\n");
        let by_file = ("DATABASE_URL_FILE", file.path().to_str().unwrap());
        let both = resolved(&[], &[by_file, ("DATABASE_URL", "sqlite:x")]);
        assert!(matches!(both, Err(ConfigError::Twice { .. })));
        let config = resolved(&[], &[by_file]).unwrap();
        assert_eq!(config.database_url.value.expose(), "postgres://u:p@h/d");
    }

    #[test]
    fn a_value_that_cannot_be_used_is_named_as_it_was_given() {
        let (_file, named) = file("port = 70000");
        for (flags, variables, name) in [
            (&["--port=x"][..], &[][..], "--port cannot"),
            (&[], &[("PORT", "x")], "PORT cannot"),
            (&[&*named], &[], "`port` in /"),
        ] {
            let error = resolved(flags, variables).unwrap_err();
            assert!(error.to_string().starts_with(name), "{error}");
        }
    }
}
