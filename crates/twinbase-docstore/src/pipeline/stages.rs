//! The stages that are supported, by name; every other one is refused by its name.

use bson::{Bson, Document, doc};

use super::{Group, Reshape, Select, Unwind};
use crate::catalog::Collection;
use crate::expression::field_name;
use crate::filter;
use crate::projection::Dialect;
use crate::sort;
use crate::{Error, Options};

/// A pipeline over a collection as one statement.
pub(crate) fn build<'c>(
    collection: &'c Collection,
    pipeline: &[Document],
    options: &Options,
) -> Result<Select<'c>, Error> {
    if pipeline.len() > options.max_stages {
        return Err(Error::QueryTooLarge {
            what: "stages",
            limit: options.max_stages,
        });
    }
    let mut select = Select::new(collection);
    for (at, stage) in pipeline.iter().enumerate() {
        let place = format!("stage {at}");
        let mut names = stage.iter();
        let (Some((name, value)), None) = (names.next(), names.next()) else {
            return Err(invalid(
                "a stage",
                &place,
                "has exactly one field, its name",
            ));
        };
        select = add(select, name, value, &place, options)?;
    }
    Ok(select)
}

fn add<'c>(
    mut select: Select<'c>,
    name: &str,
    value: &Bson,
    place: &str,
    options: &Options,
) -> Result<Select<'c>, Error> {
    match name {
        "$match" => select.filter(&filter::parse(document(name, value, place)?, options)?)?,
        "$sort" => {
            let keys = sort::parse(document(name, value, place)?)?;
            if keys.is_empty() {
                return Err(invalid(name, place, "needs at least one path"));
            }
            select.sort(&keys)?;
        }
        "$skip" => select.skip(number(name, value, place)?),
        "$limit" => match number(name, value, place)? {
            0 => return Err(invalid(name, place, "takes a positive number")),
            count => select.limit(count),
        },
        "$addFields" | "$set" | "$replaceRoot" | "$replaceWith" => {
            let stage = doc! { name: value.clone() };
            Reshape::parse(&stage)?;
            select.reshape(bytes(&stage, name)?)?;
        }
        "$unset" => select.project(&unset(value, place)?, Dialect::Stage)?,
        "$unwind" => {
            let spec = match value {
                Bson::String(path) => doc! { "path": path },
                value => document(name, value, place)?.clone(),
            };
            Unwind::parse(&spec)?;
            select.unwind(bytes(&spec, name)?)?;
        }
        "$project" => select.project(document(name, value, place)?, Dialect::Stage)?,
        "$group" => return group(select, document(name, value, place)?),
        "$count" => {
            let Bson::String(field) = value else {
                return Err(invalid(name, place, "takes the name of a field"));
            };
            field_name(field, place)?;
            // The manual: `$group` by null with a sum of ones.
            let mut counted = group(select, &doc! { "_id": Bson::Null, field: { "$sum": 1 } })?;
            counted.project(&doc! { "_id": 0 }, Dialect::Stage)?;
            return Ok(counted);
        }
        // The manual: `$group` by the expression, then `$sort` by the count.
        "$sortByCount" => {
            let spec = doc! { "_id": value.clone(), "count": { "$sum": 1 } };
            let mut counted = group(select, &spec)?;
            counted.sort(&sort::parse(&doc! { "count": -1 })?)?;
            return Ok(counted);
        }
        other => {
            return Err(Error::Unsupported {
                operator: other.to_owned(),
                path: place.to_owned(),
            });
        }
    }
    Ok(select)
}

fn group<'c>(select: Select<'c>, spec: &Document) -> Result<Select<'c>, Error> {
    let group = Group::parse(spec)?;
    select.group(bytes(spec, "$group")?, &group)
}

fn bytes(spec: &Document, stage: &str) -> Result<Vec<u8>, Error> {
    spec.to_vec()
        .map_err(|_| invalid(stage, "", "cannot be written as BSON"))
}

/// `$unset` is a projection that leaves out.
fn unset(value: &Bson, place: &str) -> Result<Document, Error> {
    let refuse = || invalid("$unset", place, "takes a path or an array of paths");
    let paths = value
        .as_array()
        .map_or(std::slice::from_ref(value), Vec::as_slice);
    if paths.is_empty() {
        return Err(refuse());
    }
    paths
        .iter()
        .map(|path| Ok((path.as_str().ok_or_else(refuse)?.to_owned(), Bson::Int32(0))))
        .collect()
}

fn document<'v>(name: &str, value: &'v Bson, place: &str) -> Result<&'v Document, Error> {
    value
        .as_document()
        .ok_or_else(|| invalid(name, place, "takes a document"))
}

fn number(name: &str, value: &Bson, place: &str) -> Result<u64, Error> {
    let whole = match value {
        Bson::Int32(n) => u64::try_from(*n).ok(),
        Bson::Int64(n) => u64::try_from(*n).ok(),
        // Beyond 2^53 a double may not be the number that was meant.
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "whole and in range"
        )]
        Bson::Double(n) if n.fract() == 0.0 && (0.0..=9e15).contains(n) => Some(*n as u64),
        _ => None,
    };
    whole.ok_or_else(|| invalid(name, place, "takes a whole number that is not negative"))
}

fn invalid(operator: &str, path: &str, reason: &str) -> Error {
    Error::InvalidQuery {
        operator: operator.to_owned(),
        path: path.to_owned(),
        reason: reason.to_owned(),
    }
}
