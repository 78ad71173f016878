//! Texts that people give, parsed once at the boundary: what is in one of these types can be stored and shown.

use std::fmt;

use serde::{Deserialize, Serialize};
use twinbase::FieldType;

/// Why a text is not accepted; for the person who sent it, and without the text itself.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct Invalid(String);

impl Invalid {
    /// A reason, as the end of a sentence that begins with the field's name.
    pub fn new(reason: impl Into<String>) -> Self {
        Self(reason.into())
    }
}

macro_rules! text {
    ($(#[$doc:meta])* $name:ident, $check:expr) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, FieldType, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(String);

        impl $name {
            /// Checks a text and takes it.
            pub fn parse(text: &str) -> Result<Self, Invalid> {
                let check: fn(&str) -> Result<&str, Invalid> = $check;
                check(text).map(|text| Self(text.to_owned()))
            }

            /// The text.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl From<&$name> for String {
            fn from(text: &$name) -> Self {
                text.0.clone()
            }
        }
    };
}

text!(
    /// A user's name: 1 to 64 ASCII letters, digits, dots, dashes and underscores.
    ///
    /// ASCII, so that "the same name in other letters" means the same to every database.
    Username,
    |text| {
        length(text, 1, 64)?;
        let fits = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_');
        if text.chars().all(fits) {
            Ok(text)
        } else {
            Err(Invalid::new("may have letters a to z, digits, and . - _ only"))
        }
    }
);

text!(
    /// An e-mail address, as the HTML standard defines a valid one, of at most 254 characters.
    EmailAddress,
    |text| {
        length(text, 3, 254)?;
        if is_email(text) {
            Ok(text)
        } else {
            Err(Invalid::new("must be an e-mail address such as ada@example.com"))
        }
    }
);

text!(
    /// A line of up to 200 characters, not blank.
    Title,
    |text| {
        let text = text.trim();
        length(text, 1, 200)?;
        printable(text, &[])
    }
);

text!(
    /// Text of up to 5,000 characters with line breaks.
    Description,
    |text| {
        length(text, 0, 5_000)?;
        printable(text, &['\n', '\r', '\t'])
    }
);

text!(
    /// The address of a picture, of up to 2,000 characters.
    Avatar,
    |text| {
        length(text, 1, 2_000)?;
        printable(text, &[])
    }
);

text!(
    /// What to search for: up to 100 characters, each standing for itself.
    SearchText,
    |text| {
        length(text, 1, 100)?;
        printable(text, &[])
    }
);

impl Username {
    /// The name without letter case: two names that fold to the same are one.
    ///
    /// Names are folded here and never by a database, whose locale may fold other letters to these.
    pub fn folded(&self) -> String {
        self.0.to_ascii_lowercase()
    }
}

impl EmailAddress {
    /// The address without letter case; see [`Username::folded`].
    pub fn folded(&self) -> String {
        self.0.to_ascii_lowercase()
    }
}

impl SearchText {
    /// A regular expression that matches exactly this text.
    pub(super) fn pattern(&self) -> String {
        let mut pattern = String::with_capacity(self.0.len() + 8);
        for c in self.0.chars() {
            if r"\.+*?()|[]{}^$".contains(c) {
                pattern.push('\\');
            }
            pattern.push(c);
        }
        pattern
    }
}

fn length(text: &str, least: usize, most: usize) -> Result<(), Invalid> {
    // Bytes first: a text of megabytes is not counted by characters.
    let fits = text.len() <= most * 4 && (least..=most).contains(&text.chars().count());
    if fits {
        Ok(())
    } else if least == 0 {
        Err(Invalid::new(format!("must have at most {most} characters")))
    } else {
        Err(Invalid::new(format!(
            "must have {least} to {most} characters"
        )))
    }
}

/// PostgreSQL refuses NUL in text, and no control character belongs into what people read.
fn printable<'a>(text: &'a str, allowed: &[char]) -> Result<&'a str, Invalid> {
    if text
        .chars()
        .any(|c| c.is_control() && !allowed.contains(&c))
    {
        Err(Invalid::new("must not contain control characters"))
    } else {
        Ok(text)
    }
}

/// <https://html.spec.whatwg.org/multipage/input.html#valid-e-mail-address>
fn is_email(text: &str) -> bool {
    let Some((local, domain)) = text.split_once('@') else {
        return false;
    };
    let atext = |c: char| c.is_ascii_alphanumeric() || ".!#$%&'*+/=?^_`{|}~-".contains(c);
    let label = |label: &str| {
        (1..=63).contains(&label.len())
            && !label.starts_with('-')
            && !label.ends_with('-')
            && label.chars().all(|c| c.is_ascii_alphanumeric() || c == '-')
    };
    !local.is_empty() && local.chars().all(atext) && domain.split('.').all(label)
}

#[cfg(test)]
mod tests {
    use super::{Description, EmailAddress, SearchText, Title, Username};

    #[test]
    fn an_address_has_one_at_and_a_domain() {
        for good in ["a@b", "ada.l+x@mail.example.com", "o'neil@example.co"] {
            assert!(EmailAddress::parse(good).is_ok(), "{good}");
        }
        for bad in [
            "", "ada", "@b.c", "a@", "a@b..c", "a@-b", "a b@c", "a@b@c", "ä@b", "a@b\0",
        ] {
            assert!(EmailAddress::parse(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn a_name_is_ascii_and_has_a_length() {
        assert!(Username::parse("Ada_L.1-x").is_ok());
        for bad in ["", "a b", "ada@", "Ädä", "a\0", &"a".repeat(65)] {
            assert!(Username::parse(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn text_has_no_control_characters_but_line_breaks_where_they_belong() {
        assert!(Title::parse("a\0b").is_err());
        assert!(Title::parse("a\nb").is_err());
        assert!(Title::parse(" \t ").is_err());
        assert!(Description::parse("a\nb").is_ok());
        assert!(Description::parse("a\0b").is_err());
        assert_eq!(
            Title::parse(" 学习 🎓 ").map(|t| t.to_string()),
            Ok("学习 🎓".into())
        );
    }

    #[test]
    fn a_search_text_is_literal() {
        let search = SearchText::parse("(a+)+$[x] $where .*").expect("it is a text");
        assert_eq!(search.pattern(), r"\(a\+\)\+\$\[x\] \$where \.\*");
    }
}
