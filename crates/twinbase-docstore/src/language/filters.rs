//! The operators of filters, and of the projection of a find.

use super::{Family, Operator, Place, differs, full, refused};

pub(super) const FAMILIES: &[Family] = &[
    Family {
        title: "filters: comparison",
        place: Place::Filter,
        operators: COMPARISON,
    },
    Family {
        title: "filters: logic",
        place: Place::Filter,
        operators: LOGIC,
    },
    Family {
        title: "filters: elements and arrays",
        place: Place::Filter,
        operators: ELEMENT,
    },
    Family {
        title: "filters: evaluation",
        place: Place::Filter,
        operators: EVALUATION,
    },
    Family {
        title: "filters: bits",
        place: Place::Filter,
        operators: BITS,
    },
    Family {
        title: "filters: geography",
        place: Place::Filter,
        operators: GEO,
    },
    Family {
        title: "projections of a find",
        place: Place::Projection,
        operators: PROJECTIONS,
    },
];

const COMPARISON: &[Operator] = &[
    full("$eq", r#"{"n": {"$eq": 5}}"#),
    differs(
        "$gt",
        "an array, MinKey or MaxKey as the operand is refused",
        r#"{"n": {"$gt": 1}}"#,
    ),
    differs("$gte", "as `$gt`", r#"{"n": {"$gte": 1}}"#),
    full("$in", r#"{"n": {"$in": [1, 5]}}"#),
    differs("$lt", "as `$gt`", r#"{"n": {"$lt": 9}}"#),
    differs("$lte", "as `$gt`", r#"{"n": {"$lte": 9}}"#),
    full("$ne", r#"{"n": {"$ne": 1}}"#),
    full("$nin", r#"{"n": {"$nin": [1, 2]}}"#),
];

const LOGIC: &[Operator] = &[
    full("$and", r#"{"$and": [{"n": 5}, {"s": {"$exists": true}}]}"#),
    full("$nor", r#"{"$nor": [{"n": 1}, {"n": 2}]}"#),
    full("$not", r#"{"n": {"$not": {"$gt": 9}}}"#),
    full("$or", r#"{"$or": [{"n": 5}, {"s": "x"}]}"#),
];

const ELEMENT: &[Operator] = &[
    full("$all", r#"{"a": {"$all": [1, 2]}}"#),
    full("$elemMatch", r#"{"a": {"$elemMatch": {"$gt": 1}}}"#),
    full("$exists", r#"{"n": {"$exists": true}}"#),
    full("$size", r#"{"a": {"$size": 3}}"#),
    full("$type", r#"{"n": {"$type": "number"}}"#),
];

const EVALUATION: &[Operator] = &[
    full("$comment", r#"{"n": 5, "$comment": "why"}"#),
    full("$expr", r#"{"$expr": {"$gt": ["$n", 1]}}"#),
    refused("$jsonSchema"),
    full("$mod", r#"{"n": {"$mod": [5, 0]}}"#),
    differs(
        "$regex",
        "see below",
        r#"{"s": {"$regex": "^he", "$options": "i"}}"#,
    ),
    refused("$sampleRate"),
    differs(
        "$text",
        "see Full text search; `$caseSensitive` and `$diacriticSensitive` are refused",
        r#"{"$text": {"$search": "hello"}}"#,
    ),
    refused("$where"),
];

const BITS: &[Operator] = &[
    refused("$bitsAllClear"),
    refused("$bitsAllSet"),
    refused("$bitsAnyClear"),
    refused("$bitsAnySet"),
];

const GEO: &[Operator] = &[
    refused("$geoIntersects"),
    refused("$geoWithin"),
    refused("$near"),
    refused("$nearSphere"),
];

const PROJECTIONS: &[Operator] = &[
    full("$", r#"{"a.$": 1}"#),
    full("$elemMatch", r#"{"a": {"$elemMatch": {"$gt": 1}}}"#),
    differs(
        "$meta",
        "`textScore` only, whose numbers are not MongoDB's and are not refused",
        r#"{"r": {"$meta": "textScore"}}"#,
    ),
    full("$slice", r#"{"a": {"$slice": 1}}"#),
];
