//! Sparse and partial indexes: what is in them, when a query may use them, and what is unique in them.

use bson::{Bson, Document, bson, doc};
use twinbase_docstore::{Find, IndexSpec, Outcome};

use crate::support::{Scratch, fill, ids, index, put};

fn sparse(paths: &[&str], unique: bool) -> IndexSpec {
    IndexSpec {
        sparse: true,
        ..index("i", paths, unique)
    }
}

fn partial(paths: &[&str], filter: Document, unique: bool) -> IndexSpec {
    IndexSpec {
        partial: Some(filter),
        ..index("i", paths, unique)
    }
}

/// With and without arrays: the plan names the index, or the table of entries.
fn assert_use(spec: &IndexSpec, filter: &Document, used: bool) {
    for with_arrays in [false, true] {
        let store = Scratch::new();
        store
            .ensure_collection("c", std::slice::from_ref(spec))
            .unwrap();
        let value = |n: i32| {
            if with_arrays {
                bson!([n, 50])
            } else {
                Bson::Int32(n)
            }
        };
        let documents: Vec<Document> = (0..60)
            .map(|n| match n % 3 {
                0 => doc! {"_id": format!("{n:02}"), "x": value(n), "state": n % 5},
                1 => doc! {"_id": format!("{n:02}"), "state": n % 5},
                _ => doc! {"_id": format!("{n:02}"), "x": null, "y": n},
            })
            .collect();
        fill(&store, "c", &documents);
        fill(&store, "plain", &documents);
        let query = Find {
            filter: filter.clone(),
            ..Find::default()
        };
        let plan = store.explain("c", &query).unwrap().join("; ");
        assert_eq!(plan.contains("c1_i1"), used, "{spec:?} {filter}: {plan}");
        assert_eq!(
            ids(&store, "c", filter.clone()),
            ids(&store, "plain", filter.clone()),
            "{spec:?} {filter}"
        );
    }
}

#[test]
fn a_sparse_index_serves_what_asks_for_its_field() {
    let spec = sparse(&["x"], false);
    for (filter, used) in [
        (doc! {"x": 3}, true),
        (doc! {"x": {"$gt": 3}}, true),
        (doc! {"x": {"$in": [3, 4]}}, true),
        (doc! {"x": null}, false),
        (doc! {"x": {"$in": [3, null]}}, false),
        (doc! {"x": {"$gte": null}}, false),
        (doc! {"x": {"$exists": false}}, false),
        (doc! {"x": {"$ne": 3}}, false),
        (doc! {"state": 3}, false),
        (doc! {}, false),
        (doc! {"$or": [{"x": 3}, {"x": 6}]}, true),
    ] {
        assert_use(&spec, &filter, used);
    }
}

#[test]
fn a_sort_alone_does_not_use_a_sparse_index() {
    let store = Scratch::new();
    store
        .ensure_collection("c", &[sparse(&["x"], false)])
        .unwrap();
    fill(
        &store,
        "c",
        &[
            doc! {"_id": "a", "x": 1},
            doc! {"_id": "b"},
            doc! {"_id": "c", "x": [2]},
        ],
    );
    let query = Find {
        sort: doc! {"x": 1},
        limit: Some(10),
        ..Find::default()
    };
    assert_eq!(store.find("c", &query).unwrap().len(), 3);
    let plan = store.explain("c", &query).unwrap().join("; ");
    assert!(!plan.contains("c1_i1"), "{plan}");
}

#[test]
fn a_partial_index_serves_what_implies_its_filter() {
    let open = partial(&["x"], doc! {"state": 1}, false);
    let late = partial(&["x"], doc! {"state": {"$gte": 2}}, false);
    let some = partial(&["x"], doc! {"state": {"$in": [1, 2]}}, false);
    let either = partial(
        &["x"],
        doc! {"$or": [{"state": 1}, {"y": {"$exists": true}}]},
        false,
    );
    let both = partial(&["x"], doc! {"state": {"$gt": 0, "$lt": 4}}, false);
    for (spec, filter, used) in [
        (&open, doc! {"x": 3, "state": 1}, true),
        (&open, doc! {"x": 3, "state": 1.0}, true),
        (
            &open,
            doc! {"$and": [{"x": {"$gt": 3}}, {"state": {"$eq": 1}}]},
            true,
        ),
        (&open, doc! {"x": 3, "state": {"$in": [1]}}, true),
        (&open, doc! {"x": 3, "state": 2}, false),
        (&open, doc! {"x": 3, "state": {"$in": [1, 2]}}, false),
        (&open, doc! {"x": 3}, false),
        (&open, doc! {"x": 3, "$or": [{"state": 1}, {"y": 1}]}, false),
        (&late, doc! {"x": 3, "state": {"$gte": 2}}, true),
        (&late, doc! {"x": 3, "state": {"$gt": 2}}, true),
        (&late, doc! {"x": 3, "state": {"$gt": 1}}, false),
        (&late, doc! {"x": 3, "state": 4}, true),
        (&late, doc! {"x": 3, "state": {"$lt": 9}}, false),
        (&late, doc! {"x": 3, "state": {"$gt": "a"}}, false),
        (&late, doc! {"x": 3, "state": {"$in": [2, 3]}}, true),
        (&late, doc! {"x": 3, "state": {"$in": [2, 1]}}, false),
        (&some, doc! {"x": 3, "state": 2}, true),
        (&some, doc! {"x": 3, "state": 3}, false),
        (&either, doc! {"x": 3, "y": 5}, true),
        (&either, doc! {"x": 3, "y": null}, false),
        (&both, doc! {"x": 3, "state": {"$gte": 1, "$lte": 3}}, true),
        (&both, doc! {"x": 3, "state": {"$gte": 1}}, false),
    ] {
        assert_use(spec, &filter, used);
    }
}

/// Of documents outside of it a sparse or partial unique index says nothing.
#[test]
fn only_what_is_in_an_index_is_unique_in_it() {
    let (there, gone) = (doc! {"k": 1, "live": true}, doc! {"k": 1, "live": false});
    for (spec, first, second, is_applied) in [
        (sparse(&["k"], true), doc! {}, doc! {}, true),
        (sparse(&["k"], true), doc! {"k": null}, doc! {}, true),
        (
            sparse(&["k"], true),
            doc! {"k": null},
            doc! {"k": null},
            false,
        ),
        (
            sparse(&["k", "l"], true),
            doc! {"l": 1},
            doc! {"l": 1},
            false,
        ),
        (
            sparse(&["k", "l"], true),
            doc! {"n": 1},
            doc! {"n": 1},
            true,
        ),
        // A place without the field inside of an array is no entry.
        (
            sparse(&["k.x"], true),
            doc! {"k": [{}, {"x": 1}]},
            doc! {"k": [{}, {"x": 2}]},
            true,
        ),
        (
            index("i", &["k.x"], true),
            doc! {"k": [{}, {"x": 1}]},
            doc! {"k": [{}, {"x": 2}]},
            false,
        ),
        (
            partial(&["k"], doc! {"live": true}, true),
            there.clone(),
            gone.clone(),
            true,
        ),
        (
            partial(&["k"], doc! {"live": true}, true),
            gone.clone(),
            gone,
            true,
        ),
        (
            partial(&["k"], doc! {"live": true}, true),
            there.clone(),
            there,
            false,
        ),
    ] {
        for with_arrays in [false, true] {
            let store = Scratch::new();
            store
                .ensure_collection("c", std::slice::from_ref(&spec))
                .unwrap();
            if with_arrays {
                let other = doc! {"k": [{"x": "away"}], "l": "far", "live": true};
                store.apply("c", &[put("far", 1, other)]).unwrap();
            }
            let outcomes = store
                .apply(
                    "c",
                    &[put("a", 1, first.clone()), put("b", 1, second.clone())],
                )
                .unwrap();
            assert_eq!(outcomes[0], Outcome::Applied);
            assert_eq!(
                outcomes[1] == Outcome::Applied,
                is_applied,
                "{spec:?} {first} {second} {with_arrays}: {outcomes:?}"
            );
        }
    }
}

#[test]
fn a_document_enters_and_leaves_a_partial_index() {
    let store = Scratch::new();
    let spec = partial(&["tags"], doc! {"live": true}, false);
    store.ensure_collection("c", &[spec]).unwrap();
    let both = [
        put("a", 1, doc! {"tags": [1, 2], "live": true}),
        put("b", 1, doc! {"tags": [1, 2], "live": false}),
    ];
    store.apply("c", &both).unwrap();
    let filter = doc! {"tags": 2, "live": true};
    assert_eq!(ids(&store, "c", filter.clone()), ["a"]);
    let swapped = [
        put("a", 2, doc! {"tags": [1, 2]}),
        put("b", 2, doc! {"tags": [1, 2], "live": true}),
    ];
    store.apply("c", &swapped).unwrap();
    assert_eq!(ids(&store, "c", filter), ["b"]);
    assert_eq!(crate::support::entries(store.path())["c1_i1"].len(), 2);
}
