//! URLs of databases: which schemes are taken, and how a URL is shown.
//!
//! A URL is never printed as it is: what may be a secret (user, password,
//! parameters) is cut out here, and the `Debug` of both types goes through that.

use std::{fmt, path::Path};

use serde_json::Value as Json;

use super::{Unusable, Value};

/// The schemes of a primary.
const PRIMARY: [&str; 5] = [
    "postgres",
    "postgresql",
    "cockroach",
    "cockroachdb",
    "sqlite",
];
/// The schemes of a replica.
const REPLICA: [&str; 3] = ["mongodb", "mongodb+srv", "embedded"];

/// The URL of the primary.
#[derive(Clone, PartialEq, Eq)]
pub struct PrimaryUrl(String);

/// The URL of the replica.
#[derive(Clone, PartialEq, Eq)]
pub struct ReplicaUrl(String);

impl Value for PrimaryUrl {
    fn parse(text: &str) -> Result<Self, Unusable> {
        let remedy = "Write it as postgres://user:password@host:5432/database, cockroach://..., or sqlite:path/to/file.db";
        match scheme(text) {
            Some(scheme) if PRIMARY.contains(&scheme.as_str()) => {
                complete(text, &scheme, remedy)?;
                Ok(Self(text.to_owned()))
            }
            Some(scheme) if REPLICA.contains(&scheme.as_str()) => Err(Unusable {
                reason: format!("`{scheme}` is a document database, and this is the SQL side"),
                remedy: format!("Put that URL into MONGODB_URL. {remedy}"),
            }),
            other => Err(unknown(other, "SQL", remedy)),
        }
    }

    fn shown(&self) -> Json {
        self.redacted().into()
    }
}

impl PrimaryUrl {
    /// Which database it is of, as health reports name it.
    pub fn kind(&self) -> &'static str {
        match scheme(&self.0).unwrap_or_default().as_str() {
            "sqlite" => "sqlite",
            "cockroach" | "cockroachdb" => "cockroachdb",
            _ => "postgresql",
        }
    }

    /// The file that it names, when it is embedded.
    pub fn file(&self) -> Option<&Path> {
        (self.kind() == "sqlite").then(|| file(&self.0))
    }

    /// The URL itself, for connecting only.
    pub fn expose(&self) -> &str {
        &self.0
    }

    /// The URL without secrets.
    pub fn redacted(&self) -> String {
        redact(&self.0)
    }
}

impl Value for ReplicaUrl {
    fn parse(text: &str) -> Result<Self, Unusable> {
        let remedy = "Write it as mongodb://user:password@host:27017/database, mongodb+srv://..., or embedded:path/to/file.db";
        match scheme(text) {
            Some(scheme) if REPLICA.contains(&scheme.as_str()) => {
                complete(text, &scheme, remedy)?;
                Ok(Self(text.to_owned()))
            }
            Some(scheme) if PRIMARY.contains(&scheme.as_str()) => Err(Unusable {
                reason: format!("`{scheme}` is a SQL database, and this is the document side"),
                remedy: format!("Put that URL into DATABASE_URL. {remedy}"),
            }),
            other => Err(unknown(other, "document", remedy)),
        }
    }

    fn shown(&self) -> Json {
        self.redacted().into()
    }
}

impl ReplicaUrl {
    /// Which database it is of, as health reports name it.
    pub fn kind(&self) -> &'static str {
        match scheme(&self.0).unwrap_or_default().as_str() {
            "embedded" => "embedded",
            _ => "mongodb",
        }
    }

    /// The file that it names, when it is embedded.
    pub fn file(&self) -> Option<&Path> {
        (self.kind() == "embedded").then(|| file(&self.0))
    }

    /// The URL itself, for connecting only.
    pub fn expose(&self) -> &str {
        &self.0
    }

    /// The URL without secrets.
    pub fn redacted(&self) -> String {
        redact(&self.0)
    }
}

impl fmt::Debug for PrimaryUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.redacted())
    }
}

impl fmt::Debug for ReplicaUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.redacted())
    }
}

/// What precedes the colon, if it can be a scheme (RFC 3986, 3.1).
fn scheme(text: &str) -> Option<String> {
    let (scheme, _) = text.split_once(':')?;
    let fits = scheme.starts_with(|c: char| c.is_ascii_alphabetic())
        && scheme
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || matches!(c, '+' | '-' | '.'));
    fits.then(|| scheme.to_ascii_lowercase())
}

/// The file of `sqlite:file`, `sqlite:/file` and `sqlite:///file`, and of their like.
fn file(url: &str) -> &Path {
    let (_, file) = url.split_once(':').unwrap_or_default();
    Path::new(file.strip_prefix("//").unwrap_or(file))
}

/// A file needs a path; a server needs `//` and something after it.
fn complete(text: &str, scheme: &str, remedy: &str) -> Result<(), Unusable> {
    let rest = text.get(scheme.len() + 1..).unwrap_or_default();
    let (what, there) = match scheme {
        "sqlite" | "embedded" => ("no path", !rest.trim_start_matches('/').is_empty()),
        _ => (
            "no host",
            rest.strip_prefix("//").is_some_and(|rest| !rest.is_empty()),
        ),
    };
    if there {
        Ok(())
    } else {
        Err(Unusable {
            reason: format!("it has {what} after `{scheme}:`"),
            remedy: remedy.to_owned(),
        })
    }
}

fn unknown(scheme: Option<String>, side: &str, remedy: &str) -> Unusable {
    // Without a scheme the text may be anything, a password included.
    let reason = scheme.map_or_else(
        || "it is not a URL".to_owned(),
        |scheme| format!("`{scheme}` is not a {side} database that Twinbase knows"),
    );
    Unusable {
        reason,
        remedy: remedy.to_owned(),
    }
}

/// Scheme, hosts and path. Works on the text, not on a parsed URL: MongoDB's
/// lists of hosts do not parse as one, and what cannot be parsed must not show either.
fn redact(text: &str) -> String {
    let Some((scheme, rest)) = text.split_once("://") else {
        // `sqlite:path` and `embedded:path`: no user, no password.
        return text.split('?').next().unwrap_or_default().to_owned();
    };
    // The last `@` ends the password, even one that should have been encoded.
    let (user, place) = rest
        .rsplit_once('@')
        .map_or(("", rest), |(_, place)| ("***@", place));
    let place = place.split(['?', '#']).next().unwrap_or_default();
    format!("{scheme}://{user}{place}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_shown_url_has_no_user_password_or_parameters() {
        for (url, shown) in [
            (
                "postgres://u:p@h:5432/d?sslpassword=s",
                "postgres://***@h:5432/d",
            ),
            ("postgres://u:p@ss/w?rd@h/d", "postgres://***@h/d"),
            ("mongodb://u:p@a:1,b:2/d?x=y", "mongodb://***@a:1,b:2/d"),
            ("mongodb://h/d", "mongodb://h/d"),
            ("sqlite:/var/x.db?mode=rw", "sqlite:/var/x.db"),
        ] {
            assert_eq!(redact(url), shown);
        }
        let url = PrimaryUrl::parse("postgres://u:hunter2@h/d").unwrap();
        assert!(!format!("{url:?}").contains("hunter2"));
    }

    #[test]
    fn a_url_of_the_other_side_is_told_where_it_belongs() {
        let error = PrimaryUrl::parse("mongodb://u:hunter2@h/d").unwrap_err();
        assert!(error.remedy.contains("MONGODB_URL"), "{error:?}");
        let error = ReplicaUrl::parse("postgres://u:hunter2@h/d").unwrap_err();
        assert!(error.remedy.contains("DATABASE_URL"), "{error:?}");
    }

    #[test]
    fn what_is_refused_is_not_quoted() {
        for text in [
            "hunter2",
            "mysql://u:hunter2@h",
            "host=h password=hunter2",
            "postgres:hunter2",
        ] {
            let error = PrimaryUrl::parse(text).unwrap_err();
            assert!(!format!("{error:?}").contains("hunter2"), "{error:?}");
        }
    }
}
