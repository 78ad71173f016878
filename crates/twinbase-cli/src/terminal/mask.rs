//! The last guard against a secret in the output: passwords that are known are
//! masked in every log line and error, whatever a driver put there.

use std::{borrow::Cow, sync::OnceLock};

use super::foreign;

/// What to mask; set once, when the configuration is known.
static SECRETS: OnceLock<Vec<Secret>> = OnceLock::new();

/// A text, and what is shown instead.
#[derive(Debug, PartialEq, Eq)]
struct Secret {
    text: String,
    shown: &'static str,
}

/// Masks the passwords of these URLs, and this token, from now on.
pub fn hide<'a>(urls: impl IntoIterator<Item = &'a str>, token: Option<&str>) {
    let passwords = urls.into_iter().filter_map(user_part);
    let secrets = passwords.chain(token.map(whole)).collect();
    // A second call changes nothing: a process has one configuration.
    SECRETS.set(secrets).ok();
}

/// The text without known secrets, and without what a terminal would not show as it is.
pub(super) fn masked(text: &str) -> Cow<'_, str> {
    match mask(text, SECRETS.get().map_or(&[], Vec::as_slice)) {
        Cow::Borrowed(text) => foreign::several_lines(text),
        Cow::Owned(text) => Cow::Owned(foreign::several_lines(&text).into_owned()),
    }
}

/// `user:password@` of a URL. With the separators around it, because a short
/// password alone would also be masked where it is only a word.
fn user_part(url: &str) -> Option<Secret> {
    let (_, rest) = url.split_once("://")?;
    let (user, _) = rest.rsplit_once('@')?;
    let (_, password) = user.split_once(':')?;
    Some(Secret {
        text: format!(":{password}@"),
        shown: ":***@",
    })
}

fn whole(token: &str) -> Secret {
    Secret {
        text: token.to_owned(),
        shown: "***",
    }
}

fn mask<'a>(text: &'a str, secrets: &[Secret]) -> Cow<'a, str> {
    let mut masked = Cow::Borrowed(text);
    for Secret { text, shown } in secrets {
        if masked.contains(text.as_str()) {
            masked = Cow::Owned(masked.replace(text.as_str(), shown));
        }
    }
    masked
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_driver_that_quotes_the_url_does_not_show_the_password() {
        let secrets = [user_part("postgres://ann:hunter2@h/d").unwrap()];
        let text = mask("cannot parse postgres://ann:hunter2@h/d", &secrets);
        assert_eq!(text, "cannot parse postgres://ann:***@h/d");
    }

    #[test]
    fn a_token_is_masked_wherever_it_is() {
        let text = mask("bearer abcdefghijklmnop!", &[whole("abcdefghijklmnop")]).into_owned();
        assert_eq!(text, "bearer ***!");
    }

    #[test]
    fn a_url_without_a_password_masks_nothing() {
        for url in ["sqlite:x", "postgres://h/d", "postgres://ann@h/d"] {
            assert_eq!(user_part(url), None);
        }
    }
}
