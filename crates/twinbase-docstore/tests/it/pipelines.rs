//! Pipelines: order of stages, groups, result types.

use bson::{Bson, Document, doc};

use crate::support::{Scratch, fill};

fn sales() -> Scratch {
    let store = Scratch::new();
    fill(
        &store,
        "c",
        &[
            doc! {"_id": "a", "shop": "x", "n": 1, "price": 2.5},
            doc! {"_id": "b", "shop": "x", "n": 3, "price": 1},
            doc! {"_id": "c", "shop": "y", "n": 2_i64},
            doc! {"_id": "d", "n": "none", "shop": null},
            doc! {"_id": "e", "price": null, "tags": [{"k": 1}, {"k": 2}, 3]},
        ],
    );
    store
}

fn check(store: &Scratch, pipeline: &[Document], expected: &[Document]) {
    assert_eq!(
        store.aggregate("c", pipeline).unwrap(),
        expected,
        "{pipeline:?}"
    );
}

#[test]
fn a_group_sums_averages_and_finds_extremes_with_mongodbs_types() {
    check(
        &sales(),
        &[
            doc! {"$group": {"_id": "$shop", "n": {"$sum": "$n"}, "avg": {"$avg": "$n"}, "min": {"$min": "$price"},
            "max": {"$max": "$n"}, "docs": {"$count": {}}, "half": {"$sum": 0.5}}},
            doc! {"$sort": {"_id": 1}},
        ],
        &[
            doc! {"_id": null, "n": 0, "avg": null, "min": null, "max": "none", "docs": 2, "half": 1.0},
            doc! {"_id": "x", "n": 4, "avg": 2.0, "min": 1, "max": 3, "docs": 2, "half": 1.0},
            doc! {"_id": "y", "n": 2_i64, "avg": 2.0, "min": null, "max": 2_i64, "docs": 1, "half": 0.5},
        ],
    );
}

#[test]
fn a_sum_grows_from_int32_over_int64_to_double() {
    let store = Scratch::new();
    fill(
        &store,
        "c",
        &[
            doc! {"_id": "a", "i": i32::MAX, "l": i64::MAX, "d": f64::INFINITY},
            doc! {"_id": "b", "i": 1, "l": 1, "d": f64::NEG_INFINITY},
        ],
    );
    let sums = doc! {"$group": {"_id": null, "i": {"$sum": "$i"}, "l": {"$sum": "$l"}, "d": {"$sum": "$d"}}};
    let result = store.aggregate("c", &[sums]).unwrap().remove(0);
    assert_eq!(result.get("i"), Some(&Bson::Int64(i64::from(i32::MAX) + 1)));
    assert_eq!(
        result.get("l"),
        Some(&Bson::Double(9_223_372_036_854_775_808.0))
    );
    assert!(matches!(result.get("d"), Some(Bson::Double(d)) if d.is_nan()));
}

#[test]
fn numbers_that_are_equal_are_one_group() {
    let store = Scratch::new();
    fill(
        &store,
        "c",
        &[
            doc! {"_id": "a", "x": 1, "y": 0.0},
            doc! {"_id": "b", "x": 1.0},
            doc! {"_id": "c", "x": 1_i64},
        ],
    );
    let groups = store
        .aggregate("c", &[doc! {"$group": {"_id": "$x", "n": {"$sum": 1}}}])
        .unwrap();
    assert_eq!(groups.len(), 1);
    assert_eq!(groups[0].get("n"), Some(&Bson::Int32(3)));
}

#[test]
fn a_group_by_several_fields_leaves_missing_ones_out() {
    check(
        &sales(),
        &[
            doc! {"$match": {"_id": {"$in": ["a", "c", "e"]}}},
            doc! {"$group": {"_id": {"s": "$shop", "k": "$tags.k"}}},
            doc! {"$sort": {"_id": 1}},
        ],
        &[
            doc! {"_id": {"s": "x"}},
            doc! {"_id": {"s": "y"}},
            doc! {"_id": {"k": [1, 2]}},
        ],
    );
}

#[test]
fn nothing_is_no_group_and_no_count() {
    let store = sales();
    let none = doc! {"$match": {"_id": "zzz"}};
    check(
        &store,
        &[
            none.clone(),
            doc! {"$group": {"_id": null, "n": {"$sum": 1}}},
        ],
        &[],
    );
    check(
        &store,
        &[none.clone(), doc! {"$group": {"_id": "$shop"}}],
        &[],
    );
    check(&store, &[none, doc! {"$count": "n"}], &[]);
    check(
        &store,
        &[doc! {"$match": {"shop": "x"}}, doc! {"$count": "n"}],
        &[doc! {"n": 2}],
    );
}

#[test]
fn the_order_of_stages_is_the_order_of_work() {
    let store = sales();
    let ids = |pipeline: &[Document]| {
        crate::support::id_list(&store.aggregate("c", pipeline).unwrap()).concat()
    };
    let (sort, limit, skip) = (
        doc! {"$sort": {"_id": -1}},
        doc! {"$limit": 3},
        doc! {"$skip": 1},
    );
    assert_eq!(ids(&[sort.clone(), limit.clone(), skip.clone()]), "dc");
    assert_eq!(ids(&[sort.clone(), skip.clone(), limit.clone()]), "dcb");
    assert_eq!(
        ids(&[
            sort.clone(),
            limit.clone(),
            doc! {"$match": {"_id": {"$lt": "e"}}}
        ]),
        "dc"
    );
    assert_eq!(
        ids(&[
            sort.clone(),
            limit.clone(),
            doc! {"$sort": {"_id": 1}},
            skip
        ]),
        "de"
    );
    assert_eq!(
        ids(&[
            sort.clone(),
            doc! {"$project": {"n": 1}},
            doc! {"$match": {"shop": null}},
            limit.clone()
        ]),
        "edc"
    );
    assert_eq!(
        ids(&[
            sort,
            limit.clone(),
            doc! {"$project": {"n": 1}},
            doc! {"$project": {"_id": 1}}
        ]),
        "edc"
    );
    assert_eq!(ids(&[limit, doc! {"$limit": 1}, doc! {"$skip": 1}]), "");
}

#[test]
fn a_projection_computes_and_renames() {
    check(
        &sales(),
        &[
            doc! {"$match": {"_id": {"$in": ["a", "e"]}}},
            doc! {"$sort": {"_id": 1}},
            doc! {"$project": {"_id": 0, "store": "$shop", "n": 1, "one": {"$literal": 1}, "k": "$tags.k", "word": "plain"}},
        ],
        &[
            doc! {"n": 1, "store": "x", "one": 1, "word": "plain"},
            doc! {"one": 1, "k": [1, 2], "word": "plain"},
        ],
    );
    check(
        &sales(),
        &[
            doc! {"$group": {"_id": {"s": "$shop"}, "n": {"$sum": 1}}},
            doc! {"$match": {"_id.s": "x"}},
            doc! {"$project": {"_id": 0, "shop": "$_id.s", "n": 1}},
        ],
        &[doc! {"n": 2, "shop": "x"}],
    );
}

/// The last of two sorts is the order, whatever the first one binds.
#[test]
fn a_sort_takes_the_place_of_the_one_before_it() {
    let store = sales();
    let found = store
        .aggregate(
            "c",
            &[
                doc! {"$sort": {"shop": 1, "n": -1}},
                doc! {"$sort": {"price": 1, "_id": -1}},
                doc! {"$limit": 3},
                doc! {"$project": {"_id": 1}},
            ],
        )
        .unwrap();
    assert_eq!(found, ["e", "d", "c"].map(|id| doc! {"_id": id}));
}
