//! `$bucket` as the stages that the manual explains it by: `$group` by the boundary at or below a value, then `$sort`.

use bson::raw::RawBson;
use bson::{Bson, Document, doc};

use super::{Group, invalid};
use crate::Error;
use crate::expression::Expression;
use crate::store::Clock;
use crate::value::{Order, key_of, rank};

/// What a bucket holds where nothing is said.
pub(super) fn default_output() -> Document {
    doc! { "count": { "$sum": 1 } }
}

/// The group that gives a document for each bucket that is not empty.
pub(super) fn parse(spec: &Document, place: &str, order: &Order) -> Result<Group, Error> {
    let refuse = |reason: &str| invalid("$bucket", place, reason);
    let known = ["groupBy", "boundaries", "default", "output"];
    if let Some(name) = spec.keys().find(|name| !known.contains(&name.as_str())) {
        return Err(refuse(&format!("{name} is no option")));
    }
    let by = spec.get("groupBy").ok_or_else(|| refuse("needs groupBy"))?;
    let boundaries = spec
        .get_array("boundaries")
        .map_err(|_| refuse("needs boundaries, an array"))?
        .iter()
        .map(|boundary| constant(boundary, place))
        .collect::<Result<Vec<_>, _>>()?;
    let default = spec
        .get("default")
        .map(|value| constant(value, place))
        .transpose()?;
    check(&boundaries, default.as_ref(), place, order)?;
    let mut branches = Vec::new();
    for pair in boundaries.windows(2) {
        branches.push(Bson::Document(doc! {
            "case": { "$and": [
                { "$gte": ["$$by", literal(&pair[0])] },
                { "$lt": ["$$by", literal(&pair[1])] },
            ] },
            "then": literal(&pair[0]),
        }));
    }
    let mut switch = doc! { "branches": branches };
    // Without a default the manual makes a value outside of all buckets an error, as `$switch` does.
    if let Some(default) = &default {
        switch.insert("default", literal(default));
    }
    let id = doc! { "$let": { "vars": { "by": by.clone() }, "in": { "$switch": switch } } };
    let mut group = doc! { "_id": id };
    match spec.get("output") {
        Some(Bson::Document(output)) => group.extend(output.clone()),
        Some(_) => return Err(refuse("output is a document")),
        None => group.extend(default_output()),
    }
    Group::parse(&group)
}

fn literal(value: &Bson) -> Bson {
    Bson::Document(doc! { "$literal": value.clone() })
}

/// A boundary is an expression that is the same for every document.
fn constant(value: &Bson, place: &str) -> Result<Bson, Error> {
    let refuse = || invalid("$bucket", place, "boundaries and default are constants");
    let expression = Expression::parse(value, place)?;
    if !expression.is_constant() {
        return Err(refuse());
    }
    let value = expression.evaluate(&bson::RawDocumentBuf::new(), &Clock::new())?;
    value
        .and_then(|value| Bson::try_from(value).ok())
        .ok_or_else(refuse)
}

fn check(
    boundaries: &[Bson],
    default: Option<&Bson>,
    place: &str,
    order: &Order,
) -> Result<(), Error> {
    let refuse = |reason: &str| invalid("$bucket", place, reason);
    let key = |value: &Bson| {
        RawBson::try_from(value.clone())
            .and_then(|value| {
                Ok((
                    rank(value.as_raw_bson_ref()),
                    key_of(value.as_raw_bson_ref(), order)?,
                ))
            })
            .map_err(|_| refuse("a boundary cannot be written as BSON"))
    };
    let keys = boundaries.iter().map(key).collect::<Result<Vec<_>, _>>()?;
    let (Some(first), Some(last), true) = (keys.first(), keys.last(), keys.len() > 1) else {
        return Err(refuse("needs at least two boundaries"));
    };
    if keys
        .windows(2)
        .any(|pair| pair[0].0 != pair[1].0 || pair[0].1 >= pair[1].1)
    {
        return Err(refuse("boundaries ascend and are of one type"));
    }
    if let Some(default) = default {
        let (rank, key) = key(default)?;
        if rank == first.0 && key >= first.1 && key < last.1 {
            return Err(refuse("default lies outside of the boundaries"));
        }
    }
    Ok(())
}
