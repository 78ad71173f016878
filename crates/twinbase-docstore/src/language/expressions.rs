//! The operators of expressions over strings, arrays, dates and objects, and the variables.

use super::{Family, Operator, Place, differs, full, refused};

pub(super) const FAMILIES: &[Family] = &[
    Family {
        title: "expressions: arrays",
        place: Place::Expression,
        operators: ARRAYS,
    },
    Family {
        title: "expressions: dates",
        place: Place::Expression,
        operators: DATES,
    },
    Family {
        title: "expressions: objects and variables",
        place: Place::Expression,
        operators: OBJECTS,
    },
    Family {
        title: "expressions: others",
        place: Place::Expression,
        operators: OTHERS,
    },
    Family {
        title: "expressions: sets",
        place: Place::Expression,
        operators: SETS,
    },
    Family {
        title: "expressions: strings",
        place: Place::Expression,
        operators: STRINGS,
    },
];

const ARRAYS: &[Operator] = &[
    full("$arrayElemAt", r#"{"$arrayElemAt": ["$a", 0]}"#),
    full("$arrayToObject", r#"{"$arrayToObject": [[["k", 1]]]}"#),
    full("$concatArrays", r#"{"$concatArrays": ["$a", [1]]}"#),
    differs(
        "$filter",
        "without `limit`",
        r#"{"$filter": {"input": "$a", "as": "e", "cond": {"$gt": ["$$e", 1]}}}"#,
    ),
    full("$first", r#"{"$first": "$a"}"#),
    refused("$firstN"),
    full("$in", r#"{"$in": [1, "$a"]}"#),
    refused("$indexOfArray"),
    full("$isArray", r#"{"$isArray": "$a"}"#),
    full("$last", r#"{"$last": "$a"}"#),
    refused("$lastN"),
    full(
        "$map",
        r#"{"$map": {"input": "$a", "as": "e", "in": {"$add": ["$$e", 1]}}}"#,
    ),
    refused("$maxN"),
    refused("$minN"),
    differs(
        "$range",
        "of a million numbers at most",
        r#"{"$range": [0, 5, 2]}"#,
    ),
    full(
        "$reduce",
        r#"{"$reduce": {"input": "$a", "initialValue": 0, "in": {"$add": ["$$value", "$$this"]}}}"#,
    ),
    full("$reverseArray", r#"{"$reverseArray": "$a"}"#),
    full("$size", r#"{"$size": "$a"}"#),
    full("$slice", r#"{"$slice": ["$a", 1, 2]}"#),
    refused("$sortArray"),
    refused("$zip"),
];

const DATES: &[Operator] = &[
    refused("$dateAdd"),
    refused("$dateDiff"),
    refused("$dateFromParts"),
    refused("$dateFromString"),
    refused("$dateSubtract"),
    refused("$dateToParts"),
    refused("$dateToString"),
    refused("$dateTrunc"),
    refused("$dayOfMonth"),
    refused("$dayOfWeek"),
    refused("$dayOfYear"),
    refused("$hour"),
    refused("$isoDayOfWeek"),
    refused("$isoWeek"),
    refused("$isoWeekYear"),
    refused("$millisecond"),
    refused("$minute"),
    refused("$month"),
    refused("$second"),
    refused("$tsIncrement"),
    refused("$tsSecond"),
    refused("$week"),
    refused("$year"),
];

const OBJECTS: &[Operator] = &[
    full("$$CURRENT", r#""$$CURRENT.n""#),
    refused("$$CLUSTER_TIME"),
    full("$$NOW", r#""$$NOW""#),
    full("$$REMOVE", r#""$$REMOVE""#),
    full("$$ROOT", r#""$$ROOT""#),
    refused("$$SEARCH_META"),
    refused("$$USER_ROLES"),
    refused("$getField"),
    full(
        "$let",
        r#"{"$let": {"vars": {"v": "$n"}, "in": {"$add": ["$$v", 1]}}}"#,
    ),
    full("$literal", r#"{"$literal": "$n"}"#),
    full("$mergeObjects", r#"{"$mergeObjects": ["$o", {"y": 2}]}"#),
    full("$objectToArray", r#"{"$objectToArray": "$o"}"#),
    refused("$setField"),
    refused("$unsetField"),
];

const OTHERS: &[Operator] = &[
    refused("$binarySize"),
    refused("$bsonSize"),
    refused("$function"),
    refused("$meta"),
    refused("$rand"),
    refused("$toHashedIndexKey"),
];

const SETS: &[Operator] = &[
    full("$allElementsTrue", r#"{"$allElementsTrue": ["$a"]}"#),
    full("$anyElementTrue", r#"{"$anyElementTrue": ["$a"]}"#),
    full("$setDifference", r#"{"$setDifference": ["$a", [1]]}"#),
    refused("$setEquals"),
    full("$setIntersection", r#"{"$setIntersection": ["$a", [1]]}"#),
    refused("$setIsSubset"),
    full("$setUnion", r#"{"$setUnion": ["$a", [1]]}"#),
];

const STRINGS: &[Operator] = &[
    full("$concat", r#"{"$concat": ["$s", "x"]}"#),
    refused("$indexOfBytes"),
    differs(
        "$indexOfCP",
        "takes two arguments",
        r#"{"$indexOfCP": ["$s", "l"]}"#,
    ),
    full("$ltrim", r#"{"$ltrim": {"input": "$s"}}"#),
    refused("$regexFind"),
    refused("$regexFindAll"),
    full(
        "$regexMatch",
        r#"{"$regexMatch": {"input": "$s", "regex": "^he", "options": "i"}}"#,
    ),
    full(
        "$replaceAll",
        r#"{"$replaceAll": {"input": "$s", "find": "l", "replacement": "L"}}"#,
    ),
    full(
        "$replaceOne",
        r#"{"$replaceOne": {"input": "$s", "find": "l", "replacement": "L"}}"#,
    ),
    full("$rtrim", r#"{"$rtrim": {"input": "$s"}}"#),
    full("$split", r#"{"$split": ["$s", "l"]}"#),
    refused("$strLenBytes"),
    full("$strLenCP", r#"{"$strLenCP": "$s"}"#),
    refused("$strcasecmp"),
    refused("$substr"),
    refused("$substrBytes"),
    full("$substrCP", r#"{"$substrCP": ["$s", 0, 2]}"#),
    differs(
        "$toLower",
        "of a number or date is refused",
        r#"{"$toLower": "$s"}"#,
    ),
    differs("$toUpper", "as `$toLower`", r#"{"$toUpper": "$s"}"#),
    full("$trim", r#"{"$trim": {"input": "$s", "chars": "H"}}"#),
];
