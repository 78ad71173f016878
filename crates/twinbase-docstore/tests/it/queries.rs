//! Filters, sorts and projections on known documents. What MongoDB answers was taken from its documentation and its own tests.

use bson::{Bson, Document, Regex, bson, doc};
use twinbase_docstore::{Error, Find};

use crate::support::{Scratch, fill, id_list, ids, index};

#[expect(
    clippy::needless_pass_by_value,
    reason = "the calls are tables, and read better so"
)]
fn check(documents: &[Document], filter: Document, expected: &[&str]) {
    let paths: Vec<&str> = filter
        .keys()
        .filter(|k| !k.starts_with('$'))
        .map(String::as_str)
        .collect();
    for indexed in [false, true] {
        let store = Scratch::new();
        if indexed {
            let specs: Vec<_> = paths
                .iter()
                .filter(|p| **p != "_id" && !p.chars().any(|c| c.is_ascii_digit()))
                .map(|p| index(p, &[p], false))
                .collect();
            store.ensure_collection("c", &specs).unwrap();
        }
        fill(&store, "c", documents);
        assert_eq!(
            ids(&store, "c", filter.clone()),
            expected,
            "{filter} (indexed: {indexed})"
        );
        let count = store.count("c", &filter).unwrap();
        assert_eq!(usize::try_from(count).unwrap(), expected.len(), "{filter}");
    }
}

#[test]
fn null_is_also_missing_but_not_inside_of_an_array_of_scalars() {
    let documents = [
        doc! {"_id": "empty_object", "a": {}},
        doc! {"_id": "null", "a": null},
        doc! {"_id": "number", "a": 4},
        doc! {"_id": "b_null", "a": {"b": null}},
        doc! {"_id": "b_set", "a": {"b": 1}},
        doc! {"_id": "none"},
        doc! {"_id": "double_array", "a": [[]]},
        doc! {"_id": "empty_array", "a": []},
        doc! {"_id": "some_b_null", "a": [{"b": null}, {"b": 3}]},
        doc! {"_id": "some_b_missing", "a": [{"b": 3}, {}]},
        doc! {"_id": "scalars", "a": [1, "x"]},
        doc! {"_id": "scalars_null", "a": [1, null]},
    ];
    check(
        &documents,
        doc! {"a.b": null},
        &[
            "b_null",
            "empty_object",
            "none",
            "null",
            "number",
            "some_b_missing",
            "some_b_null",
        ],
    );
    check(
        &documents,
        doc! {"a": null},
        &["none", "null", "scalars_null"],
    );
    check(
        &documents,
        doc! {"a.b": {"$exists": true}},
        &["b_null", "b_set", "some_b_missing", "some_b_null"],
    );
    check(
        &documents,
        doc! {"a": {"$gte": null}},
        &["none", "null", "scalars_null"],
    );
    check(&documents, doc! {"a": {"$gt": null}}, &[]);
}

#[test]
fn comparisons_stay_within_their_type_and_cross_numeric_types() {
    let documents = [
        doc! {"_id": "int", "a": 5},
        doc! {"_id": "long", "a": 6_i64},
        doc! {"_id": "double", "a": 5.5},
        doc! {"_id": "nan", "a": f64::NAN},
        doc! {"_id": "string", "a": "5"},
        doc! {"_id": "bool", "a": true},
        doc! {"_id": "date", "a": bson::DateTime::from_millis(5)},
        doc! {"_id": "null", "a": null},
    ];
    check(
        &documents,
        doc! {"a": {"$gte": 5}},
        &["double", "int", "long"],
    );
    check(&documents, doc! {"a": {"$lt": 6}}, &["double", "int"]);
    check(&documents, doc! {"a": {"$lte": f64::NAN}}, &["nan"]);
    check(&documents, doc! {"a": {"$lt": f64::NAN}}, &[]);
    check(&documents, doc! {"a": 5.0}, &["int"]);
    check(&documents, doc! {"a": {"$gt": ""}}, &["string"]);
    check(&documents, doc! {"a": {"$gte": false}}, &["bool"]);
    check(
        &documents,
        doc! {"a": {"$lt": bson::DateTime::from_millis(6)}},
        &["date"],
    );
    check(
        &documents,
        doc! {"a": {"$not": {"$gte": 5}}},
        &["bool", "date", "nan", "null", "string"],
    );
    check(
        &documents,
        doc! {"a": {"$ne": 5}},
        &["bool", "date", "double", "long", "nan", "null", "string"],
    );
}

#[test]
fn large_integers_are_not_rounded() {
    let big = 9_007_199_254_740_993_i64;
    let documents = [
        doc! {"_id": "big", "a": big},
        doc! {"_id": "less", "a": big - 1},
        doc! {"_id": "more", "a": big + 1},
    ];
    check(&documents, doc! {"a": big}, &["big"]);
    check(
        &documents,
        doc! {"a": {"$gt": 9_007_199_254_740_992.0}},
        &["big", "more"],
    );
    let decimal: bson::Decimal128 = "9007199254740992.5".parse().unwrap();
    check(&documents, doc! {"a": {"$lt": decimal}}, &["less"]);
}

#[test]
fn arrays_match_by_element_as_a_whole_and_by_position() {
    let documents = [
        doc! {"_id": "flat", "a": [1, 2]},
        doc! {"_id": "nested", "a": [[1, 2], 3]},
        doc! {"_id": "docs", "a": [{"b": 1, "1": 4}, {"b": [7, 8]}]},
        doc! {"_id": "scalar", "a": 1},
    ];
    check(&documents, doc! {"a": 1}, &["flat", "scalar"]);
    check(&documents, doc! {"a": [1, 2]}, &["flat", "nested"]);
    check(&documents, doc! {"a": [2, 1]}, &[]);
    check(&documents, doc! {"a.0": 1}, &["flat"]);
    check(&documents, doc! {"a.0": [1, 2]}, &["nested"]);
    check(&documents, doc! {"a.0.1": 2}, &["nested"]);
    check(&documents, doc! {"a.b": 8}, &["docs"]);
    check(&documents, doc! {"a.1.b": 7}, &["docs"]);
    check(&documents, doc! {"a.1": 4}, &["docs"]);
    check(&documents, doc! {"a.00": 1}, &[]);
    check(&documents, doc! {"a": {"$gt": 2}}, &["nested"]);
    check(
        &documents,
        doc! {"a": {"$in": [[1, 2], 9]}},
        &["flat", "nested"],
    );
    check(&documents, doc! {"a": {"$nin": [1, 3]}}, &["docs"]);
}

#[test]
fn subdocuments_are_equal_in_order_and_whole() {
    let documents = [
        doc! {"_id": "xy", "a": {"x": 1, "y": 2.0}},
        doc! {"_id": "yx", "a": {"y": 2, "x": 1}},
    ];
    check(&documents, doc! {"a": {"x": 1, "y": 2}}, &["xy"]);
    check(&documents, doc! {"a": {"x": 1}}, &[]);
    check(&documents, doc! {"a.x": 1, "a.y": 2}, &["xy", "yx"]);
    check(&documents, doc! {"a": {"$gt": {"x": 1, "y": 2}}}, &["yx"]);
}

#[test]
fn logic_combines_and_regular_expressions_match_strings() {
    let documents = [
        doc! {"_id": "Ann", "tags": ["red", "Blue"]},
        doc! {"_id": "bob", "tags": "line\nblue"},
        doc! {"_id": "cy", "tags": Regex { pattern: "^b".try_into().unwrap(), options: "i".try_into().unwrap() }},
    ];
    let starts_with_b = Bson::RegularExpression(Regex {
        pattern: "^b".try_into().unwrap(),
        options: "i".try_into().unwrap(),
    });
    check(
        &documents,
        doc! {"tags": starts_with_b.clone()},
        &["Ann", "cy"],
    );
    check(
        &documents,
        doc! {"tags": {"$eq": starts_with_b.clone()}},
        &["cy"],
    );
    check(
        &documents,
        doc! {"tags": {"$in": [starts_with_b.clone()]}},
        &["Ann", "cy"],
    );
    check(&documents, doc! {"tags": {"$not": starts_with_b}}, &["bob"]);
    check(
        &documents,
        doc! {"tags": {"$regex": "^b", "$options": "im"}},
        &["Ann", "bob"],
    );
    check(
        &documents,
        doc! {"$or": [{"_id": "cy"}, {"tags": "red"}]},
        &["Ann", "cy"],
    );
    check(
        &documents,
        doc! {"$nor": [{"_id": "cy"}, {"tags": "red"}]},
        &["bob"],
    );
    check(
        &documents,
        doc! {"$and": [{"_id": {"$regex": "b"}}, {"tags": {"$exists": 1}}]},
        &["bob"],
    );
}

#[test]
fn hostile_names_and_values_are_data() {
    let name = "it's \"a\"; drop table c1 --";
    let long = "n".repeat(10_000);
    let documents = [
        doc! {"_id": "x' or 1=1 --", name: 1},
        doc! {"_id": "nul\0inside", "a": "b\0c"},
        doc! {"_id": "long", long.clone(): 2},
        doc! {"_id": "spaces", " ": 3, "ключ": 4},
    ];
    check(&documents, doc! {name: 1}, &["x' or 1=1 --"]);
    check(&documents, doc! {"_id": "nul\0inside"}, &["nul\0inside"]);
    check(&documents, doc! {"a": "b\0c"}, &["nul\0inside"]);
    check(&documents, doc! {"a": "b"}, &[]);
    check(&documents, doc! {long: 2}, &["long"]);
    check(&documents, doc! {" ": 3, "ключ": 4}, &["spaces"]);
    let store = Scratch::new();
    fill(&store, "it's; a \"name\"", &documents);
    assert_eq!(store.count("it's; a \"name\"", &doc! {}).unwrap(), 4);
}

#[test]
fn a_sort_orders_types_and_takes_the_end_of_an_array() {
    let store = Scratch::new();
    let documents = [
        doc! {"_id": "missing"},
        doc! {"_id": "text", "a": "x"},
        doc! {"_id": "empty", "a": []},
        doc! {"_id": "two", "a": 2},
        doc! {"_id": "array", "a": [1, 3]},
        doc! {"_id": "date", "a": bson::DateTime::from_millis(0)},
        doc! {"_id": "object", "a": {"b": 1}},
    ];
    fill(&store, "c", &documents);
    let sorted = |sort| {
        id_list(
            &store
                .find(
                    "c",
                    &Find {
                        sort,
                        ..Find::default()
                    },
                )
                .unwrap(),
        )
    };
    assert_eq!(
        sorted(doc! {"a": 1}),
        ["empty", "missing", "array", "two", "text", "object", "date"]
    );
    assert_eq!(
        sorted(doc! {"a": -1}),
        ["date", "object", "text", "array", "two", "missing", "empty"]
    );
    assert_eq!(sorted(doc! {"a.b": 1, "_id": -1})[6], "object");
    let page = Find {
        sort: doc! {"a": 1},
        skip: 2,
        limit: Some(2),
        ..Find::default()
    };
    assert_eq!(id_list(&store.find("c", &page).unwrap()), ["array", "two"]);
}

#[test]
fn a_sort_by_two_paths_through_arrays_is_refused_when_it_meets_one() {
    let store = Scratch::new();
    fill(&store, "c", &[doc! {"_id": "a", "x": [1], "y": 2}]);
    let query = Find {
        sort: doc! {"x": 1, "y": 1},
        ..Find::default()
    };
    assert_eq!(store.find("c", &query).unwrap().len(), 1);
    fill(&store, "c", &[doc! {"_id": "b", "x": [1], "y": [2]}]);
    let error = store.find("c", &query).unwrap_err();
    assert!(
        matches!(&error, Error::Unsupported { path, .. } if path == "y"),
        "{error:?}"
    );
}

#[test]
fn projections_keep_and_leave_out() {
    let store = Scratch::new();
    let document = doc! {
        "_id": "a", "x": {"y": 1, "z": 2}, "list": [{"y": 1, "z": 2}, 5, [{"y": 3, "z": 4}]], "s": "t", "n": 1.5,
    };
    fill(&store, "c", &[document]);
    let project = |projection| {
        store
            .find(
                "c",
                &Find {
                    projection,
                    ..Find::default()
                },
            )
            .unwrap()
            .remove(0)
    };
    assert_eq!(
        project(doc! {"s": 1, "x.y": true}),
        doc! {"_id": "a", "x": {"y": 1}, "s": "t"}
    );
    assert_eq!(
        project(doc! {"_id": 0, "x": {"z": 1}}),
        doc! {"x": {"z": 2}}
    );
    assert_eq!(
        project(doc! {"_id": 0, "list.y": 1}),
        doc! {"list": [{"y": 1}, [{"y": 3}]]}
    );
    assert_eq!(
        project(doc! {"list.y": 0, "x": 0, "s": 0, "n": 0}),
        doc! {"_id": "a", "list": bson!([{"z": 2}, 5, [{"z": 4}]])}
    );
    assert_eq!(project(doc! {"_id": 1}), doc! {"_id": "a"});
    assert_eq!(
        project(doc! {"_id": 0, "x.y": 0, "list": false}),
        doc! {"x": {"z": 2}, "s": "t", "n": 1.5}
    );
    assert_eq!(
        project(doc! {"_id": 0, "s.deeper": 1, "absent": 1}),
        doc! {}
    );
}

#[test]
fn distinct_gives_each_value_once_in_the_order_of_values() {
    let store = Scratch::new();
    let documents = [
        doc! {"_id": "a", "v": [3, "x", 1], "d": [{"w": 1}, {"w": [2, 3]}, 5]},
        doc! {"_id": "b", "v": 1.0, "d": {"w": [[4], 2]}},
        doc! {"_id": "c", "v": null, "d": []},
        doc! {"_id": "d", "v": [[1], {"k": 1}]},
        doc! {"_id": "e", "n": 5},
    ];
    fill(&store, "c", &documents);
    let distinct = |path, filter| store.distinct("c", path, &filter).unwrap();
    assert_eq!(
        distinct("v", doc! {}),
        [
            Bson::Null,
            bson!(1),
            bson!(3),
            bson!("x"),
            bson!({"k": 1}),
            bson!([1])
        ]
    );
    assert_eq!(distinct("v", doc! {"_id": "b"}), [bson!(1.0)]);
    assert_eq!(
        distinct("d.w", doc! {}),
        [bson!(1), bson!(2), bson!(3), bson!([4])]
    );
    assert_eq!(distinct("d.1.w", doc! {}), [bson!(2), bson!(3)]);
    assert_eq!(
        distinct("v.0", doc! {}),
        [bson!(1), bson!(3)],
        "a position, whose array is unwound as one that is found"
    );
    assert_eq!(distinct("none", doc! {}), []);
    assert_eq!(
        distinct("_id", doc! {"v": {"$size": 3}}),
        [bson!("a")],
        "the filter decides which documents count"
    );
    assert_eq!(store.distinct("absent", "v", &doc! {}).unwrap(), []);
    assert!(store.distinct("c", "v..w", &doc! {}).is_err());
    assert!(store.distinct("absent", "v", &doc! {"$near": 1}).is_err());
}

#[test]
fn a_position_finds_the_element_in_each_document() {
    let store = Scratch::new();
    let documents = [
        doc! {"_id": "a", "l": [1, 5, 6]},
        doc! {"_id": "b", "l": [7, 8]},
        doc! {"_id": "c", "l": 9},
    ];
    fill(&store, "c", &documents);
    let query = Find {
        filter: doc! {"l": {"$gt": 4}},
        sort: doc! {"_id": 1},
        projection: doc! {"_id": 0, "l.$": 1},
        ..Find::default()
    };
    assert_eq!(
        store.find("c", &query).unwrap(),
        [doc! {"l": [5]}, doc! {"l": [7]}, doc! {"l": 9}]
    );
}
