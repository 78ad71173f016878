//! Stages that reshape, unwind and fold documents.

use bson::{Bson, Document, doc};
use twinbase_docstore::{Error, ErrorKind};

use crate::support::{Scratch, fill};

fn check(documents: &[Document], pipeline: &[Document], expected: &[Document]) {
    let store = Scratch::new();
    fill(&store, "c", documents);
    let found = store.aggregate("c", pipeline).unwrap();
    // Bytes, because documents compare without the order of their fields.
    let bytes = |documents: &[Document]| -> Vec<Vec<u8>> {
        documents.iter().map(|d| d.to_vec().unwrap()).collect()
    };
    assert_eq!(bytes(&found), bytes(expected), "{pipeline:?}: {found:?}");
}

#[test]
fn add_fields_replaces_in_place_appends_and_reads_the_old_values() {
    check(
        &[doc! {"_id": "a", "x": 1, "y": 2}],
        &[doc! {"$addFields": {"x": "$y", "z": "$x", "y": "$$REMOVE"}}],
        &[doc! {"_id": "a", "x": 2, "z": 1}],
    );
    check(
        &[doc! {"_id": "a", "x": 1}],
        &[
            doc! {"$set": {"y": {"$add": ["$x", 1]}}},
            doc! {"$set": {"z": {"$add": ["$y", 1]}}},
            doc! {"$unset": ["x", "y"]},
        ],
        &[doc! {"_id": "a", "z": 3}],
    );
}

#[test]
fn replace_root_takes_a_document_and_nothing_else() {
    let documents = [doc! {"_id": "a", "in": {"x": 1}}];
    check(
        &documents,
        &[doc! {"$replaceRoot": {"newRoot": "$in"}}],
        &[doc! {"x": 1}],
    );
    check(
        &documents,
        &[doc! {"$replaceWith": {"$mergeObjects": ["$in", {"id": "$_id"}]}}],
        &[doc! {"x": 1, "id": "a"}],
    );
    let store = Scratch::new();
    fill(&store, "c", &documents);
    let error = store
        .aggregate("c", &[doc! {"$replaceWith": "$none"}])
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Refused, "{error:?}");
}

fn carts() -> [Document; 5] {
    [
        doc! {"_id": "a", "l": ["x", "y"]},
        doc! {"_id": "b", "l": []},
        doc! {"_id": "c", "l": null},
        doc! {"_id": "d"},
        doc! {"_id": "e", "l": "z"},
    ]
}

#[test]
fn unwind_gives_a_document_for_each_element_in_their_order() {
    check(
        &carts(),
        &[doc! {"$sort": {"_id": -1}}, doc! {"$unwind": "$l"}],
        &[
            doc! {"_id": "e", "l": "z"},
            doc! {"_id": "a", "l": "x"},
            doc! {"_id": "a", "l": "y"},
        ],
    );
    check(
        &[doc! {"_id": "a", "o": {"l": [{"k": 1}, {"k": 2}], "m": 3}}],
        &[doc! {"$unwind": "$o.l"}, doc! {"$match": {"o.l.k": 2}}],
        &[doc! {"_id": "a", "o": {"l": {"k": 2}, "m": 3}}],
    );
}

#[test]
fn unwind_keeps_what_is_empty_and_numbers_elements_when_asked() {
    let options =
        doc! {"path": "$l", "includeArrayIndex": "at", "preserveNullAndEmptyArrays": true};
    check(
        &carts(),
        &[doc! {"$sort": {"_id": 1}}, doc! {"$unwind": options}],
        &[
            doc! {"_id": "a", "l": "x", "at": 0_i64},
            doc! {"_id": "a", "l": "y", "at": 1_i64},
            doc! {"_id": "b", "at": null},
            doc! {"_id": "c", "l": null, "at": null},
            doc! {"_id": "d", "at": null},
            doc! {"_id": "e", "l": "z", "at": null},
        ],
    );
}

#[test]
fn accumulators_that_depend_on_the_order_follow_the_sort() {
    let documents = [
        doc! {"_id": "a", "g": 1, "n": 3, "o": {"x": 1}},
        doc! {"_id": "b", "g": 1, "n": 1, "o": {"x": 2, "y": 1}},
        doc! {"_id": "c", "g": 1, "o": null},
        doc! {"_id": "d", "g": 2, "n": 3},
    ];
    for (direction, first, last, all, merged) in [
        (
            1,
            Bson::Int32(3),
            Bson::Null,
            vec![3, 1],
            doc! {"x": 2, "y": 1},
        ),
        (
            -1,
            Bson::Null,
            Bson::Int32(3),
            vec![1, 3],
            doc! {"x": 1, "y": 1},
        ),
    ] {
        check(
            &documents,
            &[
                doc! {"$sort": {"_id": direction}},
                doc! {"$group": {"_id": "$g", "first": {"$first": "$n"}, "last": {"$last": "$n"}, "all": {"$push": "$n"},
                "merged": {"$mergeObjects": "$o"}}},
                doc! {"$match": {"_id": 1}},
            ],
            &[doc! {"_id": 1, "first": first, "last": last, "all": all, "merged": merged}],
        );
    }
    check(
        &documents,
        &[
            doc! {"$sort": {"n": -1, "_id": 1}},
            doc! {"$limit": 2},
            doc! {"$group": {"_id": null, "ids": {"$push": "$_id"}}},
        ],
        &[doc! {"_id": null, "ids": ["a", "d"]}],
    );
}

#[test]
fn a_set_has_each_value_once_and_groups_count_by_expressions() {
    let documents = [
        doc! {"_id": "a", "n": 1, "s": "X"},
        doc! {"_id": "b", "n": 1.0, "s": "x"},
        doc! {"_id": "c", "s": "y"},
    ];
    check(
        &documents,
        &[
            doc! {"$match": {"n": {"$exists": true}}},
            doc! {"$group": {"_id": null, "n": {"$addToSet": {"$toInt": "$n"}}}},
        ],
        &[doc! {"_id": null, "n": [1]}],
    );
    check(
        &documents,
        &[doc! {"$sortByCount": {"$toLower": "$s"}}],
        &[doc! {"_id": "x", "count": 2}, doc! {"_id": "y", "count": 1}],
    );
    check(
        &documents,
        &[doc! {"$group": {"_id": null, "n": {"$sum": {"$cond": [{"$eq": ["$s", "y"]}, 10, 1]}}}}],
        &[doc! {"_id": null, "n": 12}],
    );
}

#[test]
fn expr_compares_fields_of_one_document() {
    let documents = [
        doc! {"_id": "a", "x": 1, "y": 2},
        doc! {"_id": "b", "x": 3, "y": 2},
    ];
    let store = Scratch::new();
    fill(&store, "c", &documents);
    let filter = doc! {"$expr": {"$gt": ["$x", "$y"]}, "$comment": "more than was ordered"};
    assert_eq!(crate::support::ids(&store, "c", filter.clone()), ["b"]);
    assert_eq!(store.count("c", &doc! {"$nor": [filter]}).unwrap(), 1);
}

#[test]
fn a_later_sort_takes_the_place_of_an_earlier_one() {
    let documents = [
        doc! {"_id": "a", "a": 1, "b": 1, "c": 2},
        doc! {"_id": "b", "a": 2, "b": 1, "c": 1},
    ];
    let sorted = [doc! {"$sort": {"a": 1, "b": -1}}, doc! {"$sort": {"c": 1}}];
    check(
        &documents,
        &sorted,
        &[documents[1].clone(), documents[0].clone()],
    );
    let grouped = [
        doc! {"$sort": {"a": 1, "b": -1}},
        doc! {"$group": {"_id": null, "n": {"$sum": "$c"}}},
    ];
    check(&documents, &grouped, &[doc! {"_id": null, "n": 3}]);
}

#[test]
fn no_depth_of_a_query_ends_the_process() {
    let store = Scratch::new();
    fill(&store, "c", &[doc! {"_id": "a"}]);
    let mut deep = Bson::Int32(1);
    for _ in 0..1_400 {
        deep = Bson::Array(vec![deep]);
    }
    for stage in [
        doc! {"$match": {"x": deep.clone()}},
        doc! {"$project": {"x": {"$literal": deep.clone()}}},
        doc! {"$group": {"_id": deep.clone()}},
    ] {
        let error = store.aggregate("c", &[stage]).unwrap_err();
        assert!(matches!(error, Error::QueryTooLarge { .. }), "{error:?}");
    }
    let error = store.count("c", &doc! {"x": deep}).unwrap_err();
    assert!(matches!(error, Error::QueryTooLarge { .. }), "{error:?}");
}
