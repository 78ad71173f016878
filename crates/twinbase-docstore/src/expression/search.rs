//! Where something is found, in an array or in a string: -1 where it is not.

use bson::raw::RawBson;

use super::Value;
use super::array::{length, values};
use super::function::{Answer, Function, Null, Shape, Wrong, is_null, wrong};
use super::number::whole;
use super::string::text;
use crate::value::{Order, key_of};

const fn search(name: &'static str, run: fn(&[Value]) -> Answer) -> Function {
    Function::new(name, Shape::Listed(2, 4), Null::Passes, run)
}

pub(super) const FUNCTIONS: &[Function] = &[
    Function::ordered("$indexOfArray", Shape::Listed(2, 4), Null::Passes, in_array),
    search("$indexOfCP", in_code_points),
    search("$indexOfBytes", in_bytes),
];

/// The start and the end of what is searched, of the third and the fourth argument.
fn range(arguments: &[Value]) -> Result<(usize, usize), Wrong> {
    let bound = |at: usize, default| match arguments.get(at) {
        None => Ok(default),
        Some(value) => usize::try_from(whole(value)?)
            .or_else(|_| wrong("takes no negative number as start or end")),
    };
    Ok((bound(2, 0)?, bound(3, usize::MAX)?))
}

fn found(position: Option<usize>) -> Answer {
    position.map_or(Ok(Some(RawBson::Int32(-1))), length)
}

fn in_array(arguments: &[Value], order: &Order) -> Answer {
    if is_null(&arguments[0]) {
        return Ok(Some(RawBson::Null));
    }
    let list = values(&arguments[0])?;
    let (start, end) = range(arguments)?;
    let Some(wanted) = &arguments[1] else {
        return found(None);
    };
    let wanted = key_of(wanted.as_raw_bson_ref(), order)?;
    for (at, value) in list.iter().enumerate().take(end).skip(start) {
        if key_of(value.as_raw_bson_ref(), order)? == wanted {
            return found(Some(at));
        }
    }
    found(None)
}

/// The found part begins before the end, and may go beyond it.
fn in_code_points(arguments: &[Value]) -> Answer {
    if is_null(&arguments[0]) {
        return Ok(Some(RawBson::Null));
    }
    let (input, part) = (text(&arguments[0])?, text(&arguments[1])?);
    let (start, end) = range(arguments)?;
    if input.is_empty() && part.is_empty() && start == 0 {
        return found(Some(0));
    }
    let mut places = input.char_indices().map(|(at, _)| at).enumerate();
    let Some((first, first_byte)) = places.nth(start) else {
        return found(None);
    };
    let Some(at) = input[first_byte..].find(part) else {
        return found(None);
    };
    let position = first + input[first_byte..first_byte + at].chars().count();
    found((position < end).then_some(position))
}

/// The found part lies before the end.
fn in_bytes(arguments: &[Value]) -> Answer {
    if is_null(&arguments[0]) {
        return Ok(Some(RawBson::Null));
    }
    let (input, part) = (text(&arguments[0])?, text(&arguments[1])?);
    let (start, end) = range(arguments)?;
    let end = end.min(input.len());
    if start > end {
        return found(None);
    }
    // Of whole code points no part begins within one, so cutting one in half loses nothing.
    let start = input.ceil_char_boundary(start);
    let end = input.floor_char_boundary(end);
    let within = input.get(start..end);
    found(within.and_then(|within| Some(within.find(part)? + start)))
}
