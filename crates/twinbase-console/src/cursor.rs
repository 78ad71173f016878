//! Cursors in lists of events as opaque texts: the `nextCursor` of a page.

use twinbase::core::primary::EventCursor;
use twinbase_web::cursor;

/// A cursor as an opaque text.
pub fn write_cursor(cursor: &EventCursor) -> String {
    // A time and a number can always be written.
    cursor::write(&(cursor.seq, cursor.processed_at)).unwrap_or_default()
}

/// The cursor that a text holds.
///
/// # Errors
///
/// A sentence about what it must be, when it is not what [`write_cursor`] wrote.
pub fn read_cursor(text: &str) -> Result<EventCursor, &'static str> {
    let (seq, processed_at) = cursor::read(text)?;
    Ok(EventCursor { processed_at, seq })
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;

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
