//! Rates as people write them.

use std::num::NonZeroU32;

/// `200/s` or `200`.
pub(super) fn parse(text: &str) -> Result<NonZeroU32, String> {
    let number = text.strip_suffix("/s").unwrap_or(text).trim_end();
    let number = number.parse();
    number.map_err(|_| "write it as a number a second, such as 200/s".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rate_is_a_number_a_second_and_never_zero() {
        for text in ["200/s", "200", "200 /s"] {
            assert_eq!(parse(text).unwrap().get(), 200);
        }
        for text in [
            "",
            "/s",
            "0",
            "0/s",
            "-1/s",
            "1.5/s",
            "12/m",
            "99999999999/s",
        ] {
            assert!(parse(text).is_err(), "{text}");
        }
    }
}
