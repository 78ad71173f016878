//! The guarded write.

use std::collections::BTreeMap;

use bson::doc;
use proptest::prelude::*;
use twinbase_docstore::{Find, Outcome, Put};

use crate::support::{Scratch, fill, ids, index, put, tombstone};

#[test]
fn a_stale_or_equal_version_is_superseded() {
    let store = Scratch::new();
    let outcomes = store
        .apply(
            "c",
            &[
                put("a", 2, doc! {"n": 2}),
                put("a", 1, doc! {"n": 1}),
                put("a", 2, doc! {"n": 9}),
                put("a", 3, doc! {"n": 3}),
            ],
        )
        .unwrap();
    assert_eq!(
        outcomes,
        [
            Outcome::Applied,
            Outcome::Superseded,
            Outcome::Superseded,
            Outcome::Applied
        ]
    );
    assert_eq!(
        store.get("c", "a").unwrap(),
        Some(doc! {"_id": "a", "n": 3})
    );
}

#[test]
fn a_deleted_document_is_found_by_no_read_and_its_version_is_kept() {
    let store = Scratch::new();
    fill(
        &store,
        "c",
        &[doc! {"_id": "a", "n": 1}, doc! {"_id": "b", "n": 1}],
    );
    store.apply("c", &[tombstone("a", 5, 10)]).unwrap();
    assert_eq!(store.get("c", "a").unwrap(), None);
    assert_eq!(ids(&store, "c", doc! {}), ["b"]);
    assert_eq!(
        ids(&store, "c", doc! {"n": doc! {"$exists": false}}),
        Vec::<String>::new()
    );
    assert_eq!(ids(&store, "c", doc! {"_id": "a"}), Vec::<String>::new());
    assert_eq!(store.count("c", &doc! {}).unwrap(), 1);
    assert_eq!(
        store.aggregate("c", &[doc! {"$count": "n"}]).unwrap(),
        [doc! {"n": 1}]
    );
    assert_eq!(
        store.versions("c", &["b", "a", "x"]).unwrap(),
        [("b".into(), 1, false), ("a".into(), 5, true)]
    );
    assert_eq!(
        store.apply("c", &[put("a", 4, doc! {})]).unwrap(),
        [Outcome::Superseded]
    );
    assert_eq!(
        store.apply("c", &[put("a", 6, doc! {"n": 7})]).unwrap(),
        [Outcome::Applied]
    );
    assert_eq!(ids(&store, "c", doc! {"n": 7}), ["a"]);
}

#[test]
fn sweeping_removes_old_tombstones_and_nothing_else() {
    let store = Scratch::new();
    fill(&store, "c", &[doc! {"_id": "live"}]);
    store
        .apply(
            "c",
            &[
                tombstone("old", 2, 10),
                tombstone("older", 2, 5),
                tombstone("new", 2, 100),
            ],
        )
        .unwrap();
    assert_eq!(store.sweep_tombstones("c", 50, 1).unwrap(), 1);
    assert_eq!(
        store.versions("c", &["older", "old"]).unwrap(),
        [("old".into(), 2, true)]
    );
    assert_eq!(store.sweep_tombstones("c", 50, 10).unwrap(), 1);
    assert_eq!(store.sweep_tombstones("c", 50, 10).unwrap(), 0);
    assert_eq!(store.sweep_tombstones("absent", 50, 10).unwrap(), 0);
    let left: Vec<String> = store
        .scan("c", None, 10)
        .unwrap()
        .into_iter()
        .map(|(id, ..)| id)
        .collect();
    assert_eq!(left, ["live", "new"]);
}

#[test]
fn a_unique_index_rejects_one_document_and_not_its_neighbours() {
    let store = Scratch::new();
    store
        .ensure_collection("users", &[index("by_email", &["email"], true)])
        .unwrap();
    let outcomes = store
        .apply(
            "users",
            &[
                put("a", 1, doc! {"email": "x"}),
                put("b", 1, doc! {"email": "x"}),
                put("c", 1, doc! {"email": "y"}),
                put("d", 1, doc! {"email": ["z"]}),
                put("e", 1, doc! {}),
                put("f", 1, doc! {"email": null}),
            ],
        )
        .unwrap();
    let rejected: Vec<usize> = (0..6).filter(|&i| matches!(&outcomes[i], Outcome::Rejected { index: Some(name), .. } if name == "by_email")).collect();
    assert_eq!(rejected, [1, 5], "{outcomes:?}");
    assert_eq!(ids(&store, "users", doc! {}), ["a", "c", "d", "e"]);

    // What a deleted document held is free again.
    store.apply("users", &[tombstone("a", 2, 0)]).unwrap();
    assert_eq!(
        store
            .apply("users", &[put("b", 1, doc! {"email": "x"})])
            .unwrap(),
        [Outcome::Applied]
    );
}

#[test]
fn a_document_that_cannot_be_stored_is_rejected_alone() {
    let store = Scratch::new();
    let mut deep = doc! {"x": 1};
    for _ in 0..100 {
        deep = doc! {"x": deep};
    }
    let mut deepest = doc! {"x": 1};
    for _ in 0..99 {
        deepest = doc! {"x": deepest};
    }
    let outcomes = store
        .apply(
            "c",
            &[
                put("deep", 1, deep),
                put("deepest", 1, deepest),
                put("big", 1, doc! {"x": "y".repeat(16 * 1024 * 1024)}),
                put("nul", 1, doc! {"a\0b": 1}),
                put("other", 1, doc! {"_id": "another"}),
                put("fine", 1, doc! {"x": 1, "_id": "fine"}),
            ],
        )
        .unwrap();
    let applied: Vec<bool> = outcomes.iter().map(|o| *o == Outcome::Applied).collect();
    assert_eq!(
        applied,
        [false, true, false, false, false, true],
        "{outcomes:?}"
    );
    let fine = store.get("c", "fine").unwrap().unwrap();
    assert_eq!(
        fine.keys().collect::<Vec<_>>(),
        ["_id", "x"],
        "the _id comes first, as in MongoDB"
    );
}

#[test]
fn a_scan_walks_documents_and_tombstones_in_byte_order() {
    let store = Scratch::new();
    fill(
        &store,
        "c",
        &[
            doc! {"_id": "b"},
            doc! {"_id": "é"},
            doc! {"_id": "B"},
            doc! {"_id": "b\0"},
        ],
    );
    store.apply("c", &[tombstone("a", 3, 0)]).unwrap();
    let (mut seen, mut after) = (Vec::new(), None::<String>);
    loop {
        let page = store.scan("c", after.as_deref(), 2).unwrap();
        let Some((last, ..)) = page.last() else { break };
        after = Some(last.clone());
        seen.extend(page.into_iter().map(|(id, _, deleted)| (id, deleted)));
    }
    let expected = [
        ("B", false),
        ("a", true),
        ("b", false),
        ("b\0", false),
        ("é", false),
    ];
    assert_eq!(seen, expected.map(|(id, deleted)| (id.to_owned(), deleted)));
}

fn any_put() -> impl Strategy<Value = Put> {
    ("[abc]", 1_i64..6, proptest::option::of(0_i32..3)).prop_map(|(id, version, n)| match n {
        Some(n) => put(&id, version, doc! {"version": version, "n": n}),
        None => tombstone(&id, version, version),
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// In any order and any batches, the newest version of each id wins; of equal ones the first.
    #[test]
    fn any_order_ends_in_the_newest_versions(batches in prop::collection::vec(prop::collection::vec(any_put(), 1..8), 1..6)) {
        let store = Scratch::new();
        let mut model: BTreeMap<String, Put> = BTreeMap::new();
        for batch in &batches {
            let outcomes = store.apply("c", batch).unwrap();
            for (put, outcome) in batch.iter().zip(outcomes) {
                let newer = model.get(&put.id).is_none_or(|old| old.version < put.version);
                prop_assert_eq!(outcome, if newer { Outcome::Applied } else { Outcome::Superseded });
                if newer {
                    model.insert(put.id.clone(), put.clone());
                }
            }
        }
        let scanned = store.scan("c", None, 100).unwrap();
        let expected: Vec<_> = model.values().map(|p| (p.id.clone(), p.version, p.document.is_none())).collect();
        prop_assert_eq!(scanned, expected);
        let live = model.values().filter(|p| p.document.is_some()).count();
        prop_assert_eq!(store.find("c", &Find::default()).unwrap().len(), live);
    }
}
