//! The stages that a reader's pipeline may have.

use bson::{Bson, Document};
use twinbase_core::ReplicaError;

use super::{
    refused,
    walk::{self, Place},
};

/// Stages that read the documents before them or, shaped like those, another collection's. A list of what is allowed, so that a stage which some
/// future server has is not let through unseen.
const STAGES: [&str; 24] = [
    "$addFields",
    "$bucket",
    "$bucketAuto",
    "$count",
    "$densify",
    "$facet",
    "$fill",
    "$group",
    "$limit",
    "$lookup",
    "$match",
    "$project",
    "$redact",
    "$replaceRoot",
    "$replaceWith",
    "$sample",
    "$set",
    "$setWindowFields",
    "$skip",
    "$sort",
    "$sortByCount",
    "$unionWith",
    "$unset",
    "$unwind",
];

/// Refuses a pipeline that writes, runs code or names `_sync`.
pub fn check_pipeline(pipeline: &[Document]) -> Result<(), ReplicaError> {
    for stage in pipeline {
        let mut entries = stage.iter();
        let (Some((name, body)), None) = (entries.next(), entries.next()) else {
            return Err(refused("a stage of a pipeline has exactly one name"));
        };
        check_stage(name)?;
        match (name.as_str(), body) {
            ("$facet", Bson::Document(facets)) => check_facets(facets)?,
            ("$match", _) => walk::value(body, Place::Filter)?,
            ("$unset", _) => check_unset(body)?,
            ("$lookup" | "$unionWith", _) => check_other_collection(body)?,
            _ => walk::value(body, Place::Expression)?,
        }
    }
    Ok(())
}

fn check_stage(name: &str) -> Result<(), ReplicaError> {
    match name {
        "$out" | "$merge" => Err(refused(format!(
            "the stage `{name}` writes, and only the primary is written to"
        ))),
        "$graphLookup" => Err(refused(
            "the stage `$graphLookup` would show what is deleted in another collection",
        )),
        _ if STAGES.contains(&name) => Ok(()),
        _ => Err(refused(format!("there is no stage `{name}`"))),
    }
}

fn check_facets(facets: &Document) -> Result<(), ReplicaError> {
    for (name, pipeline) in facets {
        let stage = |stage: &Bson| stage.as_document().cloned();
        let stages = pipeline.as_array().map(|stages| stages.iter().map(stage));
        let stages: Option<Vec<_>> = stages.and_then(Iterator::collect);
        match stages {
            // MongoDB allows no `$facet` within one; it would also let this recurse.
            Some(stages) if stages.iter().any(|stage| stage.contains_key("$facet")) => {
                return Err(refused("`$facet` cannot contain `$facet`"));
            }
            Some(stages) => check_pipeline(&stages)?,
            None => return Err(refused(format!("the facet `{name}` is not a pipeline"))),
        }
    }
    Ok(())
}

/// The pipeline over another collection obeys the same rules, and so do the fields that are named as texts.
fn check_other_collection(body: &Bson) -> Result<(), ReplicaError> {
    // First, because it bounds the depth of what is walked next.
    walk::value(body, Place::Expression)?;
    let Bson::Document(spec) = body else {
        return Ok(());
    };
    for name in ["localField", "foreignField", "as"] {
        if let Some(field) = spec.get(name) {
            check_unset(field)?;
        }
    }
    match spec.get("pipeline") {
        Some(Bson::Array(stages)) => {
            let stages = stages.iter().map(|stage| stage.as_document().cloned());
            let stages: Option<Vec<_>> = stages.collect();
            check_pipeline(&stages.ok_or_else(|| refused("a stage is a document"))?)
        }
        _ => Ok(()),
    }
}

/// `$unset` and its like name fields as texts without `$`.
fn check_unset(fields: &Bson) -> Result<(), ReplicaError> {
    let names = match fields {
        Bson::Array(names) => names.as_slice(),
        one => std::slice::from_ref(one),
    };
    names.iter().filter_map(Bson::as_str).try_for_each(|name| {
        let mut probe = Document::new();
        probe.insert(name, Bson::Null);
        walk::document(&probe, Place::Filter)
    })
}

#[cfg(test)]
mod tests {
    use bson::{Document, doc};

    use super::check_pipeline;

    #[track_caller]
    fn refuses(stage: &Document, what: &str) {
        let refused = check_pipeline(&[doc! { "$match": {} }, stage.clone()]);
        let error = refused.unwrap_err().to_string();
        assert!(error.contains(what), "{stage}: {error}");
    }

    #[test]
    fn a_stage_that_writes_or_reads_elsewhere_is_refused_by_name() {
        refuses(&doc! { "$out": "stolen" }, "$out");
        refuses(&doc! { "$merge": { "into": "stolen" } }, "$merge");
        let writes = doc! { "from": "users", "pipeline": [{ "$out": "stolen" }], "as": "x" };
        refuses(&doc! { "$lookup": writes }, "$out");
        let inner = doc! { "$unionWith": { "coll": "users", "pipeline": [{ "$out": "x" }] } };
        refuses(
            &doc! { "$unionWith": { "coll": "users", "pipeline": [inner] } },
            "$out",
        );
        refuses(&doc! { "$graphLookup": {} }, "$graphLookup");
        refuses(&doc! { "$collStats": {} }, "$collStats");
        refuses(&doc! { "$facet": { "a": [{ "$out": "stolen" }] } }, "$out");
        refuses(&doc! { "$facet": { "a": [{ "$facet": {} }] } }, "$facet");
        refuses(&doc! {}, "exactly one");
        refuses(&doc! { "$match": {}, "$out": "x" }, "exactly one");
    }

    #[test]
    fn no_stage_can_name_sync_or_run_code() {
        for stage in [
            doc! { "$project": { "v": "$_sync.v" } },
            doc! { "$project": { "_sync": 1 } },
            doc! { "$group": { "_id": "$_sync.deleted" } },
            doc! { "$sort": { "_sync.v": 1 } },
            doc! { "$unset": "_sync" },
            doc! { "$lookup": { "from": "a", "localField": "b", "foreignField": "_sync.v", "as": "c" } },
            doc! { "$lookup": { "from": "a", "localField": "b", "foreignField": "b", "as": "_sync" } },
            doc! { "$lookup": { "from": "a", "let": { "v": "$_sync.v" }, "pipeline": [], "as": "c" } },
            doc! { "$lookup": { "from": "a", "pipeline": [{ "$match": { "_sync.v": 1 } }], "as": "c" } },
            doc! { "$facet": { "a": [{ "$match": { "_sync.v": 1 } }] } },
        ] {
            refuses(&stage, "_sync");
        }
        let code = doc! { "_id": 1, "x": { "$accumulator": {} } };
        refuses(&doc! { "$group": code }, "$accumulator");
    }

    #[test]
    fn what_applications_need_passes() {
        check_pipeline(&[
            doc! { "$match": { "userId": "u1" } },
            doc! { "$group": { "_id": null, "hours": { "$sum": "$studyHours" }, "all": { "$push": "$$ROOT" } } },
            doc! { "$facet": { "top": [{ "$sort": { "hours": -1 } }, { "$limit": 3 }] } },
        ])
        .unwrap();
    }
}
