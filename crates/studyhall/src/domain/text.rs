//! The texts of Studyhall.

twinbase_web::text! {
    /// A user's name: 1 to 64 ASCII letters, digits, dots, dashes and underscores.
    ///
    /// ASCII, so that "the same name in other letters" means the same to every database.
    pub struct Username: Rules::of(1, 64).and("may have letters a to z, digits, and . - _ only", is_name);
    /// An e-mail address of at most 254 characters.
    pub struct EmailAddress: Rules::email();
    /// A line of up to 200 characters, not blank.
    pub struct Title: Rules::of(1, 200).trimmed().cleaned();
    /// Text of up to 5,000 characters with line breaks.
    pub struct Description: Rules::of(0, 5_000).lines().cleaned();
    /// What one person writes to another: up to 5,000 characters with line breaks, not blank.
    pub struct MessageText: Rules::of(1, 5_000).lines().trimmed().cleaned();
    /// The address of a picture, of up to 2,000 characters.
    pub struct Avatar: Rules::of(1, 2_000);
    /// What to search for: up to 100 characters, each standing for itself.
    pub struct SearchText: Rules::of(1, 100);
}

fn is_name(text: &str) -> bool {
    let fits = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_');
    text.chars().all(fits)
}

impl Username {
    /// The name without letter case: two names that fold to the same are one.
    ///
    /// Names are folded here and never by a database, whose locale may fold other letters to these.
    pub fn folded(&self) -> String {
        self.to_ascii_lowercase()
    }
}

impl EmailAddress {
    /// The address without letter case; see [`Username::folded`].
    pub fn folded(&self) -> String {
        self.to_ascii_lowercase()
    }
}

impl SearchText {
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
    fn a_name_is_ascii_and_has_a_length() {
        assert!(Username::parse("Ada_L.1-x").is_ok());
        for bad in ["", "a b", "ada@", "Ädä", "a\0", &"a".repeat(65)] {
            assert!(Username::parse(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn a_search_text_is_literal() {
        let search = SearchText::parse("(a+)+$[x] $where .*").expect("it is a text");
        assert_eq!(search.pattern(), r"\(a\+\)\+\$\[x\] \$where \.\*");
    }
}
