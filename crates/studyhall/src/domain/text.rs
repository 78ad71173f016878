//! The texts of Studyhall.

use twinbase_web::{Invalid, is_blank};

twinbase_web::text! {
    /// An e-mail address of at most 254 characters.
    pub struct EmailAddress: Rules::email();
    /// A line of up to 200 characters, not blank.
    pub struct Title: Rules::of(1, 200).trimmed().cleaned();
    /// Text of up to 5,000 characters with line breaks.
    pub struct Description: Rules::of(0, 5_000).lines().cleaned();
    /// What one person writes to another: up to 5,000 characters with line breaks, not blank.
    pub struct MessageText: Rules::of(1, 5_000).lines().trimmed().cleaned();
    /// The address of a picture on the web, of up to 2,000 characters.
    pub struct Avatar: Rules::of(1, 2_000).and(is_on_the_web);
    /// What to search for: up to 100 characters, each standing for itself.
    pub struct SearchText: Rules::of(1, 100).composed();
}

/// What others' programs show has to lead to a picture and to nothing else, such as a script.
fn is_on_the_web(text: &str) -> Result<(), &'static str> {
    let url = url::Url::parse(text).ok();
    let is = url.is_some_and(|url| matches!(url.scheme(), "http" | "https") && url.has_host());
    if is {
        Ok(())
    } else {
        Err("must be an address that begins with https:// or http://")
    }
}

impl EmailAddress {
    /// The address without letter case: folded here and never by a database, whose locale may fold other letters.
    pub fn folded(&self) -> String {
        self.to_ascii_lowercase()
    }
}

impl SearchText {
    /// What somebody looks for; `None` when it is blank, which is no search.
    pub fn wanted(text: &str) -> Result<Option<Self>, Invalid> {
        let text = Self::parse(text)?;
        Ok((!is_blank(&text)).then_some(text))
    }

    /// A regular expression that matches exactly this text.
    pub(super) fn pattern(&self) -> String {
        let mut pattern = String::with_capacity(self.len() + 8);
        for c in self.chars() {
            if r"\.+*?()|[]{}^$".contains(c) {
                pattern.push('\\');
            }
            pattern.push(c);
        }
        pattern
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_avatar_leads_to_the_web() {
        assert!(Avatar::parse("https://example.com/ada.png").is_ok());
        for bad in [
            "javascript:alert(1)",
            "data:image/png;base64,AA",
            "/ada.png",
            "ada",
            "https://",
        ] {
            assert!(Avatar::parse(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn blanks_alone_are_no_search() {
        for blank in [" ", "\u{3000} ", "\u{200b}"] {
            assert_eq!(SearchText::wanted(blank), Ok(None), "{blank:?}");
        }
        assert!(SearchText::wanted(" a").is_ok_and(|text| text.is_some()));
        for bad in ["", "\0", &"a".repeat(101)] {
            assert!(SearchText::wanted(bad).is_err());
        }
    }

    #[test]
    fn a_search_text_is_literal() {
        let search = SearchText::parse("(a+)+$[x] $where .*").expect("it is a text");
        assert_eq!(search.pattern(), r"\(a\+\)\+\$\[x\] \$where \.\*");
    }
}
