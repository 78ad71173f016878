//! From flags, environment and file to the configuration.

use std::{
    fs,
    path::{Path, PathBuf},
    time::Duration,
};

use studyhall::api::TrustedProxies;
use twinbase::core::OutboxStatus;

use twinbase_cli::{PrimaryUrl, ReplicaUrl, Unusable};

use super::{
    Config, ConfigError, Environment, Key, ListenAddress, LogFormat, MetricsToken, Origin, Setting,
    file::File, span,
};

/// The file of the primary in the data folder.
const PRIMARY_FILE: &str = "studyhall.db";
/// The file of the replica in the data folder.
const REPLICA_FILE: &str = "documents.db";

/// What the command line says.
#[derive(Debug, Clone, Default)]
pub(crate) struct Flags {
    /// `--config`.
    pub(crate) config: Option<PathBuf>,
    /// Flags of settings, as text.
    pub(crate) values: Vec<(Key, String)>,
}

/// Resolves the configuration.
pub(crate) fn resolve(flags: &Flags, environment: &Environment) -> Result<Config, ConfigError> {
    let named = match &flags.config {
        Some(path) => Some(path.clone()),
        None => environment.get("STUDYHALL_CONFIG")?.map(PathBuf::from),
    };
    let sources = Sources {
        flags,
        environment,
        file: File::read(named.as_deref())?,
    };
    sources.resolve()
}

struct Sources<'a> {
    flags: &'a Flags,
    environment: &'a Environment,
    file: File,
}

impl Sources<'_> {
    fn resolve(self) -> Result<Config, ConfigError> {
        let data_dir = self.setting(Key::DataDir, "studyhall-data", |text| {
            Ok(PathBuf::from(text))
        })?;
        let inside =
            |scheme: &str, file: &str| format!("{scheme}:{}", data_dir.value.join(file).display());
        Ok(Config {
            database_url: self.setting(
                Key::DatabaseUrl,
                &inside("sqlite", PRIMARY_FILE),
                PrimaryUrl::parse,
            )?,
            mongodb_url: self.setting(
                Key::MongodbUrl,
                &inside("embedded", REPLICA_FILE),
                ReplicaUrl::parse,
            )?,
            host: self.setting(Key::Host, "127.0.0.1", |text| Ok(text.to_owned()))?,
            port: self.setting(Key::Port, "3001", port)?,
            log_level: self.setting(Key::LogLevel, "info", log_level)?,
            log_format: self.setting(Key::LogFormat, "text", log_format)?,
            session_lifetime: self.setting(Key::SessionLifetime, "30d", span)?,
            secure_cookies: self.setting(Key::SecureCookies, "false", yes_or_no)?,
            retention: self.setting(Key::Retention, "7d", span)?,
            backlog_cap: self.setting(Key::BacklogCap, "100000", backlog_cap)?,
            heartbeat: self.setting(Key::Heartbeat, "10s", span_or_off)?,
            metrics_token: self.setting(Key::MetricsToken, "", MetricsToken::parse)?,
            metrics_listen: self.setting(Key::MetricsListen, span::OFF, ListenAddress::parse)?,
            metrics_open: self.setting(Key::MetricsOpen, "false", yes_or_no)?,
            trusted_proxies: self.setting(Key::TrustedProxies, "", trusted_proxies)?,
            data_dir,
            file: self.file.path,
        })
    }

    fn setting<T>(
        &self,
        key: Key,
        default: &str,
        parse: impl FnOnce(&str) -> Result<T, Unusable>,
    ) -> Result<Setting<T>, ConfigError> {
        let (text, origin) = self
            .find(key)?
            .unwrap_or_else(|| (default.to_owned(), Origin::Default));
        match parse(&text) {
            Ok(value) => Ok(Setting { value, origin }),
            Err(error) => Err(ConfigError::Invalid {
                key,
                origin,
                reason: error.reason,
                remedy: error.remedy,
            }),
        }
    }

    fn find(&self, key: Key) -> Result<Option<(String, Origin)>, ConfigError> {
        if let Some((_, text)) = self.flags.values.iter().find(|(flag, _)| *flag == key) {
            return Ok(Some((text.clone(), Origin::Flag(key.flag()))));
        }
        let secret = key.secret_file();
        let direct = self.environment.get(key.variable())?;
        let by_file = match secret {
            Some((_, variable)) => self.environment.get(variable)?.map(|path| (variable, path)),
            None => None,
        };
        let variable = Origin::Variable(key.variable());
        if let Some(found) = choose(key.variable(), direct, variable, by_file)? {
            return Ok(Some(found));
        }
        let direct = self.file.get(key.name());
        let by_file = secret.and_then(|(name, _)| self.file.get(name).map(|path| (name, path)));
        let file = Origin::File(self.file.path.clone().unwrap_or_default());
        choose(key.name(), direct, file, by_file)
    }
}

/// A value given by itself or by a file that holds it, but not both.
fn choose(
    name: &'static str,
    direct: Option<&str>,
    origin: Origin,
    by_file: Option<(&'static str, &str)>,
) -> Result<Option<(String, Origin)>, ConfigError> {
    match (direct, by_file) {
        (None, None) => Ok(None),
        (Some(text), None) => Ok(Some((text.to_owned(), origin))),
        (Some(_), Some((file, _))) => Err(ConfigError::Twice { direct: name, file }),
        (None, Some((named_by, path))) => {
            let path = PathBuf::from(path);
            let text = secret(named_by, &path)?;
            Ok(Some((text, Origin::SecretFile { named_by, path })))
        }
    }
}

fn secret(named_by: &'static str, path: &Path) -> Result<String, ConfigError> {
    let text = fs::read_to_string(path).map_err(|source| ConfigError::Unreadable {
        what: "file of a secret",
        path: path.to_owned(),
        source,
    })?;
    let text = text.trim();
    if text.is_empty() {
        return Err(ConfigError::EmptySecret {
            named_by,
            path: path.to_owned(),
        });
    }
    Ok(text.to_owned())
}

fn invalid(reason: String, remedy: &str) -> Unusable {
    Unusable {
        reason,
        remedy: remedy.to_owned(),
    }
}

fn port(text: &str) -> Result<u16, Unusable> {
    text.trim().parse().map_err(|_| {
        invalid(
            format!("`{text}` is not a port"),
            "Use a number from 1 to 65535, or 0 for any free port, such as --port 3002.",
        )
    })
}

fn log_level(text: &str) -> Result<String, Unusable> {
    match tracing_subscriber::EnvFilter::try_new(text) {
        // A bare word that is no level is taken by the filter as the name of a target.
        Ok(_) if !text.contains('=') && !LEVELS.contains(&text.to_ascii_lowercase().as_str()) => {
            Err(invalid(format!("`{text}` is not a level"), LEVEL_REMEDY))
        }
        Ok(_) => Ok(text.to_owned()),
        Err(_) => Err(invalid(format!("`{text}` is not a filter"), LEVEL_REMEDY)),
    }
}

const LEVELS: [&str; 6] = ["off", "error", "warn", "info", "debug", "trace"];
const LEVEL_REMEDY: &str =
    "Use off, error, warn, info, debug or trace, or a filter such as `warn,studyhall=debug`.";

fn log_format(text: &str) -> Result<LogFormat, Unusable> {
    [LogFormat::Text, LogFormat::Json]
        .into_iter()
        .find(|format| format.name() == text)
        .ok_or_else(|| invalid(format!("`{text}` is not a format"), "Use text or json."))
}

fn span(text: &str) -> Result<Duration, Unusable> {
    span::parse(text).ok_or_else(|| {
        invalid(
            format!("`{text}` is not a span of time"),
            "Use a number with s, m, h or d, such as 12h or 30d.",
        )
    })
}

fn span_or_off(text: &str) -> Result<Option<Duration>, Unusable> {
    if text == span::OFF {
        return Ok(None);
    }
    span(text).map(Some).map_err(|error| Unusable {
        remedy: format!("{} Use {} for never.", error.remedy, span::OFF),
        ..error
    })
}

fn backlog_cap(text: &str) -> Result<u64, Unusable> {
    // Counting stops there, so that looking at a long backlog stays cheap.
    let most = OutboxStatus::COUNT_LIMIT;
    let number = text.trim().parse().ok();
    number.filter(|n| (1..=most).contains(n)).ok_or_else(|| {
        invalid(
            format!("`{text}` is not a number of events that can be counted to"),
            "Use a number from 1 to 100000, such as 20000.",
        )
    })
}

fn yes_or_no(text: &str) -> Result<bool, Unusable> {
    text.trim().parse().map_err(|_| {
        invalid(
            format!("`{text}` is neither true nor false"),
            "Use true or false.",
        )
    })
}

fn trusted_proxies(text: &str) -> Result<TrustedProxies, Unusable> {
    TrustedProxies::parse(text).map_err(|part| {
        invalid(
            format!("`{part}` is neither an address nor a network"),
            "Use addresses and networks separated by commas, such as 127.0.0.1,10.0.0.0/8.",
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn resolved(
        flags: &[(Key, &str)],
        environment: &Environment,
        file: &str,
    ) -> Result<Config, ConfigError> {
        let values = flags.iter().map(|(key, text)| (*key, (*text).to_owned()));
        Sources {
            flags: &Flags {
                config: None,
                values: values.collect(),
            },
            environment,
            file: File::parse(Path::new("f.toml"), file)?,
        }
        .resolve()
    }

    #[test]
    fn a_flag_wins_over_the_environment_the_file_and_the_default() {
        let environment = Environment::from([("PORT", "2")]);
        let port = |flags: &[(Key, &str)], environment: &Environment, file| {
            let port = resolved(flags, environment, file).unwrap().port;
            (port.value, port.origin.to_string())
        };
        let (flag, none) = ([(Key::Port, "1")], Environment::default());
        assert_eq!(
            port(&flag, &environment, "port = 3"),
            (1, "flag --port".into())
        );
        assert_eq!(
            port(&[], &environment, "port = 3"),
            (2, "environment PORT".into())
        );
        assert_eq!(port(&[], &none, "port = 3"), (3, "file f.toml".into()));
        assert_eq!(port(&[], &none, ""), (3001, "default".into()));
    }

    #[test]
    fn the_data_folder_moves_both_embedded_databases() {
        let config = resolved(&[(Key::DataDir, "/d")], &Environment::default(), "").unwrap();
        assert_eq!(config.database_url.value.expose(), "sqlite:/d/studyhall.db");
        assert_eq!(
            config.mongodb_url.value.expose(),
            "embedded:/d/documents.db"
        );
        assert!(config.uses_data_folder());
    }

    #[test]
    fn an_empty_variable_is_not_set() {
        let config = resolved(&[], &Environment::from([("PORT", "")]), "port = 3").unwrap();
        assert_eq!(config.port.value, 3);
    }

    #[test]
    fn a_secret_comes_from_a_file_or_from_a_variable_but_not_from_both() {
        let folder = std::env::temp_dir().join(format!("studyhall-secret-{}", std::process::id()));
        fs::write(&folder, "postgres://u:p@h/d\n").unwrap();
        let path = folder.to_str().unwrap().to_owned();
        let both = Environment::from([("DATABASE_URL_FILE", &*path), ("DATABASE_URL", "sqlite:x")]);
        let alone = Environment::from([("DATABASE_URL_FILE", &*path)]);
        assert!(matches!(
            resolved(&[], &both, ""),
            Err(ConfigError::Twice { .. })
        ));
        let config = resolved(&[], &alone, "").unwrap();
        fs::remove_file(&folder).unwrap();
        assert_eq!(config.database_url.value.expose(), "postgres://u:p@h/d");
    }

    #[test]
    fn a_heartbeat_can_be_switched_off() {
        let heartbeat = |text| {
            let flags = [(Key::Heartbeat, text)];
            let config = resolved(&flags, &Environment::default(), "").unwrap();
            config.heartbeat.value
        };
        assert_eq!(heartbeat("off"), None);
        assert_eq!(heartbeat("1m"), Some(Duration::from_mins(1)));
    }

    #[test]
    fn values_that_cannot_be_used_are_refused_with_a_remedy() {
        for (key, text) in [
            (Key::Port, "70000"),
            (Key::Port, "http"),
            (Key::LogLevel, "loud"),
            (Key::LogFormat, "xml"),
            (Key::SessionLifetime, "forever"),
            (Key::SecureCookies, "yes"),
            (Key::Retention, "7"),
            (Key::BacklogCap, "0"),
            (Key::BacklogCap, "1e6"),
            (Key::Heartbeat, "never"),
            (Key::MetricsToken, "too short"),
            (Key::MetricsListen, "9101"),
            (Key::MetricsOpen, "yes"),
            (Key::TrustedProxies, "10.0.0.0/8,proxy"),
            (Key::DatabaseUrl, "mysql://h/d"),
        ] {
            let error = resolved(&[(key, text)], &Environment::default(), "").unwrap_err();
            assert!(error.to_string().starts_with(key.flag()), "{error}");
            assert!(!error.remedy().is_empty());
        }
    }
}
