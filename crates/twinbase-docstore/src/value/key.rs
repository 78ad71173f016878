//! The key of any value: a rank byte for its type, then the value. Keys delimit themselves, so they can be put one after another.
//!
//! The order is that of MongoDB's comparison: the smallest key, (an empty array in a sort), null, numbers, strings, documents,
//! arrays, binary, object ids, booleans, dates, timestamps, regular expressions, pointers, code, code with scope, the largest key.

use bson::error::Error;
use bson::raw::{RawArray, RawBsonRef, RawDocument};
use bson::spec::BinarySubtype;

use super::{Order, number};

/// The place of a type in the order of types; the numbers leave room and are part of the stored format.
pub(crate) struct Rank;

impl Rank {
    pub(crate) const MIN_KEY: u8 = 1;
    /// The deprecated type `undefined`; also what an empty array sorts as.
    pub(crate) const UNDEFINED: u8 = 2;
    pub(crate) const NULL: u8 = 5;
    pub(crate) const NUMBER: u8 = 10;
    pub(crate) const STRING: u8 = 15;
    pub(crate) const DOCUMENT: u8 = 20;
    pub(crate) const ARRAY: u8 = 25;
    pub(crate) const BINARY: u8 = 30;
    pub(crate) const OBJECT_ID: u8 = 35;
    pub(crate) const BOOLEAN: u8 = 40;
    pub(crate) const DATE: u8 = 45;
    pub(crate) const TIMESTAMP: u8 = 47;
    pub(crate) const REGEX: u8 = 50;
    pub(crate) const DB_POINTER: u8 = 55;
    pub(crate) const CODE: u8 = 60;
    pub(crate) const CODE_WITH_SCOPE: u8 = 65;
    pub(crate) const MAX_KEY: u8 = 127;
}

/// Ends a list of elements; below every rank, so that a prefix sorts first.
const END: u8 = 0;

/// The rank of a value's type.
pub(crate) fn rank(value: RawBsonRef<'_>) -> u8 {
    match value {
        RawBsonRef::MinKey => Rank::MIN_KEY,
        RawBsonRef::Undefined => Rank::UNDEFINED,
        RawBsonRef::Null => Rank::NULL,
        RawBsonRef::Double(_)
        | RawBsonRef::Int32(_)
        | RawBsonRef::Int64(_)
        | RawBsonRef::Decimal128(_) => Rank::NUMBER,
        RawBsonRef::String(_) | RawBsonRef::Symbol(_) => Rank::STRING,
        RawBsonRef::Document(_) => Rank::DOCUMENT,
        RawBsonRef::Array(_) => Rank::ARRAY,
        RawBsonRef::Binary(_) => Rank::BINARY,
        RawBsonRef::ObjectId(_) => Rank::OBJECT_ID,
        RawBsonRef::Boolean(_) => Rank::BOOLEAN,
        RawBsonRef::DateTime(_) => Rank::DATE,
        RawBsonRef::Timestamp(_) => Rank::TIMESTAMP,
        RawBsonRef::RegularExpression(_) => Rank::REGEX,
        RawBsonRef::DbPointer(_) => Rank::DB_POINTER,
        RawBsonRef::JavaScriptCode(_) => Rank::CODE,
        RawBsonRef::JavaScriptCodeWithScope(_) => Rank::CODE_WITH_SCOPE,
        RawBsonRef::MaxKey => Rank::MAX_KEY,
    }
}

/// Whether a value is a number that is not a number: it equals itself and compares to no other.
pub(crate) fn is_nan(value: RawBsonRef<'_>) -> bool {
    match value {
        RawBsonRef::Double(x) => x.is_nan(),
        RawBsonRef::Decimal128(x) => x.to_string() == "NaN",
        _ => false,
    }
}

/// The key of a value. The order says how strings compare; names of fields always do by their bytes.
pub(crate) fn key_of(value: RawBsonRef<'_>, order: &Order) -> Result<Vec<u8>, Error> {
    let mut key = Vec::with_capacity(32);
    write_key(&mut key, value, order)?;
    Ok(key)
}

/// The key of a field that is not there: that of null.
pub(crate) fn key_of_missing() -> Vec<u8> {
    vec![Rank::NULL]
}

/// Appends the key of a value.
pub(crate) fn write_key(
    out: &mut Vec<u8>,
    value: RawBsonRef<'_>,
    order: &Order,
) -> Result<(), Error> {
    out.push(rank(value));
    write_payload(out, value, order)
}

fn write_payload(out: &mut Vec<u8>, value: RawBsonRef<'_>, order: &Order) -> Result<(), Error> {
    match value {
        RawBsonRef::MinKey | RawBsonRef::MaxKey | RawBsonRef::Null | RawBsonRef::Undefined => {}
        RawBsonRef::Double(x) => number::write_f64(out, x),
        RawBsonRef::Int32(x) => number::write_f64(out, f64::from(x)),
        RawBsonRef::Int64(x) => number::write_i64(out, x),
        RawBsonRef::Decimal128(x) => number::write_decimal(out, &x.to_string()),
        RawBsonRef::String(x) | RawBsonRef::Symbol(x) => match order.key_of_text(x) {
            Some(key) => write_bytes(out, &key),
            None => write_bytes(out, x.as_bytes()),
        },
        RawBsonRef::JavaScriptCode(x) => write_bytes(out, x.as_bytes()),
        RawBsonRef::Document(x) => write_document(out, x, order)?,
        RawBsonRef::Array(x) => write_array(out, x, order)?,
        RawBsonRef::Binary(x) => {
            // The old subtype 2 has its length inside as well, and MongoDB counts those four bytes.
            let inside = if x.subtype == BinarySubtype::BinaryOld {
                4
            } else {
                0
            };
            out.extend_from_slice(&(x.bytes.len() as u64 + inside).to_be_bytes());
            out.push(x.subtype.into());
            out.extend_from_slice(x.bytes);
        }
        RawBsonRef::ObjectId(x) => out.extend_from_slice(&x.bytes()),
        RawBsonRef::Boolean(x) => out.push(u8::from(x)),
        RawBsonRef::DateTime(x) => write_signed(out, x.timestamp_millis()),
        RawBsonRef::Timestamp(x) => {
            out.extend_from_slice(&x.time.to_be_bytes());
            out.extend_from_slice(&x.increment.to_be_bytes());
        }
        RawBsonRef::RegularExpression(x) => {
            write_bytes(out, x.pattern.as_str().as_bytes());
            write_bytes(out, x.options.as_str().as_bytes());
        }
        RawBsonRef::DbPointer(_) => write_db_pointer(out, value),
        RawBsonRef::JavaScriptCodeWithScope(x) => {
            write_bytes(out, x.code.as_bytes());
            write_document(out, x.scope, order)?;
        }
    }
    Ok(())
}

fn write_signed(out: &mut Vec<u8>, value: i64) {
    out.extend_from_slice(&(value.cast_unsigned() ^ (1 << 63)).to_be_bytes());
}

/// NUL inside is escaped so that the terminator, two NULs, sorts below every continuation.
fn write_bytes(out: &mut Vec<u8>, bytes: &[u8]) {
    if bytes.contains(&0) {
        for &byte in bytes {
            out.push(byte);
            if byte == 0 {
                out.push(0xff);
            }
        }
    } else {
        out.extend_from_slice(bytes);
    }
    out.extend_from_slice(&[0, 0]);
}

/// Documents compare field by field: the type, then the name, then the value.
fn write_document(out: &mut Vec<u8>, document: &RawDocument, order: &Order) -> Result<(), Error> {
    for element in document {
        let (name, value) = element?;
        out.push(rank(value));
        write_bytes(out, name.as_str().as_bytes());
        write_payload(out, value, order)?;
    }
    out.push(END);
    Ok(())
}

fn write_array(out: &mut Vec<u8>, array: &RawArray, order: &Order) -> Result<(), Error> {
    for element in array {
        write_key(out, element?, order)?;
    }
    out.push(END);
    Ok(())
}

/// The fields of a `DbPointer` are private in `bson`, so its key is that of its bytes: equality is exact, the order is by namespace length first.
fn write_db_pointer(out: &mut Vec<u8>, value: RawBsonRef<'_>) {
    let mut holder = bson::RawDocumentBuf::new();
    holder.append(bson::raw::cstr!("p"), value);
    // Past the length, the type byte and the one-letter name with its end.
    let bytes = holder.as_bytes().get(7..).unwrap_or_default();
    out.extend_from_slice(&(bytes.len() as u64).to_be_bytes());
    out.extend_from_slice(bytes);
}

#[cfg(test)]
mod tests {
    use bson::{Bson, RawBson, bson, doc};

    use super::{Order, key_of};

    fn key(value: Bson) -> Vec<u8> {
        key_of(
            RawBson::try_from(value).unwrap().as_raw_bson_ref(),
            &Order::default(),
        )
        .unwrap()
    }

    #[test]
    fn the_order_of_types_and_values_is_mongodbs() {
        let ascending = [
            Bson::MinKey,
            Bson::Null,
            Bson::Double(f64::NAN),
            Bson::Double(f64::NEG_INFINITY),
            Bson::Int64(i64::MIN),
            Bson::Double(-1.5),
            Bson::Int32(-1),
            Bson::Double(5e-324),
            Bson::Double(1.5),
            Bson::String(String::new()),
            bson!("a"),
            bson!("a\0"),
            bson!("a\0b"),
            bson!("ab"),
            bson!({}),
            bson!({"a": 1}),
            bson!({"a": 1, "b": 1}),
            bson!({"a": 2}),
            bson!({"b": 1}),
            bson!({"a": "text"}),
            bson!([]),
            bson!([1]),
            bson!([1, 2]),
            bson!([2]),
            Bson::Boolean(false),
            Bson::Boolean(true),
            Bson::DateTime(bson::DateTime::from_millis(-5)),
            Bson::DateTime(bson::DateTime::from_millis(5)),
            Bson::MaxKey,
        ];
        for pair in ascending.windows(2) {
            assert!(
                key(pair[0].clone()) < key(pair[1].clone()),
                "{:?} < {:?}",
                pair[0],
                pair[1]
            );
        }
    }

    #[test]
    fn equal_values_of_different_numeric_types_have_one_key() {
        let decimal = |s: &str| Bson::Decimal128(s.parse().unwrap());
        for (a, b) in [
            (Bson::Int32(1), Bson::Double(1.0)),
            (Bson::Int32(1), Bson::Int64(1)),
            (Bson::Int32(0), Bson::Double(-0.0)),
            (Bson::Int32(1), decimal("1.00")),
            (Bson::Double(0.5), decimal("5E-1")),
            (Bson::Int64(i64::MAX), decimal("9223372036854775807")),
            (Bson::Double(f64::NAN), decimal("NaN")),
            (Bson::Double(f64::INFINITY), decimal("Infinity")),
            (Bson::Int32(0), decimal("-0E+10")),
        ] {
            assert_eq!(key(a.clone()), key(b.clone()), "{a:?} = {b:?}");
            assert_eq!(key(bson!({"x": a})), key(Bson::Document(doc! {"x": b})));
        }
    }

    #[test]
    fn numbers_beyond_the_precision_of_doubles_keep_their_order() {
        let decimal = |s: &str| Bson::Decimal128(s.parse().unwrap());
        let two_53 = 9_007_199_254_740_992_i64;
        let ascending = [
            decimal("-1E+400"),
            Bson::Int64(i64::MIN),
            decimal("-9223372036854775807.5"),
            Bson::Int64(i64::MIN + 1),
            decimal("-1E-400"),
            Bson::Int32(0),
            decimal("1E-400"),
            decimal("0.09999999999999999999"),
            decimal("0.1"),
            Bson::Double(0.1),
            decimal("0.1000000000000000055511151231257828"),
            Bson::Int64(two_53 - 1),
            Bson::Double(9_007_199_254_740_992.0),
            Bson::Int64(two_53 + 1),
            decimal("9007199254740993.5"),
            Bson::Int64(two_53 + 2),
            Bson::Int64(i64::MAX - 1),
            Bson::Int64(i64::MAX),
            Bson::Double(9_223_372_036_854_775_808.0),
            decimal("1E+400"),
            Bson::Double(f64::INFINITY),
        ];
        for pair in ascending.windows(2) {
            assert!(
                key(pair[0].clone()) < key(pair[1].clone()),
                "{:?} < {:?}",
                pair[0],
                pair[1]
            );
        }
    }
}
