//! What the operators of a filter may be given.

use bson::raw::CString;
use bson::{Bson, RawBson, Regex};

use super::parse::{invalid, unsupported};
use super::whole::{Whole, whole};
use super::{Budget, Patterns, Test};
use crate::Error;
use crate::expression::is_true;
use crate::path::Path;

/// A value to be equal to. The deprecated `undefined` is refused, as MongoDB does.
pub(super) fn checked(operator: &str, path: &Path, value: &Bson) -> Result<Bson, Error> {
    if matches!(value, Bson::Undefined) {
        return Err(invalid(
            operator,
            path.text(),
            "nothing can be compared with undefined",
        ));
    }
    if bson::serialize_to_vec(&bson::doc! { "v": value.clone() }).is_err() {
        return Err(invalid(
            operator,
            path.text(),
            "the value cannot be written as BSON",
        ));
    }
    Ok(value.clone())
}

/// A value to be less or greater than. MongoDB's versions differ on arrays and on the two end keys, so these are refused.
pub(super) fn ordered(operator: &str, path: &Path, value: &Bson) -> Result<Bson, Error> {
    match value {
        Bson::Array(_) => Err(unsupported(
            &format!("{operator} with an array"),
            path.text(),
        )),
        Bson::MinKey | Bson::MaxKey => Err(unsupported(
            &format!("{operator} with MinKey or MaxKey"),
            path.text(),
        )),
        Bson::RegularExpression(_) => Err(invalid(
            operator,
            path.text(),
            "takes no regular expression",
        )),
        value => checked(operator, path, value),
    }
}

/// The values of `$in` and `$nin`.
pub(super) fn list(operator: &str, path: &Path, value: &Bson) -> Result<Vec<Bson>, Error> {
    let Bson::Array(values) = value else {
        return Err(invalid(operator, path.text(), "takes an array"));
    };
    for value in values {
        if let Bson::Document(document) = value
            && document
                .keys()
                .next()
                .is_some_and(|name| name.starts_with('$'))
        {
            return Err(invalid(
                operator,
                path.text(),
                "holds values, not operators",
            ));
        }
        checked(operator, path, value)?;
    }
    Ok(values.clone())
}

/// What counts as true where an operator takes a flag: everything but false, zero, null and undefined.
pub(super) fn truth(value: &Bson) -> bool {
    RawBson::try_from(value.clone()).is_ok_and(|value| is_true(Some(&value)))
}

/// The operand of `$size`.
pub(super) fn size(path: &Path, value: &Bson) -> Result<i64, Error> {
    whole_number(value)
        .filter(|size| *size >= 0)
        .ok_or_else(|| invalid("$size", path.text(), "takes a whole number, not negative"))
}

/// The operand of `$mod`: fractions are cut off.
pub(super) fn modulo(path: &Path, value: &Bson) -> Result<Test, Error> {
    let refuse = |reason| invalid("$mod", path.text(), reason);
    let numbers: Option<Vec<i64>> = value
        .as_array()
        .filter(|numbers| numbers.len() == 2)
        .and_then(|numbers| numbers.iter().map(|n| Some(cut(n)?.part)).collect());
    match numbers.as_deref() {
        Some([0, _]) => Err(refuse("has the divisor 0")),
        Some([divisor, remainder]) => Ok(Test::Modulo {
            divisor: *divisor,
            remainder: *remainder,
        }),
        _ => Err(refuse("takes a divisor and a remainder, both numbers")),
    }
}

/// A number that has no fraction.
pub(crate) fn whole_number(value: &Bson) -> Option<i64> {
    cut(value)
        .filter(|number| number.exact)
        .map(|number| number.part)
}

fn cut(value: &Bson) -> Option<Whole> {
    whole(RawBson::try_from(value.clone()).ok()?.as_raw_bson_ref())
}

/// `$regex` with the `$options` beside it.
pub(crate) fn regex(place: &str, value: &Bson, options: Option<&Bson>) -> Result<Regex, Error> {
    let options = match options {
        None => "",
        Some(Bson::String(options)) => options,
        Some(_) => return Err(invalid("$options", place, "takes a string")),
    };
    let (pattern, inner) = match value {
        Bson::String(pattern) => (pattern.as_str(), ""),
        Bson::RegularExpression(regex) => (regex.pattern.as_str(), regex.options.as_str()),
        _ => {
            return Err(invalid(
                "$regex",
                place,
                "takes a string or a regular expression",
            ));
        }
    };
    if !options.is_empty() && !inner.is_empty() {
        return Err(invalid("$options", place, "options are given twice"));
    }
    let options = if options.is_empty() { inner } else { options };
    let mut letters: Vec<char> = options.chars().collect();
    // BSON keeps the letters sorted; two equal expressions are then equal bytes.
    letters.sort_unstable();
    let holds_nul = |_| invalid("$regex", place, "holds a NUL");
    Ok(Regex {
        pattern: CString::try_from(pattern).map_err(holds_nul)?,
        options: CString::try_from(letters.into_iter().collect::<String>()).map_err(holds_nul)?,
    })
}

/// Compiles the patterns of a test once, so that a query is refused before it runs.
pub(super) fn check_patterns(
    path: &Path,
    test: &Test,
    max_bytes: usize,
    budget: &mut Budget,
) -> Result<(), Error> {
    let values = match test {
        Test::Regex(pattern) => vec![pattern],
        Test::In(values) => values
            .iter()
            .filter_map(|value| match value {
                Bson::RegularExpression(pattern) => Some(pattern),
                _ => None,
            })
            .collect(),
        _ => return Ok(()),
    };
    if values.is_empty() {
        return Ok(());
    }
    if values
        .iter()
        .any(|pattern| pattern.pattern.as_str().len() > max_bytes)
    {
        return Err(Error::QueryTooLarge {
            what: "bytes in a regular expression",
            limit: max_bytes,
        });
    }
    Patterns::new(values, path.text(), budget).map(|_| ())
}
