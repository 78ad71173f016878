//! What the server of the tests cannot prove: operators that it has not got or gets wrong, by name and with the reason.
//! They stand on the tables of `tests/it/tables` alone. The contract prints this list.

use twinbase_docstore::language::Place;

/// Why an operator is not compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Doubt {
    /// The server refuses it.
    Missing,
    /// The server answers, and not as the manual says.
    Wrong,
}

/// Why operators are not compared: the doubt, the place in which they stand, the reason in words, and the names.
type Entry = (Doubt, Place, &'static str, &'static [&'static str]);

/// A window function is one of `$setWindowFields`.
const UNPROVEN: &[Entry] = &[
    (
        Doubt::Missing,
        Place::Filter,
        "the server has no search",
        &["$text"],
    ),
    (
        Doubt::Missing,
        Place::Projection,
        "the server has no search, and no score",
        &["$meta"],
    ),
    (
        Doubt::Missing,
        Place::Stage,
        "the server has no such stage",
        &[
            "$bucketAuto",
            "$replaceWith",
            "$set",
            "$setWindowFields",
            "$unionWith",
        ],
    ),
    (
        Doubt::Missing,
        Place::Accumulator,
        "the server has no such accumulator",
        &[
            "$bottom",
            "$bottomN",
            "$count",
            "$firstN",
            "$lastN",
            "$maxN",
            "$mergeObjects",
            "$minN",
            "$stdDevPop",
            "$stdDevSamp",
            "$top",
            "$topN",
        ],
    ),
    (
        Doubt::Missing,
        Place::Expression,
        "the server has no such expression",
        &[
            "$$CLUSTER_TIME",
            "$$CURRENT",
            "$$REMOVE",
            "$acos",
            "$acosh",
            "$asin",
            "$asinh",
            "$atan",
            "$atan2",
            "$atanh",
            "$binarySize",
            "$bitAnd",
            "$bitNot",
            "$bitOr",
            "$bitXor",
            "$bsonSize",
            "$cos",
            "$cosh",
            "$dateAdd",
            "$dateDiff",
            "$dateFromParts",
            "$dateFromString",
            "$dateSubtract",
            "$dateToParts",
            "$dateTrunc",
            "$degreesToRadians",
            "$first",
            "$firstN",
            "$function",
            "$getField",
            "$isNumber",
            "$isoDayOfWeek",
            "$isoWeek",
            "$isoWeekYear",
            "$last",
            "$lastN",
            "$let",
            "$ltrim",
            "$maxN",
            "$median",
            "$meta",
            "$millisecond",
            "$minN",
            "$percentile",
            "$radiansToDegrees",
            "$regexFind",
            "$regexFindAll",
            "$regexMatch",
            "$replaceAll",
            "$replaceOne",
            "$round",
            "$rtrim",
            "$setField",
            "$sin",
            "$sinh",
            "$sortArray",
            "$stdDevPop",
            "$stdDevSamp",
            "$strcasecmp",
            "$switch",
            "$tan",
            "$tanh",
            "$toDecimal",
            "$toHashedIndexKey",
            "$toUUID",
            "$trim",
            "$tsIncrement",
            "$tsSecond",
            "$type",
            "$unsetField",
            "$week",
            "$zip",
        ],
    ),
    (
        Doubt::Wrong,
        Place::Expression,
        "the server gives an int32 for a double",
        &["$floor"],
    ),
    (
        Doubt::Wrong,
        Place::Expression,
        "the server gives a double for two integers",
        &["$mod", "$pow"],
    ),
    (
        Doubt::Wrong,
        Place::Expression,
        "the server gives a double for a decimal, and an integer for -0.0",
        &["$abs"],
    ),
    (
        Doubt::Missing,
        Place::Expression,
        "the server takes one argument where two are allowed, or not all that have a name",
        &["$filter", "$log", "$trunc"],
    ),
    (
        Doubt::Missing,
        Place::Expression,
        "the server fails where a date is missing",
        &[
            "$dayOfMonth",
            "$dayOfWeek",
            "$dayOfYear",
            "$hour",
            "$minute",
            "$month",
            "$second",
            "$year",
        ],
    ),
    (
        Doubt::Wrong,
        Place::Projection,
        "the server finds no element by a comparison, and with `$slice` alone leaves the other fields out",
        &["$", "$elemMatch", "$slice"],
    ),
];

/// Why an operator is not compared; `None` when it is.
pub(super) fn doubt(place: Place, name: &str) -> Option<Doubt> {
    let listed = UNPROVEN
        .iter()
        .find(|(_, listed, _, names)| *listed == place && names.contains(&name));
    listed.map(|(doubt, ..)| *doubt)
}

/// Each reason with its operators.
pub(crate) fn by_reason() -> impl Iterator<Item = (&'static str, Vec<&'static str>)> {
    UNPROVEN
        .iter()
        .map(|(_, _, reason, names)| (*reason, names.to_vec()))
}
