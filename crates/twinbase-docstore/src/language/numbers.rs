//! The operators of expressions over numbers, types and truth.

use super::{Family, Operator, Place, differs, full, refused};

pub(super) const FAMILIES: &[Family] = &[
    Family {
        title: "expressions: arithmetic",
        place: Place::Expression,
        operators: ARITHMETIC,
    },
    Family {
        title: "expressions: bits",
        place: Place::Expression,
        operators: BITWISE,
    },
    Family {
        title: "expressions: comparison and logic",
        place: Place::Expression,
        operators: LOGIC,
    },
    Family {
        title: "expressions: sums over arguments",
        place: Place::Expression,
        operators: SUMS,
    },
    Family {
        title: "expressions: trigonometry",
        place: Place::Expression,
        operators: TRIGONOMETRY,
    },
    Family {
        title: "expressions: types",
        place: Place::Expression,
        operators: TYPES,
    },
];

const ARITHMETIC: &[Operator] = &[
    differs(
        "$abs",
        "a decimal is refused when it is met",
        r#"{"$abs": "$f"}"#,
    ),
    differs(
        "$add",
        "a decimal is refused when it is met",
        r#"{"$add": ["$n", 1]}"#,
    ),
    differs(
        "$ceil",
        "a decimal is refused when it is met",
        r#"{"$ceil": "$f"}"#,
    ),
    differs(
        "$divide",
        "a decimal is refused when it is met",
        r#"{"$divide": ["$n", 2]}"#,
    ),
    refused("$exp"),
    differs(
        "$floor",
        "a decimal is refused when it is met",
        r#"{"$floor": "$f"}"#,
    ),
    refused("$ln"),
    refused("$log"),
    refused("$log10"),
    differs(
        "$mod",
        "a decimal is refused when it is met",
        r#"{"$mod": ["$n", 3]}"#,
    ),
    differs(
        "$multiply",
        "a decimal is refused when it is met",
        r#"{"$multiply": ["$n", 2]}"#,
    ),
    refused("$pow"),
    refused("$round"),
    differs(
        "$sqrt",
        "a decimal is refused when it is met",
        r#"{"$sqrt": "$n"}"#,
    ),
    differs(
        "$subtract",
        "a decimal is refused when it is met",
        r#"{"$subtract": ["$n", 1]}"#,
    ),
    refused("$trunc"),
];

const BITWISE: &[Operator] = &[
    refused("$bitAnd"),
    refused("$bitNot"),
    refused("$bitOr"),
    refused("$bitXor"),
];

const LOGIC: &[Operator] = &[
    full("$and", r#"{"$and": ["$b", true]}"#),
    full("$cmp", r#"{"$cmp": ["$n", 1]}"#),
    full("$cond", r#"{"$cond": {"if": "$b", "then": 1, "else": 2}}"#),
    full("$eq", r#"{"$eq": ["$n", 1]}"#),
    full("$gt", r#"{"$gt": ["$n", 1]}"#),
    full("$gte", r#"{"$gte": ["$n", 1]}"#),
    full("$ifNull", r#"{"$ifNull": ["$none", "$n"]}"#),
    full("$lt", r#"{"$lt": ["$n", 1]}"#),
    full("$lte", r#"{"$lte": ["$n", 1]}"#),
    full("$ne", r#"{"$ne": ["$n", 1]}"#),
    full("$not", r#"{"$not": ["$b"]}"#),
    full("$or", r#"{"$or": ["$b", false]}"#),
    full(
        "$switch",
        r#"{"$switch": {"branches": [{"case": "$b", "then": 1}], "default": 2}}"#,
    ),
];

const SUMS: &[Operator] = &[
    differs(
        "$avg",
        "a decimal is refused when it is met",
        r#"{"$avg": ["$n", "$f"]}"#,
    ),
    full("$max", r#"{"$max": ["$n", "$f"]}"#),
    refused("$median"),
    full("$min", r#"{"$min": ["$n", "$f"]}"#),
    refused("$percentile"),
    refused("$stdDevPop"),
    refused("$stdDevSamp"),
    differs(
        "$sum",
        "a decimal is refused when it is met",
        r#"{"$sum": ["$n", "$f"]}"#,
    ),
];

const TRIGONOMETRY: &[Operator] = &[
    refused("$acos"),
    refused("$acosh"),
    refused("$asin"),
    refused("$asinh"),
    refused("$atan"),
    refused("$atan2"),
    refused("$atanh"),
    refused("$cos"),
    refused("$cosh"),
    refused("$degreesToRadians"),
    refused("$radiansToDegrees"),
    refused("$sin"),
    refused("$sinh"),
    refused("$tan"),
    refused("$tanh"),
];

const TYPES: &[Operator] = &[
    refused("$convert"),
    full("$isNumber", r#"{"$isNumber": "$n"}"#),
    differs(
        "$toBool",
        "of a decimal or date is refused",
        r#"{"$toBool": "$n"}"#,
    ),
    refused("$toDate"),
    refused("$toDecimal"),
    differs(
        "$toDouble",
        "of a decimal or date is refused",
        r#"{"$toDouble": "$n"}"#,
    ),
    differs(
        "$toInt",
        "of a decimal or date is refused",
        r#"{"$toInt": "$f"}"#,
    ),
    differs(
        "$toLong",
        "of a decimal or date is refused",
        r#"{"$toLong": "$f"}"#,
    ),
    full(
        "$toObjectId",
        r#"{"$toObjectId": "0123456789abcdef01234567"}"#,
    ),
    differs(
        "$toString",
        "of a decimal or date is refused, as is a double below 1e-4 and from 1e15",
        r#"{"$toString": "$n"}"#,
    ),
    refused("$toUUID"),
    full("$type", r#"{"$type": "$n"}"#),
];
