//! The secret of whoever reads the metrics.

use std::fmt;

use twinbase_cli::Unusable;

/// Shorter ones can be guessed, and masking them in logs would hide ordinary words.
const SHORTEST: usize = 16;
/// What is shown in its place.
const HIDDEN: &str = "***";

/// What a reader of the metrics sends as its bearer token; none when none is asked for.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct MetricsToken(Option<String>);

impl MetricsToken {
    /// Printable ASCII without spaces, as HTTP's bearer tokens are; empty for none.
    pub(super) fn parse(text: &str) -> Result<Self, Unusable> {
        if text.is_empty() {
            return Ok(Self(None));
        }
        // What is refused is not quoted: it may be most of a secret.
        if text.len() < SHORTEST || !text.bytes().all(|byte| byte.is_ascii_graphic()) {
            return Err(Unusable {
                reason: format!(
                    "it is shorter than {SHORTEST} characters, or has others than letters, digits and signs"
                ),
                remedy: "Use a random one, such as `openssl rand -hex 32` gives.".to_owned(),
            });
        }
        Ok(Self(Some(text.to_owned())))
    }

    /// The token itself, for comparing and masking only.
    pub(crate) fn expose(&self) -> Option<&str> {
        self.0.as_deref()
    }

    /// Whether there is one, as people see it.
    pub(super) fn redacted(&self) -> &'static str {
        self.0.as_ref().map_or("", |_| HIDDEN)
    }
}

impl fmt::Debug for MetricsToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.redacted())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_never_shown_not_even_one_that_is_refused() {
        let token = MetricsToken::parse("hunter2hunter2hunter2").unwrap();
        assert_eq!(token.expose(), Some("hunter2hunter2hunter2"));
        assert_eq!(format!("{token:?}"), HIDDEN);
        for text in ["hunter2", "hunter2 hunter2 hunter2"] {
            let error = MetricsToken::parse(text).unwrap_err();
            assert!(!format!("{error:?}").contains("hunter2"), "{error:?}");
        }
    }

    #[test]
    fn no_token_is_asked_for_unless_one_is_set() {
        assert_eq!(MetricsToken::parse("").unwrap().expose(), None);
    }
}
