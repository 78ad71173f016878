//! Indexes over arrays: an entry for each element.

use bson::{Bson, Document, bson, doc};
use twinbase_docstore::{Direction, Error, Find, IndexSpec, Outcome, Store};

use crate::support::{Scratch, entries, fill, id_list, ids, index, put, tombstone};

fn plan(store: &Store, filter: Document) -> String {
    let query = Find {
        filter,
        ..Find::default()
    };
    store.explain("c", &query).unwrap().join("; ")
}

fn documents(store: &Store, specs: &[IndexSpec], documents: &[Document]) {
    store.ensure_collection("c", specs).unwrap();
    fill(store, "c", documents);
}

#[test]
fn an_index_that_meets_an_array_still_serves() {
    let store = Scratch::new();
    let mut all: Vec<Document> = (0..200)
        .map(|n| doc! {"_id": format!("{n:03}"), "tags": n})
        .collect();
    documents(&store, &[index("by_tags", &["tags"], false)], &all);
    assert!(plan(&store, doc! {"tags": 3}).contains("SEARCH c1 USING INDEX c1_i1"));
    all = vec![
        doc! {"_id": "x", "tags": [3, 3, 4, 1000]},
        doc! {"_id": "y", "tags": [[3], []]},
        doc! {"_id": "z", "tags": []},
        doc! {"_id": "zz"},
    ];
    fill(&store, "c", &all);
    for (filter, found) in [
        (doc! {"tags": 3.0}, vec!["003", "x"]),
        (doc! {"tags": {"$in": [3, 4, "x"]}}, vec!["003", "004", "x"]),
        (doc! {"tags": {"$gte": 199, "$lt": 2000}}, vec!["199", "x"]),
        // One element is above, another below: MongoDB asks the array, not its elements one by one.
        (doc! {"tags": {"$gt": 500, "$lt": 4}}, vec!["x"]),
        (doc! {"tags": [3]}, vec!["y"]),
        (doc! {"tags": []}, vec!["y", "z"]),
        (doc! {"tags": [3, 3, 4, 1000]}, vec!["x"]),
        (doc! {"tags": null}, vec!["zz"]),
        (
            doc! {"$or": [{"tags": 1000}, {"tags": 7}]},
            vec!["007", "x"],
        ),
    ] {
        let plan = plan(&store, filter.clone());
        assert!(
            plan.contains("SEARCH c1_i1 USING PRIMARY KEY (k0") && !plan.contains("SCAN c1"),
            "{filter}: {plan}"
        );
        assert_eq!(ids(&store, "c", filter.clone()), found, "{filter}");
        assert_eq!(
            store.count("c", &filter).unwrap(),
            u64::try_from(found.len()).unwrap()
        );
    }
    for (order, first) in [(1, "z"), (-1, "y")] {
        let query = Find {
            sort: doc! {"tags": order},
            limit: Some(1),
            ..Find::default()
        };
        assert_eq!(id_list(&store.find("c", &query).unwrap()), [first]);
    }
}

#[test]
fn entries_follow_their_document() {
    let store = Scratch::new();
    documents(
        &store,
        &[index("by_x", &["x"], false)],
        &[doc! {"_id": "a", "x": [1, 2]}, doc! {"_id": "b", "x": 2}],
    );
    let counts = |store: &Store| entries(store.path())["c1_i1"].len();
    assert_eq!(counts(&store), 3);
    store
        .apply("c", &[put("a", 2, doc! {"x": [2, 3, 2]})])
        .unwrap();
    assert_eq!(ids(&store, "c", doc! {"x": 1}), Vec::<String>::new());
    assert_eq!(ids(&store, "c", doc! {"x": 3}), ["a"]);
    assert_eq!(counts(&store), 3);
    // A stale write changes nothing, a tombstone has nothing.
    store.apply("c", &[put("a", 1, doc! {"x": 9})]).unwrap();
    assert_eq!(counts(&store), 3);
    store.apply("c", &[tombstone("a", 3, 0)]).unwrap();
    assert_eq!(counts(&store), 1);
    assert_eq!(ids(&store, "c", doc! {"x": 2}), ["b"]);
    // Dropped and built again, without arrays it is an index of SQLite's.
    assert!(store.drop_index("c", "by_x").unwrap());
    assert!(entries(store.path()).is_empty());
    store
        .ensure_collection("c", &[index("by_x", &["x"], false)])
        .unwrap();
    assert!(plan(&store, doc! {"x": 2}).contains("USING INDEX c1_i2"));
    fill(&store, "c", &[doc! {"_id": "d", "x": [1]}]);
    assert_eq!(entries(store.path()).len(), 1);
    assert!(store.drop_collection("c").unwrap());
    assert!(entries(store.path()).is_empty());
}

/// MongoDB's rule for bounds: of two predicates below one array, one is for the index and the other for the document.
#[test]
fn two_predicates_below_one_array_need_not_hold_for_one_element() {
    let store = Scratch::new();
    documents(
        &store,
        &[index(
            "by_item",
            &["items.sku", "items.count", "state"],
            false,
        )],
        &[
            doc! {"_id": "one", "items": [{"sku": "a", "count": 1}, {"sku": "b", "count": 9}], "state": 1},
            doc! {"_id": "two", "items": [{"sku": "a", "count": 9}], "state": 1},
            doc! {"_id": "three", "items": {"sku": "a", "count": 9}, "state": 2},
        ],
    );
    let filter = doc! {"items.sku": "a", "items.count": 9};
    assert_eq!(ids(&store, "c", filter), ["one", "three", "two"]);
    let filter = doc! {"items.sku": "a", "items.count": {"$gt": 5}, "state": 1};
    let plan = plan(&store, filter.clone());
    assert!(
        plan.contains("SEARCH c1_i1 USING PRIMARY KEY (k0=?)"),
        "{plan}"
    );
    assert_eq!(ids(&store, "c", filter), ["one", "two"]);
}

#[test]
fn parallel_arrays_are_refused_and_harm_no_other_document() {
    let store = Scratch::new();
    documents(
        &store,
        &[index("by_ab", &["a", "b", "c.x", "c.y"], false)],
        &[],
    );
    let outcomes = store
        .apply(
            "c",
            &[
                put("both", 1, doc! {"a": [1, 2], "b": [1]}),
                put("first", 1, doc! {"a": [1, 2], "b": 1}),
                put("second", 1, doc! {"a": 1, "b": [1]}),
                put("same", 1, doc! {"c": [{"x": 1, "y": 2}, {"x": 2}]}),
                put("below", 1, doc! {"c": [{"x": [1], "y": [2]}]}),
            ],
        )
        .unwrap();
    for (at, outcome) in outcomes.iter().enumerate() {
        match outcome {
            Outcome::Applied => assert!([1, 2, 3].contains(&at)),
            Outcome::Rejected { reason, index } => {
                assert!([0, 4].contains(&at));
                assert!(
                    reason.contains("different arrays") && index.is_none(),
                    "{reason}"
                );
            }
            Outcome::Superseded => panic!("{at}"),
        }
    }
    assert_eq!(ids(&store, "c", doc! {}), ["first", "same", "second"]);
    fill(&store, "d", &[doc! {"_id": "both", "a": [1], "b": [1]}]);
    let error = store
        .ensure_collection("d", &[index("by_ab", &["a", "b"], false)])
        .unwrap_err();
    assert!(
        matches!(&error, Error::InvalidIndex { reason, .. } if reason.contains("\"both\"")),
        "{error}"
    );
}

/// The manual, "Unique Index": across documents, not within one.
#[test]
fn of_a_unique_index_two_documents_share_no_element() {
    let none = || Bson::Array(Vec::new());
    for (first, second, is_applied) in [
        (bson!([1, 2]), bson!([2, 3]), false),
        (bson!([1, 2]), bson!([3, 4]), true),
        (bson!([1, 1]), bson!([2, 2]), true),
        (bson!([1, 1]), bson!(1.0), false),
        (bson!(1), bson!([2, 1]), false),
        (bson!([[1, 2]]), bson!([1, 2]), true),
        (bson!([[1, 2]]), bson!([[1, 2], 3]), false),
        (bson!([null]), Bson::Null, false),
        (none(), none(), false),
        (none(), Bson::Null, true),
        (bson!([{"x": 1}]), bson!([{"x": 1}]), false),
        (bson!([{"x": 1}]), bson!([{"x": 2}]), true),
    ] {
        let store = Scratch::new();
        documents(
            &store,
            &[index("by_k", &["k"], true)],
            &[doc! {"_id": "a", "k": first.clone()}],
        );
        let outcome = store
            .apply("c", &[put("b", 1, doc! {"k": second.clone()})])
            .unwrap()
            .remove(0);
        match &outcome {
            Outcome::Rejected { index, .. } => {
                assert!(!is_applied, "{first} {second}");
                assert_eq!(index.as_deref(), Some("by_k"));
            }
            _ => assert!(is_applied, "{first} {second}: {outcome:?}"),
        }
        // The document itself may be written again, and what it gives up is free.
        let again = put("a", 2, doc! {"k": first.clone(), "more": 1});
        let free = put("a", 3, doc! {"k": "another"});
        let taken = put("b", 2, doc! {"k": second});
        let outcomes = store.apply("c", &[again, free, taken]).unwrap();
        assert!(
            outcomes.iter().all(|outcome| *outcome == Outcome::Applied),
            "{outcomes:?}"
        );
        // Built over what is stored, the same holds.
        let late = Scratch::new();
        fill(&late, "c", &[doc! {"_id": "a", "k": first}]);
        let built = late.ensure_collection("c", &[index("by_k", &["k"], true)]);
        assert!(built.is_ok(), "{built:?}");
    }
}

#[test]
fn a_unique_index_is_not_built_over_arrays_that_share_an_element() {
    let store = Scratch::new();
    fill(
        &store,
        "c",
        &[doc! {"_id": "a", "k": [1, 2]}, doc! {"_id": "b", "k": 2}],
    );
    let error = store
        .ensure_collection("c", &[index("by_k", &["k"], true)])
        .unwrap_err();
    assert!(matches!(error, Error::Duplicates { .. }), "{error:?}");
    assert!(entries(store.path()).is_empty());
    assert_eq!(store.indexes("c").unwrap(), Some(Vec::new()));
}

/// A document that two unique indexes would refuse leaves no entry in either of them.
#[test]
fn a_rejected_document_leaves_no_entries() {
    let store = Scratch::new();
    documents(
        &store,
        &[index("by_k", &["k"], true), index("by_n", &["n"], true)],
        &[doc! {"_id": "a", "k": [1, 2], "n": 1}],
    );
    let outcomes = store
        .apply(
            "c",
            &[
                put("b", 1, doc! {"k": [3], "n": 1}),
                put("c", 1, doc! {"k": [3], "n": 2}),
            ],
        )
        .unwrap();
    assert!(matches!(&outcomes[0], Outcome::Rejected { index: Some(name), .. } if name == "by_n"));
    assert_eq!(outcomes[1], Outcome::Applied);
    assert_eq!(entries(store.path())["c1_i1"].len(), 3);
}

#[test]
fn an_index_built_later_knows_the_arrays_that_are_stored() {
    let store = Scratch::new();
    fill(
        &store,
        "c",
        &[doc! {"_id": "a", "x": [1, 2]}, doc! {"_id": "b", "x": 1}],
    );
    let spec = IndexSpec {
        keys: vec![("x".to_owned(), Direction::Descending)],
        ..index("by_x", &[], false)
    };
    store
        .ensure_collection("c", std::slice::from_ref(&spec))
        .unwrap();
    assert!(plan(&store, doc! {"x": 2}).contains("SEARCH c1_i1"));
    assert_eq!(ids(&store, "c", doc! {"x": 2}), ["a"]);
    assert_eq!(store.indexes("c").unwrap().unwrap(), [spec]);
}
