//! Names of the databases of tests.

use uuid::Uuid;

/// PostgreSQL cuts names at 63 bytes, MongoDB refuses longer ones: prefix, this and the random part stay below.
const LONGEST_HINT: usize = 40;

/// A name that no other test has, from which one can still tell the test.
pub(super) fn unique(hint: &str) -> String {
    let plain = |c: char| match c {
        c if c.is_ascii_alphanumeric() => c.to_ascii_lowercase(),
        _ => '_',
    };
    let hint: String = hint.chars().take(LONGEST_HINT).map(plain).collect();
    let random = Uuid::new_v4().simple().to_string();
    format!("tb_{hint}_{}", &random[..12])
}

#[cfg(test)]
mod tests {
    use super::unique;

    #[test]
    fn a_name_is_plain_short_and_not_given_twice() {
        let name = unique(&"Straße/\"x\".".repeat(20));
        assert!(name.len() < 63, "{name}");
        assert!(
            name.chars()
                .all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_'),
            "{name}"
        );
        assert_ne!(unique("a"), unique("a"));
    }
}
