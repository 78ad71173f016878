//! Strings. Lengths and positions count code points; upper and lower case are those of ASCII, as in MongoDB.

use bson::raw::RawBson;

use super::function::{Answer, Function, Null, Shape, Wrong, is_null, wrong};
use super::{Value, to_array};

const fn strict(name: &'static str, count: usize, run: fn(&[Value]) -> Answer) -> Function {
    Function::new(name, Shape::Listed(count, count), Null::Spreads, run)
}

/// Of these, only the input may be null; chars that are not given are white space.
const TRIM: Shape = Shape::Named(&["input", "chars"]);
const REPLACE: Shape = Shape::Named(&["input", "find", "replacement"]);

pub(super) const FUNCTIONS: &[Function] = &[
    Function::new(
        "$concat",
        Shape::Listed(0, usize::MAX),
        Null::Spreads,
        concat,
    ),
    Function::new("$toLower", Shape::Listed(1, 1), Null::Passes, |a| {
        Ok(Some(RawBson::String(or_empty(&a[0])?.to_ascii_lowercase())))
    }),
    Function::new("$toUpper", Shape::Listed(1, 1), Null::Passes, |a| {
        Ok(Some(RawBson::String(or_empty(&a[0])?.to_ascii_uppercase())))
    }),
    Function::new("$substrCP", Shape::Listed(3, 3), Null::Passes, substring),
    Function::new("$strLenCP", Shape::Listed(1, 1), Null::Passes, |a| {
        count(text(&a[0])?.chars().count())
    }),
    strict("$split", 2, split),
    Function::new("$trim", TRIM, Null::Passes, |a| trim(a, true, true)),
    Function::new("$ltrim", TRIM, Null::Passes, |a| trim(a, true, false)),
    Function::new("$rtrim", TRIM, Null::Passes, |a| trim(a, false, true)),
    Function::new("$replaceOne", REPLACE, Null::Spreads, |a| replace(a, 1)),
    Function::new("$replaceAll", REPLACE, Null::Spreads, |a| {
        replace(a, usize::MAX)
    }),
    Function::new("$indexOfCP", Shape::Listed(2, 2), Null::Passes, index_of),
];

fn text(value: &Value) -> Result<&str, Wrong> {
    match value {
        Some(RawBson::String(text)) => Ok(text),
        _ => wrong("takes strings"),
    }
}

/// Null and missing are the empty string; MongoDB also takes numbers and dates as text, which is left out.
fn or_empty(value: &Value) -> Result<&str, Wrong> {
    match value {
        value if is_null(value) => Ok(""),
        Some(RawBson::String(text)) => Ok(text),
        Some(RawBson::Int32(_) | RawBson::Int64(_) | RawBson::Double(_)) => {
            Err(Wrong::Unsupported("a number"))
        }
        Some(RawBson::DateTime(_) | RawBson::Timestamp(_)) => Err(Wrong::Unsupported("a date")),
        Some(RawBson::Decimal128(_)) => Err(Wrong::Unsupported("a decimal")),
        _ => wrong("takes strings"),
    }
}

fn count(value: usize) -> Answer {
    match i32::try_from(value) {
        Ok(value) => Ok(Some(RawBson::Int32(value))),
        Err(_) => wrong("has a result beyond int32"),
    }
}

fn concat(arguments: &[Value]) -> Answer {
    let mut joined = String::new();
    for argument in arguments {
        joined.push_str(text(argument)?);
    }
    Ok(Some(RawBson::String(joined)))
}

fn position(value: &Value) -> Result<usize, Wrong> {
    super::array::whole(value)?
        .try_into()
        .map_err(|_| Wrong::Invalid("takes no negative number".to_owned()))
}

fn substring(arguments: &[Value]) -> Answer {
    let text = or_empty(&arguments[0])?;
    let (start, length) = (position(&arguments[1])?, position(&arguments[2])?);
    let part = text.chars().skip(start).take(length).collect();
    Ok(Some(RawBson::String(part)))
}

fn split(arguments: &[Value]) -> Answer {
    let (text, separator) = (text(&arguments[0])?, text(&arguments[1])?);
    if separator.is_empty() {
        return wrong("takes no empty separator");
    }
    let parts = text
        .split(separator)
        .map(|part| RawBson::String(part.to_owned()));
    Ok(Some(to_array(parts)))
}

/// The manual's list of white space: NUL, the ASCII spaces and the spaces of Unicode.
fn is_white(c: char) -> bool {
    matches!(
        c,
        '\0' | '\t'..='\r' | ' ' | '\u{a0}' | '\u{1680}' | '\u{2000}'..='\u{200a}'
    )
}

fn trim(arguments: &[Value], start: bool, end: bool) -> Answer {
    if is_null(&arguments[0]) || matches!(arguments[1], Some(RawBson::Null)) {
        return Ok(Some(RawBson::Null));
    }
    let chars = match &arguments[1] {
        None => None,
        given => Some(text(given)?),
    };
    let strips = |c: char| chars.map_or_else(|| is_white(c), |chars| chars.contains(c));
    let mut text = text(&arguments[0])?;
    if start {
        text = text.trim_start_matches(strips);
    }
    if end {
        text = text.trim_end_matches(strips);
    }
    Ok(Some(RawBson::String(text.to_owned())))
}

fn replace(arguments: &[Value], most: usize) -> Answer {
    let (input, find) = (text(&arguments[0])?, text(&arguments[1])?);
    let replaced = input.replacen(find, text(&arguments[2])?, most);
    Ok(Some(RawBson::String(replaced)))
}

/// -1 where the part is not found, null of null.
fn index_of(arguments: &[Value]) -> Answer {
    if is_null(&arguments[0]) {
        return Ok(Some(RawBson::Null));
    }
    let (input, part) = (text(&arguments[0])?, text(&arguments[1])?);
    match input.find(part) {
        None => Ok(Some(RawBson::Int32(-1))),
        Some(at) => count(input[..at].chars().count()),
    }
}
