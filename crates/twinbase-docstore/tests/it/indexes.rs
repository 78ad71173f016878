//! Indexes: that queries use them, and that they never change an answer.

use bson::{Document, doc};
use twinbase_docstore::{Direction, Error, Find, IndexSpec, Options, Store};

use crate::support::{Scratch, fill, id_list, ids, index};

fn todos() -> Scratch {
    let store = Scratch::new();
    store
        .ensure_collection(
            "todos",
            &[
                index("by_user", &["user.id"], false),
                index("by_rank", &["rank"], false),
            ],
        )
        .unwrap();
    let documents: Vec<Document> = (0..500)
        .map(|n| doc! {"_id": format!("t{n:03}"), "user": {"id": n % 10}, "rank": n, "at": -n})
        .collect();
    fill(&store, "todos", &documents);
    store
}

fn plan(store: &Store, query: &Find) -> String {
    store.explain("todos", query).unwrap().join("; ")
}

#[test]
fn equality_searches_the_index() {
    let store = todos();
    for filter in [
        doc! {"user.id": 3},
        doc! {"user.id": {"$in": [3, 4]}},
        doc! {"rank": {"$gt": 10, "$lte": 20.5}},
    ] {
        let plan = plan(
            &store,
            &Find {
                filter: filter.clone(),
                ..Find::default()
            },
        );
        assert!(
            plan.contains("SEARCH c1 USING INDEX c1_i"),
            "{filter}: {plan}"
        );
    }
    assert_eq!(ids(&store, "todos", doc! {"user.id": 3.0}).len(), 50);
    assert_eq!(
        ids(&store, "todos", doc! {"rank": {"$gt": 10, "$lte": 20.5}}).len(),
        10
    );
}

#[test]
fn the_terms_of_an_or_search_their_indexes() {
    let store = todos();
    let filter = doc! {"$or": [{"user.id": 3}, {"rank": 7}]};
    let plan = plan(
        &store,
        &Find {
            filter: filter.clone(),
            ..Find::default()
        },
    );
    assert!(plan.contains("MULTI-INDEX OR"), "{plan}");
    assert_eq!(ids(&store, "todos", filter).len(), 51);
}

#[test]
fn a_sort_with_a_limit_walks_the_index_in_both_directions() {
    let store = todos();
    for (order, expected) in [(1, ["t000", "t001"]), (-1, ["t499", "t498"])] {
        let query = Find {
            sort: doc! {"rank": order},
            limit: Some(2),
            ..Find::default()
        };
        let plan = plan(&store, &query);
        assert!(
            plan.contains("USING INDEX c1_i2") && !plan.contains("B-TREE"),
            "{plan}"
        );
        assert_eq!(id_list(&store.find("todos", &query).unwrap()), expected);
    }
    let unindexed = plan(
        &store,
        &Find {
            sort: doc! {"at": 1},
            limit: Some(2),
            ..Find::default()
        },
    );
    assert!(
        unindexed.contains("THEN $sort"),
        "the check above can fail: {unindexed}"
    );
}

#[test]
fn the_id_is_searched_by_its_own_index() {
    let store = todos();
    let plan = plan(
        &store,
        &Find {
            filter: doc! {"_id": {"$gt": "t100"}},
            sort: doc! {"_id": 1},
            ..Find::default()
        },
    );
    assert!(
        plan.contains("SEARCH c1 USING INDEX sqlite_autoindex") && !plan.contains("B-TREE"),
        "{plan}"
    );
}

#[test]
fn a_compound_index_gives_a_compound_order() {
    let store = Scratch::new();
    let keys = vec![
        ("a".to_owned(), Direction::Ascending),
        ("b.c".to_owned(), Direction::Descending),
    ];
    store
        .ensure_collection(
            "todos",
            &[IndexSpec {
                name: "ab".into(),
                keys,
                ..IndexSpec::default()
            }],
        )
        .unwrap();
    let documents: Vec<Document> = (0..50)
        .map(|n| doc! {"_id": format!("{n:02}"), "a": n % 3, "b": {"c": n}})
        .collect();
    fill(&store, "todos", &documents);
    let query = Find {
        sort: doc! {"a": 1, "b.c": -1},
        limit: Some(3),
        ..Find::default()
    };
    let plan = plan(&store, &query);
    assert!(
        plan.contains("USING INDEX c1_i1") && !plan.contains("B-TREE"),
        "{plan}"
    );
    assert_eq!(
        id_list(&store.find("todos", &query).unwrap()),
        ["48", "45", "42"]
    );
}

#[test]
fn a_unique_index_over_stored_duplicates_is_refused_and_leaves_nothing() {
    let store = Scratch::new();
    fill(
        &store,
        "c",
        &[doc! {"_id": "a", "x": 1}, doc! {"_id": "b", "x": 1.0}],
    );
    let error = store
        .ensure_collection(
            "c",
            &[index("ok", &["y"], false), index("by_x", &["x"], true)],
        )
        .unwrap_err();
    assert!(
        matches!(&error, Error::Duplicates { index, .. } if index == "by_x"),
        "{error:?}"
    );
    store
        .ensure_collection("c", &[index("ok", &["z"], false)])
        .unwrap();
}

#[test]
fn a_definition_that_changed_or_cannot_be_is_refused() {
    let store = Scratch::new();
    store
        .ensure_collection("c", &[index("i", &["x"], false)])
        .unwrap();
    store
        .ensure_collection("c", &[index("i", &["x"], false)])
        .unwrap();
    let also = IndexSpec {
        sparse: true,
        ..index("i", &["x"], false)
    };
    let partial = |filter: Document| IndexSpec {
        partial: Some(filter),
        ..index("j", &["x"], false)
    };
    let both = IndexSpec {
        sparse: true,
        ..partial(doc! {"x": 1})
    };
    let many: Vec<String> = (0..33).map(|n| format!("f{n}")).collect();
    let many: Vec<&str> = many.iter().map(String::as_str).collect();
    for spec in [
        index("i", &["y"], false),
        index("i", &["x"], true),
        index("j", &[], false),
        index("", &["x"], false),
        index("j", &["x", "x"], false),
        index("j", &["_id"], false),
        index("j", &["a..b"], false),
        index("j", &["a.0"], false),
        index("j", &["$a"], false),
        index("j", &many, false),
        also,
        both,
        partial(doc! {"x": {"$ne": 1}}),
        partial(doc! {"x": {"$exists": false}}),
        partial(doc! {"x": {"$regex": "a"}}),
        partial(
            doc! {"x": {"$in": [bson::Regex { pattern: bson::cstr!("a").into(), options: bson::cstr!("").into() }]}},
        ),
        partial(doc! {"$expr": true}),
        partial(doc! {"$nor": [{"x": 1}]}),
        partial(doc! {"x": {"$near": 1}}),
    ] {
        let error = store
            .ensure_collection("c", std::slice::from_ref(&spec))
            .unwrap_err();
        assert!(
            matches!(error, Error::InvalidIndex { .. }),
            "{spec:?}: {error:?}"
        );
    }
}

#[test]
fn an_index_of_another_handle_is_used_at_once() {
    let store = todos();
    let other = Store::open(store.path(), Options::default()).unwrap();
    other
        .ensure_collection("todos", &[index("by_at", &["at"], false)])
        .unwrap();
    let plan = plan(
        &store,
        &Find {
            filter: doc! {"at": -3},
            ..Find::default()
        },
    );
    assert!(plan.contains("SEARCH c1 USING INDEX c1_i3"), "{plan}");
    assert!(other.drop_collection("todos").unwrap());
    assert!(!store.drop_collection("todos").unwrap());
    assert_eq!(store.count("todos", &doc! {}).unwrap(), 0);
}

/// The usual leaderboard, and a page of a list that goes on behind a place.
#[test]
fn the_id_as_a_part_of_an_index_serves_the_sort_that_ends_with_it() {
    let store = todos();
    let newest = IndexSpec {
        name: "board".to_owned(),
        keys: vec![
            ("user.id".to_owned(), Direction::Ascending),
            ("rank".to_owned(), Direction::Descending),
            ("_id".to_owned(), Direction::Ascending),
        ],
        ..IndexSpec::default()
    };
    store
        .ensure_collection("todos", std::slice::from_ref(&newest))
        .unwrap();
    let indexes = store.indexes("todos").unwrap().unwrap();
    assert!(indexes.contains(&newest), "{indexes:?}");
    let board = Find {
        filter: doc! {"user.id": 3, "rank": {"$lte": 400}, "$or": [{"rank": {"$lt": 400}}, {"rank": 400, "_id": {"$gt": "t"}}]},
        sort: doc! {"rank": -1, "_id": 1},
        limit: Some(3),
        ..Find::default()
    };
    let plan = plan(&store, &board);
    // One walk for each term of the place, and one sorter for the few that they find.
    assert_eq!(
        plan.matches("SEARCH c1 USING INDEX c1_i3").count(),
        2,
        "{plan}"
    );
    assert_eq!(plan.matches("TEMP B-TREE").count(), 1, "{plan}");
    let found = store.find("todos", &board).unwrap();
    assert_eq!(id_list(&found), ["t393", "t383", "t373"]);
}
