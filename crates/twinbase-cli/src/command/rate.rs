//! Rates and times as people write them.

use std::{num::NonZeroU32, time::Duration};

use twinbase::sync::rebuild::RebuildOptions;

/// `200/s` or `200`.
pub(super) fn parse(text: &str) -> Result<NonZeroU32, String> {
    let number = text.strip_suffix("/s").unwrap_or(text).trim_end();
    let number = number.parse();
    number.map_err(|_| "write it as a number a second, such as 200/s".to_owned())
}

/// `24h`, `30m`, `90s` or `7d`.
fn duration(text: &str) -> Result<Duration, String> {
    let wrong = || "write it as a number with a unit, such as 24h, 30m, 90s or 7d".to_owned();
    let unit = text.chars().next_back().ok_or_else(wrong)?;
    let number = text.strip_suffix(unit).unwrap_or_default().trim_end();
    let number: u32 = number.parse().map_err(|_| wrong())?;
    let seconds = match unit {
        's' => 1,
        'm' => 60,
        'h' => 3_600,
        'd' => 86_400,
        _ => return Err(wrong()),
    };
    Ok(Duration::from_secs(u64::from(number) * seconds))
}

/// How long the old collection of a rebuild is kept.
pub(super) fn keep(text: &str) -> Result<Duration, String> {
    Ok(RebuildOptions::kept_for(duration(text)?.as_secs())?)
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

    #[test]
    fn a_time_has_a_number_and_a_unit() {
        for (text, seconds) in [
            ("0s", 0),
            ("90s", 90),
            ("30m", 1_800),
            ("24h", 86_400),
            ("7 d", 604_800),
        ] {
            assert_eq!(duration(text).unwrap().as_secs(), seconds);
        }
        for text in ["", "h", "24", "-1h", "1.5h", "1w", "9999999999h"] {
            assert!(duration(text).is_err(), "{text}");
        }
        assert_eq!(keep("36500d").unwrap(), RebuildOptions::LONGEST_KEEP);
        assert!(keep("36501d").unwrap_err().contains("36500d"));
    }
}
