//! Cursors in lists of events as opaque texts: the `nextCursor` of a page.

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use jiff::Timestamp;
use twinbase::core::primary::EventCursor;

/// Tells this form of cursors from later ones.
const FORMAT: u8 = b'1';

/// A cursor as an opaque text.
pub fn write_cursor(cursor: &EventCursor) -> String {
    let mut bytes = vec![FORMAT];
    bytes.extend(cursor.seq.to_be_bytes());
    if let Some(at) = cursor.processed_at {
        bytes.extend(at.as_microsecond().to_be_bytes());
    }
    URL_SAFE_NO_PAD.encode(bytes)
}

/// The cursor that a text holds.
///
/// # Errors
///
/// A sentence about what it must be, when it is not what [`write_cursor`] wrote.
pub fn read_cursor(text: &str) -> Result<EventCursor, &'static str> {
    parse(text).ok_or("must be the nextCursor of a page")
}

fn parse(text: &str) -> Option<EventCursor> {
    let bytes = URL_SAFE_NO_PAD
        .decode(text.get(..text.len().min(64))?)
        .ok()?;
    let (format, rest) = bytes.split_first()?;
    let (seq, rest) = rest.split_first_chunk()?;
    let processed_at = match rest {
        [] => None,
        rest => {
            let micros = i64::from_be_bytes(rest.try_into().ok()?);
            Some(Timestamp::from_microsecond(micros).ok()?)
        }
    };
    (*format == FORMAT).then_some(EventCursor {
        processed_at,
        seq: i64::from_be_bytes(*seq),
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
                seq: 77,
            };
            assert_eq!(read_cursor(&write_cursor(&cursor)), Ok(cursor));
        }
        for bad in ["", "x", "MQ", "AAAAAAAAAAAA", &"M".repeat(100), "\0", "ü"] {
            assert!(read_cursor(bad).is_err(), "{bad}");
        }
    }
}
