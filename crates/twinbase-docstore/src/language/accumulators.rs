//! The accumulators of groups and the functions of windows.

use super::{Family, Operator, Place, full, refused};

pub(super) const FAMILIES: &[Family] = &[
    Family {
        title: "accumulators",
        place: Place::Accumulator,
        operators: ACCUMULATORS,
    },
    Family {
        title: "window functions",
        place: Place::Window,
        operators: WINDOWS,
    },
];

const ACCUMULATORS: &[Operator] = &[
    refused("$accumulator"),
    full("$addToSet", r#"{"$addToSet": "$n"}"#),
    full("$avg", r#"{"$avg": "$n"}"#),
    full(
        "$bottom",
        r#"{"$bottom": {"sortBy": {"n": 1}, "output": "$n"}}"#,
    ),
    full(
        "$bottomN",
        r#"{"$bottomN": {"sortBy": {"n": 1}, "output": "$n", "n": 2}}"#,
    ),
    full("$count", r#"{"$count": {}}"#),
    full("$first", r#"{"$first": "$n"}"#),
    full("$firstN", r#"{"$firstN": {"input": "$n", "n": 2}}"#),
    full("$last", r#"{"$last": "$n"}"#),
    full("$lastN", r#"{"$lastN": {"input": "$n", "n": 2}}"#),
    full("$max", r#"{"$max": "$n"}"#),
    full("$maxN", r#"{"$maxN": {"input": "$n", "n": 2}}"#),
    refused("$median"),
    full("$mergeObjects", r#"{"$mergeObjects": "$o"}"#),
    full("$min", r#"{"$min": "$n"}"#),
    full("$minN", r#"{"$minN": {"input": "$n", "n": 2}}"#),
    refused("$percentile"),
    full("$push", r#"{"$push": "$n"}"#),
    full("$stdDevPop", r#"{"$stdDevPop": "$n"}"#),
    full("$stdDevSamp", r#"{"$stdDevSamp": "$n"}"#),
    full("$sum", r#"{"$sum": "$n"}"#),
    full("$top", r#"{"$top": {"sortBy": {"n": 1}, "output": "$n"}}"#),
    full(
        "$topN",
        r#"{"$topN": {"sortBy": {"n": 1}, "output": "$n", "n": 2}}"#,
    ),
];

const WINDOWS: &[Operator] = &[
    full(
        "$addToSet",
        r#"{"$addToSet": "$n", "window": {"documents": [-1, "current"]}}"#,
    ),
    full(
        "$avg",
        r#"{"$avg": "$n", "window": {"documents": [-1, "current"]}}"#,
    ),
    full(
        "$bottom",
        r#"{"$bottom": {"sortBy": {"n": 1}, "output": "$n"}, "window": {"documents": [-1, "current"]}}"#,
    ),
    full(
        "$bottomN",
        r#"{"$bottomN": {"sortBy": {"n": 1}, "output": "$n", "n": 2}, "window": {"documents": [-1, "current"]}}"#,
    ),
    full(
        "$count",
        r#"{"$count": {}, "window": {"documents": [-1, "current"]}}"#,
    ),
    refused("$covariancePop"),
    refused("$covarianceSamp"),
    full("$denseRank", r#"{"$denseRank": {}}"#),
    refused("$derivative"),
    full("$documentNumber", r#"{"$documentNumber": {}}"#),
    refused("$expMovingAvg"),
    full(
        "$first",
        r#"{"$first": "$n", "window": {"documents": [-1, "current"]}}"#,
    ),
    full(
        "$firstN",
        r#"{"$firstN": {"input": "$n", "n": 2}, "window": {"documents": [-1, "current"]}}"#,
    ),
    refused("$integral"),
    full(
        "$last",
        r#"{"$last": "$n", "window": {"documents": [-1, "current"]}}"#,
    ),
    full(
        "$lastN",
        r#"{"$lastN": {"input": "$n", "n": 2}, "window": {"documents": [-1, "current"]}}"#,
    ),
    refused("$linearFill"),
    refused("$locf"),
    full(
        "$max",
        r#"{"$max": "$n", "window": {"documents": [-1, "current"]}}"#,
    ),
    full(
        "$maxN",
        r#"{"$maxN": {"input": "$n", "n": 2}, "window": {"documents": [-1, "current"]}}"#,
    ),
    refused("$median"),
    full(
        "$min",
        r#"{"$min": "$n", "window": {"documents": [-1, "current"]}}"#,
    ),
    full(
        "$minN",
        r#"{"$minN": {"input": "$n", "n": 2}, "window": {"documents": [-1, "current"]}}"#,
    ),
    refused("$percentile"),
    full(
        "$push",
        r#"{"$push": "$n", "window": {"documents": [-1, "current"]}}"#,
    ),
    full("$rank", r#"{"$rank": {}}"#),
    full(
        "$shift",
        r#"{"$shift": {"output": "$n", "by": 1, "default": null}}"#,
    ),
    full(
        "$stdDevPop",
        r#"{"$stdDevPop": "$n", "window": {"documents": [-1, "current"]}}"#,
    ),
    full(
        "$stdDevSamp",
        r#"{"$stdDevSamp": "$n", "window": {"documents": [-1, "current"]}}"#,
    ),
    full(
        "$sum",
        r#"{"$sum": "$n", "window": {"documents": [-1, "current"]}}"#,
    ),
    full(
        "$top",
        r#"{"$top": {"sortBy": {"n": 1}, "output": "$n"}, "window": {"documents": [-1, "current"]}}"#,
    ),
    full(
        "$topN",
        r#"{"$topN": {"sortBy": {"n": 1}, "output": "$n", "n": 2}, "window": {"documents": [-1, "current"]}}"#,
    ),
];
