//! A place in a list as a text: for people opaque, short enough to copy.

use jiff::Timestamp;
use twinbase::core::primary::EventCursor;

/// Between the time and the number.
const BETWEEN: char = '.';

pub(super) fn write(cursor: &EventCursor) -> String {
    match cursor.processed_at {
        None => cursor.seq.to_string(),
        Some(at) => format!("{}{BETWEEN}{}", at.as_microsecond(), cursor.seq),
    }
}

pub(super) fn parse(text: &str) -> Result<EventCursor, String> {
    read(text).ok_or_else(|| "it must be what the page before said".to_owned())
}

fn read(text: &str) -> Option<EventCursor> {
    let (processed_at, seq) = match text.split_once(BETWEEN) {
        None => (None, text),
        Some((micros, seq)) => {
            let at = Timestamp::from_microsecond(micros.parse().ok()?).ok()?;
            (Some(at), seq)
        }
    };
    Some(EventCursor {
        processed_at,
        seq: seq.parse().ok()?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cursor_is_read_back_and_nothing_else_is() {
        let at = Timestamp::from_microsecond(1_700_000_000_123_456).unwrap();
        for processed_at in [None, Some(at)] {
            let cursor = EventCursor {
                processed_at,
                seq: 42,
            };
            assert_eq!(parse(&write(&cursor)), Ok(cursor));
        }
        for bad in ["", ".", "x", "1.", ".1", "1.2.3", "99999999999999999999.1"] {
            assert!(parse(bad).is_err(), "{bad}");
        }
    }
}
