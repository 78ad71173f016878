//! Strings. Lengths and positions count code points; upper and lower case are those of ASCII, as in MongoDB.

use std::collections::HashSet;

use bson::raw::RawBson;

use super::Value;
use super::array::length;
use super::bounds::{check_bytes, to_array};
use super::function::{Answer, Function, Null, Shape, Wrong, wrong};
use super::number::{Number, whole};
use super::text::of as as_text;

const fn strict(name: &'static str, count: usize, run: fn(&[Value]) -> Answer) -> Function {
    Function::new(name, Shape::Listed(count, count), Null::Spreads, run)
}

const fn passing(name: &'static str, count: usize, run: fn(&[Value]) -> Answer) -> Function {
    Function::new(name, Shape::Listed(count, count), Null::Passes, run)
}

/// Chars that are not given are white space.
const TRIM: Shape = Shape::Named(1, &["input", "chars"]);
const REPLACE: Shape = Shape::Named(3, &["input", "find", "replacement"]);

pub(super) const FUNCTIONS: &[Function] = &[
    Function::new(
        "$concat",
        Shape::Listed(0, usize::MAX),
        Null::Spreads,
        concat,
    ),
    passing("$toLower", 1, |a| {
        Ok(Some(RawBson::String(as_text(&a[0])?.to_ascii_lowercase())))
    }),
    passing("$toUpper", 1, |a| {
        Ok(Some(RawBson::String(as_text(&a[0])?.to_ascii_uppercase())))
    }),
    passing("$strcasecmp", 2, |a| {
        let upper = |value| Ok::<_, Wrong>(as_text(value)?.to_ascii_uppercase());
        let order = upper(&a[0])?.cmp(&upper(&a[1])?);
        Ok(Some(RawBson::Int32(order as i32)))
    }),
    passing("$substrCP", 3, substring),
    passing("$substrBytes", 3, substring_of_bytes),
    passing("$substr", 3, substring_of_bytes),
    passing("$strLenCP", 1, |a| length(text(&a[0])?.chars().count())),
    passing("$strLenBytes", 1, |a| length(text(&a[0])?.len())),
    strict("$split", 2, split),
    Function::new("$trim", TRIM, Null::Spreads, |a| trim(a, true, true)),
    Function::new("$ltrim", TRIM, Null::Spreads, |a| trim(a, true, false)),
    Function::new("$rtrim", TRIM, Null::Spreads, |a| trim(a, false, true)),
    Function::new("$replaceOne", REPLACE, Null::Spreads, |a| replace(a, 1)),
    Function::new("$replaceAll", REPLACE, Null::Spreads, |a| {
        replace(a, usize::MAX)
    }),
];

pub(super) fn text(value: &Value) -> Result<&str, Wrong> {
    match value {
        Some(RawBson::String(text)) => Ok(text),
        _ => wrong("takes strings"),
    }
}

fn concat(arguments: &[Value]) -> Answer {
    let mut joined = String::new();
    for argument in arguments {
        joined.push_str(text(argument)?);
        check_bytes(joined.len())?;
    }
    Ok(Some(RawBson::String(joined)))
}

fn position(value: &Value) -> Result<usize, Wrong> {
    whole(value)?
        .try_into()
        .map_err(|_| Wrong::Invalid("takes no negative number".to_owned()))
}

fn substring(arguments: &[Value]) -> Answer {
    let text = as_text(&arguments[0])?;
    let (start, length) = (position(&arguments[1])?, position(&arguments[2])?);
    let part = text.chars().skip(start).take(length).collect();
    Ok(Some(RawBson::String(part)))
}

/// A negative length takes all that follows. What cuts a character in half is refused.
fn substring_of_bytes(arguments: &[Value]) -> Answer {
    let text = as_text(&arguments[0])?;
    let bound = |value| match Number::of(value)? {
        Number::Decimal(n) => Ok(n.to_integer(crate::value::Rounding::TowardZero)),
        #[expect(
            clippy::cast_possible_truncation,
            reason = "as MongoDB reads a position"
        )]
        number => Ok::<_, Wrong>(Some(number.whole().unwrap_or(number.double() as i64))),
    };
    let (start, count) = (bound(&arguments[1])?, bound(&arguments[2])?);
    let Some(start) = start.and_then(|start| usize::try_from(start).ok()) else {
        return wrong("takes no negative start");
    };
    let start = start.min(text.len());
    let count = count.and_then(|count| usize::try_from(count).ok());
    let end = count.map_or(text.len(), |count| {
        start.saturating_add(count).min(text.len())
    });
    match text.get(start..end) {
        Some(part) => Ok(Some(RawBson::String(part.to_owned()))),
        None => wrong("begins or ends within a character"),
    }
}

fn split(arguments: &[Value]) -> Answer {
    let (text, separator) = (text(&arguments[0])?, text(&arguments[1])?);
    if separator.is_empty() {
        return wrong("takes no empty separator");
    }
    let parts = text
        .split(separator)
        .map(|part| RawBson::String(part.to_owned()));
    Ok(Some(to_array(parts)?))
}

/// The manual's list of white space: NUL, the ASCII spaces and the spaces of Unicode.
fn is_white(c: char) -> bool {
    matches!(
        c,
        '\0' | '\t'..='\r' | ' ' | '\u{a0}' | '\u{1680}' | '\u{2000}'..='\u{200a}'
    )
}

fn trim(arguments: &[Value], start: bool, end: bool) -> Answer {
    let chars: Option<HashSet<char>> = match &arguments[1] {
        None => None,
        given => Some(text(given)?.chars().collect()),
    };
    let strips = |c: char| {
        let given = chars.as_ref();
        given.map_or_else(|| is_white(c), |chars| chars.contains(&c))
    };
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
    let replacement = text(&arguments[2])?;
    let found = input.matches(find).take(most).count();
    check_bytes(found.saturating_mul(replacement.len()))?;
    let replaced = input.replacen(find, replacement, most);
    Ok(Some(RawBson::String(replaced)))
}
