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
/// As short as a random key can be that nobody else makes.
const SHORTEST_OF_STRANGERS: usize = 16;

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
        let Some(key) = self.0 else { return Ok(None) };
        if key.len() < SHORTEST_OF_STRANGERS {
            return Err(Problem::new(
                Code::InvalidHeader,
                "To sign up, the header Idempotency-Key must have at least 16 characters. Use a random UUID.",
            ));
        }
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

    use super::{fingerprint, is_key};

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
    fn a_key_is_visible_text() {
        assert!(is_key("8e03978e-40d5-43dd-bc93-6894a57f9324"));
        for bad in ["", "a b", "a\tb", &"a".repeat(256)] {
            assert!(!is_key(bad), "{bad}");
        }
    }
}
