//! Spans of time as people write them: `90s`, `30m`, `12h`, `30d`.

use std::time::Duration;

/// The units, largest first, in seconds.
const UNITS: [(char, u64); 4] = [('d', 86_400), ('h', 3_600), ('m', 60), ('s', 1)];

/// A number with a unit, larger than nothing.
pub(super) fn parse(text: &str) -> Option<Duration> {
    let (unit, seconds) = UNITS.into_iter().find(|(unit, _)| text.ends_with(*unit))?;
    let number: u64 = text.strip_suffix(unit)?.trim_end().parse().ok()?;
    number
        .checked_mul(seconds)
        .filter(|seconds| *seconds > 0)
        .map(Duration::from_secs)
}

/// The span in the largest unit that says it exactly.
pub(super) fn write(span: Duration) -> String {
    let seconds = span.as_secs();
    let fits = UNITS
        .into_iter()
        .find(|(_, unit)| seconds.is_multiple_of(*unit));
    let (unit, length) = fits.unwrap_or(('s', 1));
    format!("{}{unit}", seconds / length)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read_again() {
        for text in ["90s", "30m", "12h", "30d"] {
            assert_eq!(write(parse(text).unwrap()), text);
        }
    }

    #[test]
    fn nonsense_is_not_a_span() {
        for text in [
            "",
            "d",
            "-1d",
            "0s",
            "5",
            "1.5h",
            "99999999999999999999d",
            "18446744073709551615d",
        ] {
            assert_eq!(parse(text), None, "{text}");
        }
    }
}
