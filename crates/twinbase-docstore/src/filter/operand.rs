//! What the operators of a filter may be given.

use bson::raw::CString;
use bson::{Bson, Regex};

use super::parse::{invalid, unsupported};
use super::{Test, regex};
use crate::Error;
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
            && document.keys().any(|name| name.starts_with('$'))
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

/// What counts as true where an operator takes a flag.
pub(super) fn truth(operator: &str, path: &Path, value: &Bson) -> Result<bool, Error> {
    match value {
        Bson::Boolean(flag) => Ok(*flag),
        Bson::Int32(number) => Ok(*number != 0),
        Bson::Int64(number) => Ok(*number != 0),
        Bson::Double(number) => Ok(*number != 0.0),
        _ => Err(invalid(operator, path.text(), "takes true or false")),
    }
}

/// `$regex` with the `$options` beside it.
pub(super) fn regex(path: &Path, value: &Bson, options: Option<&Bson>) -> Result<Regex, Error> {
    let options = match options {
        None => "",
        Some(Bson::String(options)) => options,
        Some(_) => return Err(invalid("$options", path.text(), "takes a string")),
    };
    let (pattern, inner) = match value {
        Bson::String(pattern) => (pattern.as_str(), ""),
        Bson::RegularExpression(regex) => (regex.pattern.as_str(), regex.options.as_str()),
        _ => {
            return Err(invalid(
                "$regex",
                path.text(),
                "takes a string or a regular expression",
            ));
        }
    };
    if !options.is_empty() && !inner.is_empty() {
        return Err(invalid("$options", path.text(), "options are given twice"));
    }
    let options = if options.is_empty() { inner } else { options };
    let mut letters: Vec<char> = options.chars().collect();
    // BSON keeps the letters sorted; two equal expressions are then equal bytes.
    letters.sort_unstable();
    let holds_nul = |_| invalid("$regex", path.text(), "holds a NUL");
    Ok(Regex {
        pattern: CString::try_from(pattern).map_err(holds_nul)?,
        options: CString::try_from(letters.into_iter().collect::<String>()).map_err(holds_nul)?,
    })
}

/// Compiles every pattern once, so that a query is refused before it runs.
pub(super) fn check_patterns(path: &Path, test: &Test, max_bytes: usize) -> Result<(), Error> {
    let check = |pattern: &Regex| {
        if pattern.pattern.as_str().len() > max_bytes {
            return Err(Error::QueryTooLarge {
                what: "bytes in a regular expression",
                limit: max_bytes,
            });
        }
        regex::compile(pattern)
            .map(|_| ())
            .map_err(|construct| unsupported(&format!("$regex: {construct}"), path.text()))
    };
    match test {
        Test::Regex(pattern) => check(pattern),
        Test::In(values) => values.iter().try_for_each(|value| match value {
            Bson::RegularExpression(pattern) => check(pattern),
            _ => Ok(()),
        }),
        _ => Ok(()),
    }
}
