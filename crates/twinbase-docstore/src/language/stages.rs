//! The stages of a pipeline.

use super::{Family, Operator, Place, differs, full, refused};

pub(super) const FAMILIES: &[Family] = &[Family {
    title: "stages",
    place: Place::Stage,
    operators: STAGES,
}];

const STAGES: &[Operator] = &[
    full("$addFields", r#"{"$addFields": {"r": "$n"}}"#),
    full(
        "$bucket",
        r#"{"$bucket": {"groupBy": "$n", "boundaries": [0, 10], "default": "x", "output": {"r": {"$sum": "$n"}}}}"#,
    ),
    differs(
        "$bucketAuto",
        "`granularity` is left out",
        r#"{"$bucketAuto": {"groupBy": "$n", "buckets": 2}}"#,
    ),
    refused("$changeStream"),
    refused("$changeStreamSplitLargeEvent"),
    refused("$collStats"),
    full("$count", r#"{"$count": "r"}"#),
    refused("$currentOp"),
    refused("$densify"),
    refused("$documents"),
    full(
        "$facet",
        r#"{"$facet": {"r": [{"$match": {"n": 5}}, {"$count": "c"}]}}"#,
    ),
    refused("$fill"),
    refused("$geoNear"),
    refused("$graphLookup"),
    full(
        "$group",
        r#"{"$group": {"_id": "$s", "r": {"$sum": "$n"}}}"#,
    ),
    refused("$indexStats"),
    full("$limit", r#"{"$limit": 2}"#),
    refused("$listLocalSessions"),
    refused("$listSampledQueries"),
    refused("$listSearchIndexes"),
    refused("$listSessions"),
    full(
        "$lookup",
        r#"{"$lookup": {"from": "c", "let": {"v": "$n"}, "pipeline": [{"$match": {"$expr": {"$eq": ["$n", "$$v"]}}}, {"$sort": {"_id": 1}}], "as": "r"}}"#,
    ),
    full("$match", r#"{"$match": {"n": {"$gt": 1}}}"#),
    refused("$merge"),
    refused("$out"),
    refused("$planCacheStats"),
    full("$project", r#"{"$project": {"r": "$n", "s": 1}}"#),
    refused("$querySettings"),
    refused("$queryStats"),
    refused("$redact"),
    full("$replaceRoot", r#"{"$replaceRoot": {"newRoot": "$o"}}"#),
    full("$replaceWith", r#"{"$replaceWith": "$o"}"#),
    full("$sample", r#"{"$sample": {"size": 2}}"#),
    refused("$search"),
    refused("$searchMeta"),
    full("$set", r#"{"$set": {"r": "$n"}}"#),
    full(
        "$setWindowFields",
        r#"{"$setWindowFields": {"partitionBy": "$s", "sortBy": {"n": 1}, "output": {"r": {"$sum": "$n", "window": {"documents": ["unbounded", "current"]}}}}}"#,
    ),
    refused("$shardedDataDistribution"),
    full("$skip", r#"{"$skip": 0}"#),
    full("$sort", r#"{"$sort": {"n": -1, "_id": 1}}"#),
    full("$sortByCount", r#"{"$sortByCount": "$s"}"#),
    full(
        "$unionWith",
        r#"{"$unionWith": {"coll": "c", "pipeline": [{"$match": {"n": 5}}]}}"#,
    ),
    full("$unset", r#"{"$unset": ["n", "o.x"]}"#),
    full(
        "$unwind",
        r#"{"$unwind": {"path": "$a", "includeArrayIndex": "i", "preserveNullAndEmptyArrays": true}}"#,
    ),
    refused("$vectorSearch"),
];
