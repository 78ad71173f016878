//! The `Idempotency-Key` header, and what it stands for.

use std::fmt::{Display, Write as _};

use axum::{
    extract::FromRequestParts,
    http::{HeaderName, request::Parts},
};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use crate::{Code, Problem};

const HEADER: HeaderName = HeaderName::from_static("idempotency-key");
const LONGEST: usize = 255;
/// As short as a random key can be that nobody else makes or guesses.
const SHORTEST_RANDOM: usize = 16;

/// The key that a request carries, if any.
#[derive(Debug)]
pub struct IdempotencyKey(Option<String>);

/// A key with what it was sent for.
#[derive(Debug, Clone)]
pub struct Claim {
    /// Whose and for which route: the same key of another user, or elsewhere, is another key.
    pub(super) scope: String,
    /// The key.
    pub(super) key: String,
    /// The hash of what was sent.
    pub(super) fingerprint: String,
}

impl<S: Send + Sync> FromRequestParts<S> for IdempotencyKey {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        let mut values = parts.headers.get_all(HEADER).iter();
        let Some(value) = values.next() else {
            return Ok(Self(None));
        };
        let key = value.to_str().ok().filter(|key| is_key(key));
        let key = key.filter(|_| values.next().is_none());
        key.map(|key| Self(Some(key.to_owned()))).ok_or_else(|| {
            Problem::new(
                Code::InvalidHeader,
                "The header Idempotency-Key must be there once, with 1 to 255 visible ASCII characters.",
            )
        })
    }
}

fn is_key(key: &str) -> bool {
    (1..=LONGEST).contains(&key.len()) && key.bytes().all(|b| b.is_ascii_graphic())
}

impl IdempotencyKey {
    /// No key: each request is done.
    pub const fn none() -> Self {
        Self(None)
    }

    /// A key as a form of a page has it.
    ///
    /// # Errors
    ///
    /// When it has other than 1 to 255 visible ASCII characters.
    pub fn parse(key: &str) -> Result<Self, Problem> {
        if is_key(key) {
            return Ok(Self(Some(key.to_owned())));
        }
        let detail = "The form's key must have 1 to 255 visible ASCII characters.";
        Err(Problem::new(Code::InvalidHeader, detail))
    }

    /// Whether the request carries one.
    pub(super) const fn is_given(&self) -> bool {
        self.0.is_some()
    }

    /// What the key stands for in a request of this user to this route.
    pub fn claim(self, user: impl Display, route: &str, sent: &Value) -> Option<Claim> {
        Some(Claim {
            scope: format!("{route} {user}"),
            key: self.0?,
            fingerprint: fingerprint(sent),
        })
    }

    /// What the key stands for in a request of this user, where nothing that is stored may tell what was sent.
    ///
    /// The table has the user beside a hash of the key and a hash of what was sent with the key, and the key itself is stored nowhere.
    /// Answers to a question of few choices are guessed at once, so everything rests on the key: whoever reads the table and cannot
    /// guess the key can compare no guess at an answer with it. That holds for a random UUID (version 4: 122 random bits). A key that is too
    /// short to be random is refused; a long one that can be guessed all the same gives away the answer of whoever chose it.
    ///
    /// # Errors
    ///
    /// When the key has fewer than 16 characters.
    pub fn claim_without_trace(
        self,
        user: impl Display,
        route: &str,
        sent: &Value,
    ) -> Result<Option<Claim>, Problem> {
        let Some(key) = self.random("For an anonymous form")? else {
            return Ok(None);
        };
        Ok(Some(Claim {
            scope: format!("{route} {user}"),
            fingerprint: fingerprint(&json!({ "sent": sent, "key": key })),
            key: fingerprint(&json!({ "key": key })),
        }))
    }

    /// The key, where it can be one that nobody else makes or guesses.
    fn random(self, what_for: &str) -> Result<Option<String>, Problem> {
        let is_short = |key: &String| key.len() < SHORTEST_RANDOM;
        if self.0.as_ref().is_some_and(is_short) {
            let detail = format!(
                "{what_for}, the header Idempotency-Key must have at least 16 characters. Use a random UUID."
            );
            return Err(Problem::new(Code::InvalidHeader, detail));
        }
        Ok(self.0)
    }

    /// What the key stands for in a request of somebody who has no account yet, but sends a secret with it.
    ///
    /// All strangers share this scope, so a key that another may come upon is refused. The stored answer is
    /// for whoever has the secret: its plain hash could be guessed from, so `digest` makes a slow one with the
    /// salt it is given.
    pub async fn claim_of_stranger(
        self,
        route: &str,
        sent: &Value,
        digest: impl AsyncFnOnce([u8; 32]) -> Result<String, Problem>,
    ) -> Result<Option<Claim>, Problem> {
        let Some(key) = self.random("To sign up")? else {
            return Ok(None);
        };
        let scope = format!("{route} -");
        let salt = Sha256::digest(format!("{scope} {key}")).into();
        let digest = digest(salt).await?;
        let fingerprint = fingerprint(&json!({ "sent": sent, "secret": digest }));
        Ok(Some(Claim {
            scope,
            key,
            fingerprint,
        }))
    }
}

fn fingerprint(sent: &Value) -> String {
    let mut hasher = Sha256::new();
    digest(sent, &mut hasher);
    let mut hex = String::with_capacity(64);
    for byte in hasher.finalize() {
        let _ = write!(hex, "{byte:02x}");
    }
    hex
}

/// Feeds a value to the hash, fields in the order of their names: order and space do not count.
/// A password is left out: a plain hash could be guessed from.
fn digest(value: &Value, hasher: &mut Sha256) {
    match value {
        Value::Object(fields) => {
            let mut fields: Vec<_> = fields
                .iter()
                .filter(|(name, _)| *name != "password")
                .collect();
            fields.sort_unstable_by_key(|(name, _)| *name);
            hasher.update(format!("{{{}", fields.len()));
            for (name, value) in fields {
                hasher.update(format!("{}:{name}", name.len()));
                digest(value, hasher);
            }
        }
        Value::Array(values) => {
            hasher.update(format!("[{}", values.len()));
            for value in values {
                digest(value, hasher);
            }
        }
        scalar => {
            let text = scalar.to_string();
            hasher.update(format!("{}:{text}", text.len()));
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{IdempotencyKey, fingerprint, is_key};

    #[test]
    fn order_does_not_count_and_values_do() {
        let a = fingerprint(&json!({"a": 1, "b": [true, "x"]}));
        assert_eq!(a, fingerprint(&json!({"b": [true, "x"], "a": 1})));
        for other in [
            json!({"a": 1, "b": ["x", true]}),
            json!({"a": "1", "b": [true, "x"]}),
            json!({"a": 1, "b": [true], "c": "x"}),
            json!([]),
        ] {
            assert_ne!(a, fingerprint(&other), "{other}");
        }
    }

    #[test]
    fn a_password_leaves_no_trace() {
        let with = json!({"username": "ada", "password": "correct horse"});
        assert_eq!(fingerprint(&with), fingerprint(&json!({"username": "ada"})));
    }

    #[test]
    fn without_the_key_nothing_tells_what_was_sent_with_it() {
        let claim = |key: &str, sent| {
            let key = IdempotencyKey::parse(key).expect("a key");
            let claim = key.claim_without_trace("ada", "POST /answers", &sent);
            claim.expect("it is long enough").expect("there is one")
        };
        let key = "8e03978e-40d5-43dd-bc93-6894a57f9324";
        let (yes, no) = (claim(key, json!("yes")), claim(key, json!("no")));
        assert_eq!((&yes.scope, &yes.key), (&no.scope, &no.key));
        assert_ne!(yes.fingerprint, no.fingerprint);
        assert!(!format!("{yes:?}").contains(key));
        assert_ne!(yes.fingerprint, fingerprint(&json!("yes")));
        // Two who answer alike do not have the same.
        let other = claim("9e03978e-40d5-43dd-bc93-6894a57f9324", json!("yes"));
        assert_ne!(yes.fingerprint, other.fingerprint);
        let short = IdempotencyKey::parse("1").expect("a key");
        let short = short.claim_without_trace("ada", "POST /answers", &json!("yes"));
        assert!(short.is_err());
    }

    #[test]
    fn a_key_is_visible_text() {
        assert!(is_key("8e03978e-40d5-43dd-bc93-6894a57f9324"));
        for bad in ["", "a b", "a\tb", &"a".repeat(256)] {
            assert!(!is_key(bad), "{bad}");
        }
    }
}
