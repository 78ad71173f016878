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
    full("$abs", r#"{"$abs": "$f"}"#),
    full("$add", r#"{"$add": ["$n", 1]}"#),
    full("$ceil", r#"{"$ceil": "$f"}"#),
    full("$divide", r#"{"$divide": ["$n", 2]}"#),
    differs(
        "$exp",
        "of a decimal is refused when it is met",
        r#"{"$exp": "$n"}"#,
    ),
    full("$floor", r#"{"$floor": "$f"}"#),
    differs(
        "$ln",
        "of a decimal is refused when it is met",
        r#"{"$ln": "$n"}"#,
    ),
    differs(
        "$log",
        "of a decimal is refused when it is met",
        r#"{"$log": ["$n", 10]}"#,
    ),
    differs(
        "$log10",
        "of a decimal is refused when it is met",
        r#"{"$log10": "$n"}"#,
    ),
    full("$mod", r#"{"$mod": ["$n", 3]}"#),
    full("$multiply", r#"{"$multiply": ["$n", 2]}"#),
    differs(
        "$pow",
        "of a decimal is refused when it is met",
        r#"{"$pow": ["$n", 2]}"#,
    ),
    full("$round", r#"{"$round": ["$f", 1]}"#),
    full("$sqrt", r#"{"$sqrt": "$n"}"#),
    full("$subtract", r#"{"$subtract": ["$n", 1]}"#),
    full("$trunc", r#"{"$trunc": ["$f", 1]}"#),
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
    full("$avg", r#"{"$avg": ["$n", "$f"]}"#),
    full("$max", r#"{"$max": ["$n", "$f"]}"#),
    refused("$median"),
    full("$min", r#"{"$min": ["$n", "$f"]}"#),
    refused("$percentile"),
    full("$stdDevPop", r#"{"$stdDevPop": ["$n", "$f"]}"#),
    full("$stdDevSamp", r#"{"$stdDevSamp": ["$n", "$f"]}"#),
    full("$sum", r#"{"$sum": ["$n", "$f"]}"#),
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
    differs(
        "$convert",
        "to and from binary data is refused, as is `format`",
        r#"{"$convert": {"input": "$n", "to": "string", "onError": null}}"#,
    ),
    full("$isNumber", r#"{"$isNumber": "$n"}"#),
    differs(
        "$toBool",
        "of binary data is refused",
        r#"{"$toBool": "$n"}"#,
    ),
    full("$toDate", r#"{"$toDate": {"$numberLong": "86400000"}}"#),
    full("$toDecimal", r#"{"$toDecimal": "$n"}"#),
    differs(
        "$toDouble",
        "of binary data is refused",
        r#"{"$toDouble": "$n"}"#,
    ),
    differs("$toInt", "of binary data is refused", r#"{"$toInt": "$f"}"#),
    differs(
        "$toLong",
        "of binary data is refused",
        r#"{"$toLong": "$f"}"#,
    ),
    full(
        "$toObjectId",
        r#"{"$toObjectId": "0123456789abcdef01234567"}"#,
    ),
    differs(
        "$toString",
        "of binary data, a timestamp, a document or an array is refused, as is a double on which versions of MongoDB differ",
        r#"{"$toString": "$n"}"#,
    ),
    refused("$toUUID"),
    full("$type", r#"{"$type": "$n"}"#),
];
