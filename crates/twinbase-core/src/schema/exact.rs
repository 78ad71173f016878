//! Numbers and bytes that stay what they are on both sides.

use std::{fmt, str::FromStr};

use bson::Decimal128;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error as _};

use super::{FieldType, Kind};
use crate::Value;

/// A decimal number, exact: `numeric` in the primary, text in SQLite, `Decimal128` in documents.
///
/// At most 34 significant digits (IEEE 754-2008 decimal128, which is what documents hold). It keeps its digits as they
/// were written, so `1.0` and `1.00` are different values of this type and equal numbers to a database. It
/// calculates nothing: convert it by its text.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Decimal(String);

/// A text that is no decimal number, or one of more digits than documents hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("must be a decimal number of at most 34 digits")]
pub struct InvalidDecimal;

impl Decimal {
    /// Its text, such as `-12.50`.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// As documents have it; `None` for what would be rounded, and for what is no number.
    pub(crate) fn of_text(text: &str) -> Option<Decimal128> {
        let begins = text.trim_start_matches(['+', '-']).as_bytes();
        // Neither an infinity nor a NaN: not every database has them.
        if !begins
            .first()
            .is_some_and(|of| of.is_ascii_digit() || *of == b'.')
        {
            return None;
        }
        text.parse().ok()
    }
}

impl FromStr for Decimal {
    type Err = InvalidDecimal;

    fn from_str(text: &str) -> Result<Self, InvalidDecimal> {
        Self::of_text(text).ok_or(InvalidDecimal)?;
        Ok(Self(text.to_owned()))
    }
}

impl From<i64> for Decimal {
    fn from(number: i64) -> Self {
        Self(number.to_string())
    }
}

impl fmt::Display for Decimal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl Serialize for Decimal {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_str(&self.0)
    }
}

impl<'de> Deserialize<'de> for Decimal {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let text = String::deserialize(from)?;
        text.parse().map_err(D::Error::custom)
    }
}

impl From<Decimal> for Value {
    fn from(decimal: Decimal) -> Self {
        Self::Text(decimal.0)
    }
}

impl FieldType for Decimal {
    const KIND: Kind = Kind::Decimal;
}

/// Bytes: `bytea` in the primary, a blob in SQLite, binary data of the generic subtype in documents; in JSON
/// hexadecimal text.
#[derive(Clone, PartialEq, Eq, Hash, Default)]
pub struct Bytes(pub Vec<u8>);

impl Bytes {
    /// The bytes of a hexadecimal text, with or without the `\x` that PostgreSQL begins one with.
    pub(crate) fn of_hex(text: &str) -> Option<Vec<u8>> {
        let digits = text.strip_prefix("\\x").unwrap_or(text).as_bytes();
        if !digits.len().is_multiple_of(2) {
            return None;
        }
        let digit = |of: u8| {
            char::from(of)
                .to_digit(16)
                .and_then(|of| u8::try_from(of).ok())
        };
        let pairs = digits.chunks_exact(2);
        pairs
            .map(|pair| Some(digit(pair[0])? << 4 | digit(pair[1])?))
            .collect()
    }

    /// Bytes as hexadecimal text.
    pub fn hex(bytes: &[u8]) -> String {
        let mut text = String::with_capacity(bytes.len() * 2);
        for byte in bytes {
            text.extend(
                [byte >> 4, byte & 15].map(|of| char::from_digit(of.into(), 16).unwrap_or('0')),
            );
        }
        text
    }
}

impl fmt::Debug for Bytes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Bytes({})", Self::hex(&self.0))
    }
}

impl From<Vec<u8>> for Bytes {
    fn from(bytes: Vec<u8>) -> Self {
        Self(bytes)
    }
}

impl Serialize for Bytes {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_str(&Self::hex(&self.0))
    }
}

impl<'de> Deserialize<'de> for Bytes {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let text = String::deserialize(from)?;
        let bytes = Self::of_hex(&text);
        bytes
            .map(Self)
            .ok_or_else(|| D::Error::custom("must be hexadecimal"))
    }
}

impl From<Bytes> for Value {
    fn from(bytes: Bytes) -> Self {
        Self::Bytes(bytes.0)
    }
}

impl FieldType for Bytes {
    const KIND: Kind = Kind::Bytes;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_decimal_is_exact_or_refused() {
        for text in [
            "0",
            "-12.50",
            "1e3",
            ".5",
            "9999999999999999999999999999999999",
        ] {
            let decimal: Decimal = text.parse().expect("a decimal");
            assert_eq!(decimal.to_string(), text);
        }
        for text in [
            "",
            "x",
            "NaN",
            "Infinity",
            "-inf",
            "1.2.3",
            "12345678901234567890123456789012345",
        ] {
            assert!(text.parse::<Decimal>().is_err(), "{text}");
        }
    }

    #[test]
    fn bytes_are_read_back_from_their_text() {
        let all: Vec<u8> = (0..=255).collect();
        assert_eq!(Bytes::of_hex(&Bytes::hex(&all)), Some(all));
        assert_eq!(Bytes::of_hex("\\x0aFF"), Some(vec![10, 255]));
        for bad in ["0", "0g", "\\x0", "ü"] {
            assert_eq!(Bytes::of_hex(bad), None, "{bad}");
        }
    }
}
