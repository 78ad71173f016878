//! Cursors: where the next page begins, as an opaque text.

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use jiff::Timestamp;
use twinbase::prelude::*;

use crate::domain::{Invalid, queries::Position};

/// Tells this form from later ones.
const FORMAT: u8 = b'1';
const TIME_BYTES: usize = 8;
/// A cursor of the longest id.
const LONGEST: usize = (1 + TIME_BYTES + AggregateId::MAX_BYTES) * 4 / 3 + 4;

/// A place as a text.
pub(super) fn write(position: &Position) -> String {
    let mut bytes = vec![FORMAT];
    bytes.extend(position.created_at.as_millisecond().to_be_bytes());
    bytes.extend(position.id.as_str().as_bytes());
    URL_SAFE_NO_PAD.encode(bytes)
}

/// The place that a text names.
pub(super) fn read(text: &str) -> Result<Position, Invalid> {
    parse(text).ok_or_else(|| Invalid::new("must be the nextCursor of a page"))
}

fn parse(text: &str) -> Option<Position> {
    if text.len() > LONGEST {
        return None;
    }
    let bytes = URL_SAFE_NO_PAD.decode(text).ok()?;
    let (format, rest) = bytes.split_first()?;
    let (time, id) = rest.split_first_chunk::<TIME_BYTES>()?;
    let created_at = Timestamp::from_millisecond(i64::from_be_bytes(*time)).ok()?;
    let id = AggregateId::new(std::str::from_utf8(id).ok()?).ok()?;
    (*format == FORMAT).then_some(Position { created_at, id })
}

#[cfg(test)]
mod tests {
    use super::{AggregateId, Position, Timestamp, read, write};

    #[test]
    fn a_cursor_is_read_back_and_nothing_else_is() {
        let id = AggregateId::new("a-ü").expect("it is an id");
        let created_at = Timestamp::from_millisecond(1_700_000_000_123).expect("it is a time");
        let position = Position { created_at, id };
        let text = write(&position);
        assert_eq!(read(&text), Ok(position));
        let cut = &text[..text.len() - 6];
        for bad in ["", "x", "MQ", cut, &"A".repeat(1000), "\0", "%00"] {
            assert!(read(bad).is_err(), "{bad}");
        }
    }
}
