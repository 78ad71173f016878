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
    full(
        "$filter",
        r#"{"$filter": {"input": "$a", "as": "e", "cond": {"$gt": ["$$e", 1]}, "limit": 1}}"#,
    ),
    full("$first", r#"{"$first": "$a"}"#),
    full("$firstN", r#"{"$firstN": {"input": "$a", "n": 2}}"#),
    full("$in", r#"{"$in": [1, "$a"]}"#),
    full("$indexOfArray", r#"{"$indexOfArray": ["$a", 1]}"#),
    full("$isArray", r#"{"$isArray": "$a"}"#),
    full("$last", r#"{"$last": "$a"}"#),
    full("$lastN", r#"{"$lastN": {"input": "$a", "n": 2}}"#),
    full(
        "$map",
        r#"{"$map": {"input": "$a", "as": "e", "in": {"$add": ["$$e", 1]}}}"#,
    ),
    full("$maxN", r#"{"$maxN": {"input": "$a", "n": 2}}"#),
    full("$minN", r#"{"$minN": {"input": "$a", "n": 2}}"#),
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
    differs(
        "$sortArray",
        "by a field is refused when it meets an array on the way to it",
        r#"{"$sortArray": {"input": "$docs", "sortBy": {"v": -1}}}"#,
    ),
    full(
        "$zip",
        r#"{"$zip": {"inputs": ["$a", [1, 2]], "useLongestLength": true, "defaults": [0, 0]}}"#,
    ),
];

const DATES: &[Operator] = &[
    full(
        "$dateAdd",
        r#"{"$dateAdd": {"startDate": "$d", "unit": "month", "amount": 1}}"#,
    ),
    full(
        "$dateDiff",
        r#"{"$dateDiff": {"startDate": "$d", "endDate": "$$NOW", "unit": "day"}}"#,
    ),
    full(
        "$dateFromParts",
        r#"{"$dateFromParts": {"year": 2024, "month": 2, "day": 29}}"#,
    ),
    differs(
        "$dateFromString",
        "without a format reads ISO 8601; other forms that MongoDB may read are refused",
        r#"{"$dateFromString": {"dateString": "2024-02-29T12:00:00Z"}}"#,
    ),
    full(
        "$dateSubtract",
        r#"{"$dateSubtract": {"startDate": "$d", "unit": "day", "amount": 1}}"#,
    ),
    full(
        "$dateToParts",
        r#"{"$dateToParts": {"date": "$d", "timezone": "Europe/Berlin"}}"#,
    ),
    full(
        "$dateToString",
        r#"{"$dateToString": {"date": "$d", "format": "%Y-%m-%d %H:%M", "timezone": "+02:00"}}"#,
    ),
    full(
        "$dateTrunc",
        r#"{"$dateTrunc": {"date": "$d", "unit": "week", "startOfWeek": "monday"}}"#,
    ),
    full(
        "$dayOfMonth",
        r#"{"$dayOfMonth": {"date": "$d", "timezone": "Asia/Seoul"}}"#,
    ),
    full(
        "$dayOfWeek",
        r#"{"$dayOfWeek": {"date": "$d", "timezone": "Asia/Seoul"}}"#,
    ),
    full(
        "$dayOfYear",
        r#"{"$dayOfYear": {"date": "$d", "timezone": "Asia/Seoul"}}"#,
    ),
    full(
        "$hour",
        r#"{"$hour": {"date": "$d", "timezone": "Asia/Seoul"}}"#,
    ),
    full(
        "$isoDayOfWeek",
        r#"{"$isoDayOfWeek": {"date": "$d", "timezone": "Asia/Seoul"}}"#,
    ),
    full(
        "$isoWeek",
        r#"{"$isoWeek": {"date": "$d", "timezone": "Asia/Seoul"}}"#,
    ),
    full(
        "$isoWeekYear",
        r#"{"$isoWeekYear": {"date": "$d", "timezone": "Asia/Seoul"}}"#,
    ),
    full(
        "$millisecond",
        r#"{"$millisecond": {"date": "$d", "timezone": "Asia/Seoul"}}"#,
    ),
    full(
        "$minute",
        r#"{"$minute": {"date": "$d", "timezone": "Asia/Seoul"}}"#,
    ),
    full(
        "$month",
        r#"{"$month": {"date": "$d", "timezone": "Asia/Seoul"}}"#,
    ),
    full(
        "$second",
        r#"{"$second": {"date": "$d", "timezone": "Asia/Seoul"}}"#,
    ),
    refused("$tsIncrement"),
    refused("$tsSecond"),
    full(
        "$week",
        r#"{"$week": {"date": "$d", "timezone": "Asia/Seoul"}}"#,
    ),
    full(
        "$year",
        r#"{"$year": {"date": "$d", "timezone": "Asia/Seoul"}}"#,
    ),
];

const OBJECTS: &[Operator] = &[
    full("$$CURRENT", r#""$$CURRENT.n""#),
    refused("$$CLUSTER_TIME"),
    full("$$NOW", r#""$$NOW""#),
    full("$$REMOVE", r#""$$REMOVE""#),
    full("$$ROOT", r#""$$ROOT""#),
    refused("$$SEARCH_META"),
    refused("$$USER_ROLES"),
    full(
        "$getField",
        r#"{"$getField": {"field": "x", "input": "$o"}}"#,
    ),
    full(
        "$let",
        r#"{"$let": {"vars": {"v": "$n"}, "in": {"$add": ["$$v", 1]}}}"#,
    ),
    full("$literal", r#"{"$literal": "$n"}"#),
    full("$mergeObjects", r#"{"$mergeObjects": ["$o", {"y": 2}]}"#),
    full("$objectToArray", r#"{"$objectToArray": "$o"}"#),
    full(
        "$setField",
        r#"{"$setField": {"field": "y", "input": "$o", "value": 1}}"#,
    ),
    full(
        "$unsetField",
        r#"{"$unsetField": {"field": "x", "input": "$o"}}"#,
    ),
];

const OTHERS: &[Operator] = &[
    refused("$binarySize"),
    refused("$bsonSize"),
    refused("$function"),
    differs(
        "$meta",
        "`textScore` only, in some stages, whose numbers are not MongoDB's and are not refused",
        r#"{"$meta": "textScore"}"#,
    ),
    refused("$rand"),
    refused("$toHashedIndexKey"),
];

const SETS: &[Operator] = &[
    full("$allElementsTrue", r#"{"$allElementsTrue": ["$a"]}"#),
    full("$anyElementTrue", r#"{"$anyElementTrue": ["$a"]}"#),
    full("$setDifference", r#"{"$setDifference": ["$a", [1]]}"#),
    full("$setEquals", r#"{"$setEquals": ["$a", [1, 2, 3]]}"#),
    full("$setIntersection", r#"{"$setIntersection": ["$a", [1]]}"#),
    full("$setIsSubset", r#"{"$setIsSubset": [[1], "$a"]}"#),
    full("$setUnion", r#"{"$setUnion": ["$a", [1]]}"#),
];

const STRINGS: &[Operator] = &[
    full("$concat", r#"{"$concat": ["$s", "x"]}"#),
    full("$indexOfBytes", r#"{"$indexOfBytes": ["$s", "l"]}"#),
    full("$indexOfCP", r#"{"$indexOfCP": ["$s", "l", 0, 4]}"#),
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
    full("$strLenBytes", r#"{"$strLenBytes": "$s"}"#),
    full("$strLenCP", r#"{"$strLenCP": "$s"}"#),
    full("$strcasecmp", r#"{"$strcasecmp": ["$s", "HELLO"]}"#),
    full("$substr", r#"{"$substr": ["$s", 0, 2]}"#),
    full("$substrBytes", r#"{"$substrBytes": ["$s", 0, 2]}"#),
    full("$substrCP", r#"{"$substrCP": ["$s", 0, 2]}"#),
    differs(
        "$toLower",
        "of a timestamp, or of a double on which versions of MongoDB differ, is refused",
        r#"{"$toLower": "$s"}"#,
    ),
    differs(
        "$toUpper",
        "of a timestamp, or of a double on which versions of MongoDB differ, is refused",
        r#"{"$toUpper": "$s"}"#,
    ),
    full("$trim", r#"{"$trim": {"input": "$s", "chars": "H"}}"#),
];
