//! Numbers, spans and the width of text, as a terminal shows them.

use std::time::Duration;

pub use super::foreign::one_line;
pub use twinbase_console::view::number as count;

use unicode_width::{UnicodeWidthChar as _, UnicodeWidthStr as _};

/// What is shown in place of what is cut off; one column.
pub(super) const ELLIPSIS: char = '…';

/// How many columns a text takes.
pub fn columns(text: &str) -> usize {
    text.width()
}

/// The text in at most so many columns; what is cut off shows as an ellipsis.
pub fn fit(text: &str, width: usize) -> String {
    if columns(text) <= width {
        return text.to_owned();
    }
    match width.checked_sub(1) {
        Some(width) => format!("{}{ELLIPSIS}", cut(text, width)),
        None => String::new(),
    }
}

/// As much of the beginning of a text as fits into so many columns.
pub(super) fn cut(text: &str, width: usize) -> &str {
    let mut used = 0;
    for (at, c) in text.char_indices() {
        used += c.width().unwrap_or(0);
        if used > width {
            return &text[..at];
        }
    }
    text
}

/// Events a second: with a digit after the point below ten.
pub fn rate(per_second: f64) -> String {
    if per_second < 9.95 {
        return format!("{per_second:.1}/s");
    }
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a rate is positive and far below 2^64"
    )]
    let whole = per_second.round() as u64;
    format!("{}/s", count(whole))
}

/// How long something takes or waits, in the unit that suits it.
pub fn span(span: Duration) -> String {
    let seconds = span.as_secs();
    match seconds {
        0..60 if span.subsec_millis() == 0 => format!("{seconds} s"),
        0..60 if span < Duration::from_millis(100) => format!("{} ms", span.as_millis()),
        0..60 => format!("{:.1} s", span.as_secs_f64()),
        60..3_600 => format!("{} min {} s", seconds / 60, seconds % 60),
        3_600..86_400 => format!("{} h {} min", seconds / 3_600, seconds % 3_600 / 60),
        _ => format!("{} d {} h", seconds / 86_400, seconds % 86_400 / 3_600),
    }
}

/// How long a database took to answer.
pub fn latency(latency: Duration) -> String {
    format!("{:.1} ms", latency.as_secs_f64() * 1_000.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_does_not_fit_ends_with_an_ellipsis_and_wide_letters_count_twice() {
        for (text, width, fitted) in [
            ("abc", 3, "abc"),
            ("abcd", 3, "ab…"),
            ("学習会", 6, "学習会"),
            ("学習会", 5, "学習…"),
            ("学習会", 4, "学…"),
            ("abc", 1, "…"),
            ("abc", 0, ""),
        ] {
            assert_eq!(fit(text, width), fitted);
            assert!(columns(fitted) <= width);
        }
    }

    #[test]
    fn numbers_and_spans_are_written_for_people() {
        assert_eq!(
            [0, 999, 1_000, 1_234_567].map(count).join(" "),
            "0 999 1,000 1,234,567"
        );
        assert_eq!(
            [0.0, 2.34, 9.96, 1_234.6].map(rate).join(" "),
            "0.0/s 2.3/s 10/s 1,235/s"
        );
        let spans = [0, 42, 1_500, 61_000, 3_661_000, 90_000_000].map(Duration::from_millis);
        assert_eq!(
            spans.map(span).join(", "),
            "0 s, 42 ms, 1.5 s, 1 min 1 s, 1 h 1 min, 1 d 1 h"
        );
    }
}
