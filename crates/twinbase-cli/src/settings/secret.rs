//! A secret that a caller must send, such as the token of whoever reads the metrics.

use std::fmt;

use serde_json::Value as Json;

use super::{Unusable, Value};

/// Shorter ones can be guessed, and masking them in logs would hide ordinary words.
const SHORTEST: usize = 16;
/// What is shown in its place.
const HIDDEN: &str = "***";

/// A secret in printable ASCII without spaces, as HTTP's bearer tokens are.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);

impl Secret {
    /// The secret itself, for comparing and masking only.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl Value for Secret {
    fn parse(text: &str) -> Result<Self, Unusable> {
        // What is refused is not quoted: it may be most of a secret.
        if text.len() < SHORTEST || !text.bytes().all(|byte| byte.is_ascii_graphic()) {
            return Err(Unusable::new(
                format!(
                    "it is shorter than {SHORTEST} characters, or has others than letters, digits and signs"
                ),
                "Use a random one, such as `openssl rand -hex 32` gives.",
            ));
        }
        Ok(Self(text.to_owned()))
    }

    fn shown(&self) -> Json {
        HIDDEN.into()
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(HIDDEN)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_never_shown_not_even_one_that_is_refused() {
        let token = Secret::parse("hunter2hunter2hunter2").unwrap();
        assert_eq!(token.expose(), "hunter2hunter2hunter2");
        assert_eq!(format!("{token:?}"), HIDDEN);
        for text in ["hunter2", "hunter2 hunter2 hunter2"] {
            let error = Secret::parse(text).unwrap_err();
            assert!(!format!("{error:?}").contains("hunter2"), "{error:?}");
        }
    }

    #[test]
    fn no_token_is_asked_for_unless_one_is_set() {
        assert_eq!(Option::<Secret>::parse("").unwrap(), None);
    }
}
