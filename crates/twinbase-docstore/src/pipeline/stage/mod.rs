//! The stages that are supported, by name; every other one is refused by its name.

mod bucket;
mod bucket_auto;
mod count;
mod each;
mod facet;
mod fields;
mod group;
mod lookup;
mod reshape;
mod sample;
mod sort;
mod union;
mod unwind;
mod window;

use bson::{Bson, Document, doc};

use self::bucket_auto::BucketAuto;
use self::count::Count;
use self::facet::Facet;
use self::lookup::Lookup;
use self::sample::Sample;
use self::union::Union;
use self::unwind::Unwind;
use self::window::Window;
use super::plan::Builder;
use super::whole;
use crate::error::invalid;
use crate::expression::field_name;
use crate::filter;
use crate::projection::{Dialect, Projection};
use crate::sort as order;
use crate::{Error, Options};

pub(super) use self::each::{Limit, Match, Skip};
pub(super) use self::group::Group;
pub(crate) use self::reshape::Reshape;
pub(super) use self::sort::Sort;

/// Adds the stages of a pipeline to a plan.
pub(super) fn add_all(
    plan: &mut Builder<'_>,
    pipeline: &[Document],
    options: &Options,
) -> Result<(), Error> {
    if pipeline.len() > options.max_stages {
        return Err(Error::QueryTooLarge {
            what: "stages",
            limit: options.max_stages,
        });
    }
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
        plan.check_score(name, value, &place)?;
        add(plan, name, value, &place, options)?;
    }
    Ok(())
}

fn add(
    plan: &mut Builder<'_>,
    name: &str,
    value: &Bson,
    place: &str,
    options: &Options,
) -> Result<(), Error> {
    match name {
        "$match" => plan.filter(&filter::parse(document(name, value, place)?, options)?),
        "$sort" => {
            let spec = document(name, value, place)?;
            if spec.is_empty() {
                return Err(invalid(name, place, "needs at least one path"));
            }
            plan.sort_by(spec)
        }
        "$skip" => plan.skip(number(name, value, place)?),
        "$limit" => match number(name, value, place)? {
            0 => Err(invalid(name, place, "takes a positive number")),
            count => plan.limit(count),
        },
        "$addFields" | "$set" | "$replaceRoot" | "$replaceWith" => {
            plan.stage(name, Box::new(Reshape::parse(name, value)?))
        }
        "$unset" => {
            let projection = Projection::new(&unset(value, place)?, Dialect::Stage)?;
            plan.stage(name, Box::new(projection))
        }
        "$project" => {
            let projection = Projection::new(document(name, value, place)?, Dialect::Stage)?;
            plan.stage(name, Box::new(projection))
        }
        "$unwind" => {
            let unwind = match value {
                Bson::String(path) => Unwind::parse(&doc! { "path": path }),
                value => Unwind::parse(document(name, value, place)?),
            };
            plan.stage(name, Box::new(unwind?))
        }
        "$group" => {
            let group = Group::parse(document(name, value, place)?)?;
            plan.stage(name, Box::new(group))
        }
        "$count" => {
            let field = value
                .as_str()
                .ok_or_else(|| invalid(name, place, "takes the name of a field"))?;
            plan.stage(name, Box::new(Count(field_name(field, place)?)))
        }
        // The manual: `$group` by the expression, then `$sort` by the count.
        "$sortByCount" => {
            let spec = doc! { "_id": value.clone(), "count": { "$sum": 1 } };
            plan.stage(name, Box::new(Group::parse(&spec)?))?;
            plan.sort(order::parse(&doc! { "count": -1 })?)
        }
        _ => add_other(plan, name, value, place, options),
    }
}

/// The stages that read other documents than the one that comes, or all of them.
fn add_other(
    plan: &mut Builder<'_>,
    name: &str,
    value: &Bson,
    place: &str,
    options: &Options,
) -> Result<(), Error> {
    match name {
        "$lookup" => {
            let lookup = Lookup::parse(document(name, value, place)?, place, options)?;
            plan.stage(name, Box::new(lookup))
        }
        "$unionWith" => plan.stage(name, Box::new(Union::parse(value, place, options)?)),
        "$facet" => {
            let facet = Facet::parse(document(name, value, place)?, place, options)?;
            plan.stage(name, Box::new(facet))
        }
        "$bucket" => {
            let group = bucket::parse(document(name, value, place)?, place, &options.order)?;
            plan.stage(name, Box::new(group))?;
            plan.sort(order::parse(&doc! { "_id": 1 })?)
        }
        "$bucketAuto" => {
            let buckets = BucketAuto::parse(document(name, value, place)?, place)?;
            plan.stage(name, Box::new(buckets))
        }
        "$sample" => {
            let spec = document(name, value, place)?;
            let size = match (spec.len(), spec.get("size")) {
                (1, Some(size)) => number(name, size, place)?,
                _ => return Err(invalid(name, place, "takes size")),
            };
            let size = usize::try_from(size)
                .ok()
                .filter(|size| *size > 0)
                .ok_or_else(|| invalid(name, place, "takes a positive size"))?;
            plan.stage(name, Box::new(Sample(size)))
        }
        "$setWindowFields" => {
            let window = Window::parse(document(name, value, place)?)?;
            plan.stage(name, Box::new(window))
        }
        other => Err(Error::Unsupported {
            operator: other.to_owned(),
            path: place.to_owned(),
        }),
    }
}

/// The pipeline that a stage has inside of it.
fn pipeline_of(stage: &str, value: &Bson, place: &str) -> Result<Vec<Document>, Error> {
    let refuse = || invalid(stage, place, "takes a pipeline, an array of stages");
    value
        .as_array()
        .ok_or_else(refuse)?
        .iter()
        .map(|stage| stage.as_document().cloned().ok_or_else(refuse))
        .collect()
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
    let whole = whole(value).and_then(|n| u64::try_from(n).ok());
    whole.ok_or_else(|| invalid(name, place, "takes a whole number that is not negative"))
}
