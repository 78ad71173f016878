//! Collations: what is read and refused, unique indexes, which index serves, and the reads that are no pipelines.

use bson::{Document, bson, doc};
use twinbase_docstore::{Collation, Error, Find, IndexSpec, Options, Outcome, Store, Strength};

use crate::support::{Scratch, fill, id_list, ids, index, put};

fn english(strength: Strength) -> Collation {
    Collation::new("en", strength).unwrap()
}

fn named(strength: Option<Strength>, unique: bool) -> IndexSpec {
    IndexSpec {
        collation: strength.map(english),
        ..index("by_name", &["name"], unique)
    }
}

#[test]
fn a_document_of_mongodb_is_read_or_refused_by_name() {
    let read = |document| Collation::parse(&document);
    let two = read(doc! { "locale": "en", "strength": 2 })
        .unwrap()
        .unwrap();
    assert_eq!(two, english(Strength::Secondary));
    assert_eq!(read(two.to_document()).unwrap(), Some(two));
    let french =
        read(doc! { "locale": "fr_CA", "strength": 1.0, "caseLevel": false, "caseFirst": "off" });
    assert_eq!(
        french.unwrap(),
        Some(Collation::new("fr_CA", Strength::Primary).unwrap())
    );
    assert_eq!(read(doc! { "locale": "simple" }).unwrap(), None);

    for (document, name) in [
        (doc! { "locale": "en" }, "strength 3"),
        (doc! { "locale": "en", "strength": 3 }, "strength 3"),
        (doc! { "locale": "en", "strength": 5_i64 }, "strength 5"),
        (
            doc! { "locale": "en", "strength": 1, "caseLevel": true },
            "caseLevel",
        ),
        (
            doc! { "locale": "en", "strength": 1, "caseFirst": "upper" },
            "caseFirst",
        ),
        (
            doc! { "locale": "en", "strength": 1, "numericOrdering": true },
            "numericOrdering",
        ),
        (
            doc! { "locale": "en", "strength": 1, "alternate": "shifted" },
            "alternate",
        ),
        (
            doc! { "locale": "en", "strength": 1, "maxVariable": "space" },
            "maxVariable",
        ),
        (
            doc! { "locale": "en", "strength": 1, "backwards": true },
            "backwards",
        ),
        (
            doc! { "locale": "en", "strength": 1, "normalization": true },
            "normalization",
        ),
        (
            doc! { "locale": "en_US_POSIX", "strength": 1 },
            "en_US_POSIX",
        ),
        (
            doc! { "locale": "de@collation=phonebook", "strength": 1 },
            "phonebook",
        ),
        (doc! { "locale": "EN", "strength": 1 }, "EN"),
    ] {
        let refused = read(document.clone());
        let is_named =
            matches!(&refused, Err(Error::Unsupported { operator, .. }) if operator.contains(name));
        assert!(is_named, "{document}: {refused:?}");
    }
    for document in [
        doc! {},
        doc! { "strength": 2 },
        doc! { "locale": 1 },
        doc! { "locale": "en", "strength": 0 },
        doc! { "locale": "en", "strength": 6 },
        doc! { "locale": "en", "strength": 1.5 },
        doc! { "locale": "en", "strength": "2" },
        doc! { "locale": "en", "strength": 2, "case": true },
        doc! { "locale": "simple", "strength": 2 },
    ] {
        let refused = read(document.clone());
        assert!(
            matches!(refused, Err(Error::InvalidQuery { .. })),
            "{document}: {refused:?}"
        );
    }
}

#[test]
fn a_unique_index_refuses_what_its_collation_takes_for_equal() {
    for (strength, second, collides) in [
        (None, "ada", false),
        (Some(Strength::Secondary), "ADA", true),
        (Some(Strength::Secondary), "Adá", false),
        (Some(Strength::Primary), "Adá", true),
        (Some(Strength::Primary), "Adam", false),
    ] {
        let store = Scratch::new();
        store
            .ensure_collection("c", &[named(strength, true)])
            .unwrap();
        let write = |id: &str, name: bson::Bson| {
            let outcomes = store.apply("c", &[put(id, 1, doc! { "name": name })]);
            outcomes.unwrap().remove(0)
        };
        assert_eq!(write("a", bson!("Ada")), Outcome::Applied);
        let outcome = write("b", bson!(second));
        let rejected = matches!(&outcome, Outcome::Rejected { index, .. } if index.as_deref() == Some("by_name"));
        assert_eq!(rejected, collides, "{strength:?} {second}: {outcome:?}");
        // An array turns the index into a table of entries, which compares in the same way.
        assert_eq!(write("c", bson!(["x", "X"])), Outcome::Applied);
        let outcome = write("d", bson!(["y", second]));
        assert!(
            matches!(outcome, Outcome::Rejected { .. }),
            "{second} is stored, or one that is equal: {outcome:?}"
        );
        assert_eq!(
            write("e", bson!("adA")) == Outcome::Applied,
            strength.is_none()
        );
    }
}

#[test]
fn a_unique_index_is_not_built_over_what_its_collation_takes_for_equal() {
    let store = Scratch::new();
    fill(
        &store,
        "c",
        &[
            doc! { "_id": "a", "name": "Ada" },
            doc! { "_id": "b", "name": "ada" },
        ],
    );
    let built = |strength| store.ensure_collection("c", &[named(strength, true)]);
    assert!(matches!(
        built(Some(Strength::Secondary)),
        Err(Error::Duplicates { .. })
    ));
    built(None).unwrap();
    // Another collation is another definition.
    assert!(matches!(
        built(Some(Strength::Primary)),
        Err(Error::InvalidIndex { .. })
    ));
}

#[test]
fn an_index_serves_the_queries_of_its_own_collation_and_explain_names_the_others() {
    let store = Scratch::new();
    store
        .ensure_collection("c", &[named(Some(Strength::Secondary), false)])
        .unwrap();
    fill(
        &store,
        "c",
        &[
            doc! { "_id": "a", "name": "Ada" },
            doc! { "_id": "b", "name": "bob" },
        ],
    );
    let query = Find {
        filter: doc! { "name": "ADA" },
        ..Find::default()
    };
    let plan = |strength: Option<Strength>| {
        let collated = store.collated(strength.map(english).as_ref()).unwrap();
        collated.explain("c", &query).unwrap().join("\n")
    };
    let own = plan(Some(Strength::Secondary));
    assert!(
        own.contains("USING INDEX c1_i1") && !own.contains("NOT"),
        "{own}"
    );
    for other in [None, Some(Strength::Primary)] {
        let plan = plan(other);
        assert!(
            plan.contains("NOT by_name: its collation is another one"),
            "{plan}"
        );
        assert!(!plan.contains("USING INDEX c1_i1"), "{plan}");
    }
    let sorted = Find {
        sort: doc! { "name": 1 },
        ..Find::default()
    };
    let plan = store.explain("c", &sorted).unwrap().join("\n");
    assert!(plan.contains("NOT by_name"), "{plan}");
    assert_eq!(
        store.indexes("c").unwrap().unwrap(),
        [named(Some(Strength::Secondary), false)]
    );
}

#[test]
fn counts_distinct_values_and_projections_follow_the_collation() {
    let store = Scratch::new();
    fill(
        &store,
        "c",
        &[
            doc! { "_id": "a", "name": "Ada", "tags": ["Red", "blue"] },
            doc! { "_id": "b", "name": "ada", "tags": ["x", "red"] },
            doc! { "_id": "c", "name": "Bob", "tags": [] },
        ],
    );
    let collated: Store = store.collated(Some(&english(Strength::Secondary))).unwrap();
    assert_eq!(collated.count("c", &doc! { "name": "ADA" }).unwrap(), 2);
    assert_eq!(store.count("c", &doc! { "name": "ADA" }).unwrap(), 0);
    let names = collated.distinct("c", "name", &Document::new()).unwrap();
    assert_eq!(names.len(), 2, "{names:?}");
    let tags = collated
        .distinct("c", "tags", &doc! { "name": "ADA" })
        .unwrap();
    assert_eq!(tags.len(), 3, "{tags:?}");

    let project = |projection: Document| {
        let query = Find {
            filter: doc! { "tags": "RED" },
            sort: doc! { "_id": 1 },
            projection,
            ..Find::default()
        };
        collated.find("c", &query).unwrap()
    };
    let expected = [
        doc! { "_id": "a", "tags": ["Red"] },
        doc! { "_id": "b", "tags": ["red"] },
    ];
    assert_eq!(
        project(doc! { "tags": { "$elemMatch": { "$eq": "RED" } } }),
        expected
    );
    assert_eq!(project(doc! { "tags.$": 1 }), expected);
    // The handle that it was made of is what it was.
    assert_eq!(ids(&store, "c", doc! { "name": "ada" }), ["b"]);
}

#[test]
fn a_partial_index_compares_its_condition_by_its_collation() {
    let store = Scratch::new();
    let spec = IndexSpec {
        partial: Some(doc! { "state": "open" }),
        ..named(Some(Strength::Secondary), true)
    };
    store.ensure_collection("c", &[spec]).unwrap();
    fill(
        &store,
        "c",
        &[
            doc! { "_id": "a", "name": "Ada", "state": "OPEN" },
            doc! { "_id": "b", "name": "Ada", "state": "closed" },
        ],
    );
    let second = put("c", 1, doc! { "name": "ADA", "state": "Open" });
    assert!(matches!(
        store.apply("c", &[second]).unwrap()[0],
        Outcome::Rejected { .. }
    ));

    let collated = store.collated(Some(&english(Strength::Secondary))).unwrap();
    let query = Find {
        filter: doc! { "name": "ada", "state": "oPEN" },
        ..Find::default()
    };
    let plan = collated.explain("c", &query).unwrap().join("\n");
    assert!(plan.contains("USING INDEX c1_i1"), "{plan}");
    assert_eq!(id_list(&collated.find("c", &query).unwrap()), ["a"]);
}

#[test]
fn a_collation_and_its_indexes_are_there_when_the_file_is_opened_again() {
    let store = Scratch::new();
    store
        .ensure_collection("c", &[named(Some(Strength::Primary), true)])
        .unwrap();
    fill(&store, "c", &[doc! { "_id": "a", "name": "résumé" }]);
    let again = Store::open(store.path(), Options::default()).unwrap();
    let second = put("b", 1, doc! { "name": "Resume" });
    assert!(matches!(
        again.apply("c", &[second]).unwrap()[0],
        Outcome::Rejected { .. }
    ));
    let specs = again.indexes("c").unwrap().unwrap();
    assert_eq!(specs[0].collation, Some(english(Strength::Primary)));
}

/// Makes an index of a collation what another version of the program could have left: other keys, by other rules.
fn age(store: &Store) {
    let connection = rusqlite::Connection::open(store.path()).unwrap();
    let bytes: Vec<u8> = connection
        .query_row("select keys from indexes", [], |row| row.get(0))
        .unwrap();
    let mut stored = Document::from_reader(bytes.as_slice()).unwrap();
    assert!(stored.insert("rules", 0_i64).is_some(), "{stored}");
    connection
        .execute("update indexes set keys = ?", [stored.to_vec().unwrap()])
        .unwrap();
    connection
        .execute("update c1_i1 set k0 = k0 || x'00'", [])
        .unwrap();
}

#[test]
fn an_index_by_the_rules_of_another_version_is_built_anew() {
    let store = Scratch::new();
    let secondary = english(Strength::Secondary);
    store
        .ensure_collection("c", &[named(Some(Strength::Secondary), true)])
        .unwrap();
    // The array makes it a table of entries, which this test can change.
    fill(
        &store,
        "c",
        &[
            doc! { "_id": "a", "name": ["Ada", "x"] },
            doc! { "_id": "b", "name": "Bob" },
        ],
    );
    let find = |store: &Store| {
        ids(
            &store.collated(Some(&secondary)).unwrap(),
            "c",
            doc! { "name": "ADA" },
        )
    };
    age(&store);
    assert!(find(&store).is_empty(), "the keys are those of other rules");
    let again = Store::open(store.path(), Options::default()).unwrap();
    assert_eq!(find(&again), ["a"]);
    let second = put("c", 1, doc! { "name": "ADA" });
    assert!(matches!(
        again.apply("c", &[second]).unwrap()[0],
        Outcome::Rejected { .. }
    ));
}

#[test]
fn an_index_that_new_rules_do_not_allow_is_dropped_and_no_document_is() {
    let store = Scratch::new();
    store
        .ensure_collection("c", &[named(Some(Strength::Secondary), false)])
        .unwrap();
    let documents = [
        doc! { "_id": "a", "name": ["Ada", "x"] },
        doc! { "_id": "b", "name": "ADA" },
    ];
    fill(&store, "c", &documents);
    age(&store);
    let connection = rusqlite::Connection::open(store.path()).unwrap();
    connection
        .execute("update indexes set is_unique = 1", [])
        .unwrap();
    let again = Store::open(store.path(), Options::default()).unwrap();
    assert_eq!(again.indexes("c").unwrap().unwrap(), []);
    assert_eq!(again.count("c", &doc! {}).unwrap(), 2);
    let declared = again.ensure_collection("c", &[named(Some(Strength::Secondary), true)]);
    assert!(matches!(declared, Err(Error::Duplicates { .. })));
}
