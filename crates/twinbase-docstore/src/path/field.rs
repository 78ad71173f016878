//! One field of a stored document.
//!
//! A query that no index serves finds fields in every document, and spends most of its time on that. So the fields before the
//! wanted one are stepped over by the lengths that their types have (bsonspec.org), and only the wanted value is read. Whatever
//! is rare or not as it should be is left to `bson`, so the result is always what `bson` says, errors included.

use bson::DateTime;
use bson::error::Error;
use bson::raw::{RawBsonRef, RawDocument};

const DOUBLE: u8 = 0x01;
const STRING: u8 = 0x02;
const DOCUMENT: u8 = 0x03;
const ARRAY: u8 = 0x04;
const BINARY: u8 = 0x05;
const OBJECT_ID: u8 = 0x07;
const BOOLEAN: u8 = 0x08;
const DATE: u8 = 0x09;
const NULL: u8 = 0x0a;
const INT32: u8 = 0x10;
const TIMESTAMP: u8 = 0x11;
const INT64: u8 = 0x12;
const DECIMAL: u8 = 0x13;

/// The shortest document: its length and the zero at its end.
const MIN_DOCUMENT: usize = 5;

/// The value of the first field of that name, as [`RawDocument::get`] finds it.
pub(crate) fn field<'d>(
    document: &'d RawDocument,
    name: &str,
) -> Result<Option<RawBsonRef<'d>>, Error> {
    match scan(document.as_bytes(), name.as_bytes()) {
        Some(Scanned::Value(value)) => Ok(Some(value)),
        Some(Scanned::Missing) => Ok(None),
        None => document.get(name),
    }
}

/// What a scan has found.
enum Scanned<'d> {
    Value(RawBsonRef<'d>),
    Missing,
}

/// `None` where `bson` has to look.
fn scan<'d>(document: &'d [u8], name: &[u8]) -> Option<Scanned<'d>> {
    let mut rest = document.get(4..)?;
    loop {
        let (&kind, named) = rest.split_first()?;
        if named.is_empty() {
            return (kind == 0).then_some(Scanned::Missing);
        }
        // That a name of other letters is valid is for `bson` to check.
        let end = named
            .iter()
            .position(|byte| *byte == 0 || !byte.is_ascii())?;
        let (key, value) = named.split_at(end);
        let (0, value) = value.split_first().map(|(end, value)| (*end, value))? else {
            return None;
        };
        let size = size(kind, value)?;
        if key == name {
            return read(kind, value.get(..size)?).map(Scanned::Value);
        }
        rest = value.get(size..)?;
    }
}

/// The bytes of a value at the beginning of `bytes`.
fn size(kind: u8, bytes: &[u8]) -> Option<usize> {
    match kind {
        NULL => Some(0),
        BOOLEAN => Some(1),
        INT32 => Some(4),
        DOUBLE | DATE | TIMESTAMP | INT64 => Some(8),
        OBJECT_ID => Some(12),
        DECIMAL => Some(16),
        STRING => ended(bytes, length(bytes)?.checked_add(4)?, MIN_DOCUMENT),
        DOCUMENT | ARRAY => ended(bytes, length(bytes)?, MIN_DOCUMENT),
        BINARY => length(bytes)?.checked_add(5),
        _ => None,
    }
}

fn length(bytes: &[u8]) -> Option<usize> {
    usize::try_from(i32::from_le_bytes(*bytes.first_chunk()?)).ok()
}

/// A size that is large enough and has a zero at its end.
fn ended(bytes: &[u8], size: usize, least: usize) -> Option<usize> {
    (size >= least && bytes.get(size - 1) == Some(&0)).then_some(size)
}

/// The value of the whole of `bytes`.
fn read(kind: u8, bytes: &[u8]) -> Option<RawBsonRef<'_>> {
    Some(match kind {
        DOUBLE => RawBsonRef::Double(f64::from_le_bytes(bytes.try_into().ok()?)),
        STRING => RawBsonRef::String(str::from_utf8(bytes.get(4..bytes.len() - 1)?).ok()?),
        DOCUMENT => RawBsonRef::Document(RawDocument::from_bytes(bytes).ok()?),
        BOOLEAN => match bytes {
            [0] => RawBsonRef::Boolean(false),
            [1] => RawBsonRef::Boolean(true),
            _ => return None,
        },
        DATE => {
            let millis = i64::from_le_bytes(bytes.try_into().ok()?);
            RawBsonRef::DateTime(DateTime::from_millis(millis))
        }
        NULL => RawBsonRef::Null,
        INT32 => RawBsonRef::Int32(i32::from_le_bytes(bytes.try_into().ok()?)),
        INT64 => RawBsonRef::Int64(i64::from_le_bytes(bytes.try_into().ok()?)),
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use bson::oid::ObjectId;
    use bson::raw::RawDocument;
    use bson::spec::BinarySubtype;
    use bson::{Binary, Bson, DateTime, Decimal128, Document, Regex, Timestamp};
    use proptest::prelude::*;

    use super::{Scanned, field, scan};

    const NAMES: [&str; 8] = ["a", "b", "ab", "abc", "", "\u{e9}", "a\0b", "missing"];

    /// The same value or the same error as `bson` has.
    fn check(document: &RawDocument) {
        for name in NAMES {
            let (ours, theirs) = (field(document, name), document.get(name));
            match (ours, theirs) {
                (Ok(ours), Ok(theirs)) => {
                    assert_eq!(format!("{ours:?}"), format!("{theirs:?}"), "{name:?}");
                }
                (Err(ours), Err(theirs)) => assert_eq!(ours.to_string(), theirs.to_string()),
                (ours, theirs) => panic!("{name:?}: {ours:?} against {theirs:?}"),
            }
        }
    }

    fn scalar() -> impl Strategy<Value = Bson> {
        prop_oneof![
            Just(Bson::Null),
            Just(Bson::Undefined),
            Just(Bson::MinKey),
            Just(Bson::MaxKey),
            any::<bool>().prop_map(Bson::Boolean),
            any::<i32>().prop_map(Bson::Int32),
            any::<i64>().prop_map(Bson::Int64),
            any::<f64>().prop_map(Bson::Double),
            any::<i64>().prop_map(|at| Bson::DateTime(DateTime::from_millis(at))),
            any::<[u8; 12]>().prop_map(|id| Bson::ObjectId(ObjectId::from_bytes(id))),
            any::<[u8; 16]>().prop_map(|n| Bson::Decimal128(Decimal128::from_bytes(n))),
            (any::<u32>(), any::<u32>())
                .prop_map(|(time, increment)| Bson::Timestamp(Timestamp { time, increment })),
            "[a-c\u{e9}\0]{0,6}".prop_map(Bson::String),
            "[a-c]{0,3}".prop_map(Bson::Symbol),
            "[a-c]{0,3}".prop_map(Bson::JavaScriptCode),
            ("[a-c]{0,3}", "[im]{0,2}").prop_map(|(pattern, options)| {
                Bson::RegularExpression(Regex {
                    pattern: pattern.try_into().unwrap(),
                    options: options.try_into().unwrap(),
                })
            }),
            prop::collection::vec(any::<u8>(), 0..6).prop_map(|bytes| {
                let subtype = BinarySubtype::Generic;
                Bson::Binary(Binary { subtype, bytes })
            }),
        ]
    }

    fn documents() -> impl Strategy<Value = Document> {
        let value = scalar().prop_recursive(3, 24, 4, |inner| {
            let fields = prop::collection::vec((name(), inner.clone()), 0..4);
            prop_oneof![
                prop::collection::vec(inner, 0..4).prop_map(Bson::Array),
                fields.prop_map(|fields| Bson::Document(fields.into_iter().collect())),
            ]
        });
        prop::collection::vec((name(), value), 0..6).prop_map(|fields| fields.into_iter().collect())
    }

    fn name() -> impl Strategy<Value = String> {
        prop_oneof![Just("\u{e9}".to_owned()), "[ab]{0,3}"]
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(2_000))]

        #[test]
        fn a_field_is_what_bson_says(document in documents()) {
            let bytes = document.to_vec().unwrap();
            check(RawDocument::from_bytes(&bytes).unwrap());
        }

        #[test]
        fn damaged_bytes_are_what_bson_says(
            document in documents(),
            damage in prop::collection::vec((any::<prop::sample::Index>(), damaging()), 1..4),
        ) {
            let mut bytes = document.to_vec().unwrap();
            for (at, byte) in damage {
                let at = at.index(bytes.len());
                bytes[at] = byte;
            }
            if let Ok(document) = RawDocument::from_bytes(&bytes) {
                check(document);
            }
        }

        #[test]
        fn any_bytes_are_what_bson_says(inside in prop::collection::vec(damaging(), 0..40)) {
            let length = i32::try_from(inside.len() + 5).unwrap();
            let bytes = [&length.to_le_bytes()[..], &inside, &[0]].concat();
            check(RawDocument::from_bytes(&bytes).unwrap());
        }
    }

    /// Tags, small lengths and the letters of names come often.
    fn damaging() -> impl Strategy<Value = u8> {
        prop_oneof![0..20_u8, Just(0), Just(b'a'), any::<u8>()]
    }

    #[test]
    fn usual_documents_are_read_without_bson() {
        let document = bson::doc! {
            "_id": "x", "n": 1, "l": 2_i64, "f": 0.5, "t": true, "none": Bson::Null, "list": [1, 2],
            "at": DateTime::from_millis(5), "inner": { "a": 1 }, "last": "y",
        };
        let bytes = document.to_vec().unwrap();
        for name in [
            "_id", "n", "l", "f", "t", "none", "at", "inner", "last", "missing",
        ] {
            let found = scan(&bytes, name.as_bytes()).expect(name);
            let is_there = matches!(found, Scanned::Value(_));
            assert_eq!(is_there, document.contains_key(name), "{name}");
        }
    }
}
