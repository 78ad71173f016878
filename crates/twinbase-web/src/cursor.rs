//! Cursors: where the next page begins, as an opaque text.

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use serde::{Serialize, de::DeserializeOwned};

/// Tells this form from later ones.
const FORMAT: char = '1';
/// What a cursor must be: the end of a sentence that begins with the parameter's name.
pub(crate) const EXPECTED: &str = "must be the nextCursor of a page";
/// Far longer than a cursor of a time and the longest id.
const LONGEST: usize = 2_048;

/// A position as a text. `None` when it cannot be written as JSON.
pub fn write(position: &impl Serialize) -> Option<String> {
    let json = serde_json::to_vec(position).ok()?;
    let mut text = String::from(FORMAT);
    URL_SAFE_NO_PAD.encode_string(json, &mut text);
    Some(text)
}

/// The position that a text names.
///
/// # Errors
///
/// A sentence about what it must be, when it is not what [`write()`] wrote.
pub fn read<T: DeserializeOwned>(text: &str) -> Result<T, &'static str> {
    parse(text).ok_or(EXPECTED)
}

fn parse<T: DeserializeOwned>(text: &str) -> Option<T> {
    let text = text.strip_prefix(FORMAT)?;
    if text.len() > LONGEST {
        return None;
    }
    let json = URL_SAFE_NO_PAD.decode(text).ok()?;
    serde_json::from_slice(&json).ok()
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;
    use twinbase::prelude::*;

    use super::*;

    #[test]
    fn a_cursor_is_read_back_and_nothing_else_is() {
        let longest = "ü".repeat(AggregateId::MAX_BYTES / 2);
        for id in ["a-ü", &longest] {
            let id = AggregateId::new(id).expect("it is an id");
            let at = Timestamp::from_microsecond(1_700_000_000_123_456).expect("it is a time");
            let position = (at, id);
            let text = write(&position).expect("it can be written");
            assert_eq!(read(&text), Ok(position));
            let cut = &text[..text.len() - 6];
            for bad in ["", "x", "MQ", cut, &"1A".repeat(2_000), "\0", "%00", "ü"] {
                assert!(read::<(Timestamp, AggregateId)>(bad).is_err(), "{bad}");
            }
        }
    }
}
