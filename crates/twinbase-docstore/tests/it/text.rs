//! Full text search: the table of rules, the score, what is refused, and that the index follows the documents.
//!
//! The MongoDB-compatible server of the other tests has no `$text`, so nothing here is compared with it.

use bson::{Bson, Document, doc};
use twinbase_docstore::{Find, IndexSpec, Options, Outcome, Store, TextSpec};

use crate::support::{Scratch, fill, id_list, ids, put, text, tombstone};

pub(crate) fn search(words: &str) -> Document {
    doc! { "$text": { "$search": words } }
}

pub(crate) fn score() -> Document {
    doc! { "$meta": "textScore" }
}

pub(crate) fn todos() -> Scratch {
    let store = Scratch::new();
    store
        .ensure_collection("c", &[text("text", &[("title", 10), ("notes", 1)])])
        .unwrap();
    store
}

#[test]
fn searches_follow_the_manual() {
    let store = Scratch::new();
    let (mut failures, mut cases, mut collection) = (Vec::new(), 0, String::new());
    for line in include_str!("tables/text.txt").lines() {
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        let parts: Vec<&str> = line.split(" | ").collect();
        if let Some(index) = line.strip_prefix("index ") {
            let (index, documents) = index.split_once(" | ").unwrap();
            collection = format!("c{cases}");
            let (index, documents) = (
                document(index),
                document(&format!("{{\"d\": {documents}}}")),
            );
            store
                .ensure_collection(&collection, &[spec(&index)])
                .unwrap();
            let documents = documents.get_array("d").unwrap().iter();
            let documents: Vec<Document> =
                documents.filter_map(Bson::as_document).cloned().collect();
            fill(&store, &collection, &documents);
            continue;
        }
        let [rule, query, expected] = parts[..] else {
            panic!("{line:?} has not three parts")
        };
        cases += 1;
        let query = document(query);
        let filter = if query.contains_key("$search") {
            doc! { "$text": query }
        } else {
            query
        };
        let expected = expected.split_whitespace().filter(|id| *id != "nothing");
        let expected: Vec<&str> = expected.collect();
        let found = ids(&store, &collection, filter.clone());
        let counted = store.count(&collection, &filter).unwrap();
        if found != expected || counted != found.len() as u64 {
            failures.push(format!(
                "{rule}: {filter} finds {found:?}, counts {counted}"
            ));
        }
    }
    assert!(failures.is_empty(), "{}", failures.join("\n"));
    assert!(cases > 70, "the table was read: {cases}");
}

fn document(json: &str) -> Document {
    match serde_json::from_str(json) {
        Ok(Bson::Document(document)) => document,
        other => panic!("{json} is {other:?}"),
    }
}

fn spec(index: &Document) -> IndexSpec {
    let weights = index.get_document("weights").unwrap().iter();
    let weight =
        |value: &Bson| u32::try_from(value.as_i64().or(value.as_i32().map(i64::from)).unwrap());
    let or = |name, default: &str| index.get_str(name).unwrap_or(default).to_owned();
    IndexSpec {
        name: "text".to_owned(),
        text: Some(TextSpec {
            weights: weights
                .map(|(path, value)| (path.clone(), weight(value).unwrap()))
                .collect(),
            default_language: or("default_language", "english"),
            language_override: or("language_override", "language"),
        }),
        ..IndexSpec::default()
    }
}

/// `few` says it more often than `notes`, and `title` in the field of the greater weight.
fn ranked() -> Scratch {
    let store = todos();
    fill(
        &store,
        "c",
        &[
            doc! { "_id": "notes", "title": "one two three", "notes": "four math five", "n": 2 },
            doc! { "_id": "title", "title": "math two three", "notes": "four five six", "n": 1 },
            doc! { "_id": "other", "title": "one two three", "notes": "four five six", "n": 3 },
            doc! { "_id": "often", "title": "one two three", "notes": "math math math", "n": 2 },
        ],
    );
    for at in 0..20 {
        fill(
            &store,
            "c",
            &[doc! { "_id": format!("x{at}"), "title": "one two three" }],
        );
    }
    store
}

#[test]
fn the_score_orders_by_weight_and_frequency() {
    let store = ranked();
    let query = Find {
        filter: search("math"),
        sort: doc! { "score": score() },
        projection: doc! { "title": 1, "score": score() },
        ..Find::default()
    };
    let found = store.find("c", &query).unwrap();
    assert_eq!(id_list(&found), ["title", "often", "notes"]);
    let scores: Vec<f64> = found.iter().map(|d| d.get_f64("score").unwrap()).collect();
    assert!(
        scores[0] > scores[1] && scores[1] > scores[2] && scores[2] > 0.0,
        "{scores:?}"
    );
    assert!(
        found
            .iter()
            .all(|d| d.contains_key("title") && !d.contains_key("notes"))
    );
    let page = Find {
        skip: 1,
        limit: Some(1),
        ..query
    };
    assert_eq!(id_list(&store.find("c", &page).unwrap()), ["often"]);
}

#[test]
fn a_pipeline_sorts_and_computes_by_the_score() {
    let store = ranked();
    let pipeline = |rest: &[Document]| {
        let mut all = vec![doc! { "$match": search("math") }];
        all.extend_from_slice(rest);
        store.aggregate("c", &all).unwrap()
    };
    let sort = doc! { "$sort": { "by": score(), "_id": 1 } };
    let found = pipeline(&[
        sort.clone(),
        doc! { "$skip": 1 },
        doc! { "$limit": 2 },
        doc! { "$addFields": { "s": { "$multiply": [score(), 0] }, "of": { "$gt": [score(), 0] } } },
        doc! { "$project": { "s": 1, "of": 1, "score": score() } },
    ]);
    assert_eq!(id_list(&found), ["often", "notes"]);
    assert!(found.iter().all(|d| d.get_bool("of").unwrap()), "{found:?}");
    assert!(found[0].get_f64("score").unwrap() > found[1].get_f64("score").unwrap());
    let best = doc! { "$group": { "_id": "$n", "best": { "$max": score() } } };
    let groups = pipeline(&[best, doc! { "$sort": { "best": -1 } }]);
    assert_eq!(groups.len(), 2);
    assert_eq!(groups[0].get_i32("_id").unwrap(), 1);
    // The first part of an order decides, then the score.
    let found = pipeline(&[doc! { "$sort": { "n": -1, "by": score() } }]);
    assert_eq!(id_list(&found), ["often", "notes", "title"]);
    // Only the last one of several sorts counts.
    let found = pipeline(&[sort, doc! { "$sort": { "_id": 1 } }, doc! { "$limit": 2 }]);
    assert_eq!(id_list(&found), ["notes", "often"]);
}

#[test]
fn a_projection_of_the_score_alone_keeps_the_document() {
    let store = ranked();
    let find = |projection| {
        let filter = doc! { "$text": { "$search": "math" }, "_id": "often" };
        let query = Find {
            filter,
            projection,
            ..Find::default()
        };
        store.find("c", &query).unwrap().remove(0)
    };
    let fields = |document: &Document| document.keys().cloned().collect::<Vec<_>>().join(" ");
    assert_eq!(
        fields(&find(doc! { "score": score() })),
        "_id title notes n score"
    );
    assert_eq!(
        fields(&find(doc! { "notes": 0, "score": score() })),
        "_id title n score"
    );
    assert_eq!(
        fields(&find(doc! { "_id": 0, "n": 1, "score": score() })),
        "n score"
    );
    let project = doc! { "$project": { "score": score() } };
    let stages = [doc! { "$match": search("math") }, project];
    let found = store.aggregate("c", &stages).unwrap();
    assert!(found.iter().all(|d| fields(d) == "_id score"), "{found:?}");
}

#[test]
fn a_document_of_an_unknown_language_is_rejected_alone() {
    let store = todos();
    let puts = [
        put("a", 1, doc! { "title": "math", "language": "klingon" }),
        put("b", 1, doc! { "title": "math" }),
        put("c", 1, doc! { "title": "math", "language": 5 }),
    ];
    let outcomes = store.apply("c", &puts).unwrap();
    assert!(matches!(&outcomes[0], Outcome::Rejected { reason, .. } if reason.contains("klingon")));
    assert_eq!(outcomes[1], Outcome::Applied);
    assert!(matches!(&outcomes[2], Outcome::Rejected { reason, .. } if reason.contains("string")));
    assert_eq!(ids(&store, "c", search("math")), ["b"]);
}

#[test]
fn an_older_version_is_superseded_before_its_texts_are_looked_at() {
    let store = todos();
    let bad = |version| {
        put(
            "a",
            version,
            doc! { "title": "math", "language": "klingon" },
        )
    };
    store
        .apply("c", &[put("a", 2, doc! { "title": "math" })])
        .unwrap();
    let outcomes = store.apply("c", &[bad(2), bad(1)]).unwrap();
    assert_eq!(outcomes, [Outcome::Superseded, Outcome::Superseded]);
    let outcomes = store.apply("c", &[bad(3)]).unwrap();
    assert!(matches!(&outcomes[0], Outcome::Rejected { .. }));
    assert_eq!(ids(&store, "c", search("math")), ["a"]);
}

#[test]
fn a_search_counts_what_it_finds() {
    let store = todos();
    let count = |filter: &Document| {
        let found = ids(&store, "c", filter.clone()).len();
        assert_eq!(store.count("c", filter).unwrap(), found as u64, "{filter}");
        found
    };
    let with = |condition: Document| doc! { "$and": [search("math"), condition] };
    store
        .apply(
            "c",
            &[
                put("a", 1, doc! { "title": "math exam", "n": 1 }),
                put("b", 1, doc! { "title": "math", "n": 2 }),
                put("c", 1, doc! { "title": "exam", "notes": "math", "n": 1 }),
            ],
        )
        .unwrap();
    assert_eq!(count(&search("math")), 3);
    assert_eq!(count(&search("math -exam")), 1);
    assert_eq!(count(&search("\"math exam\"")), 1);
    assert_eq!(count(&search("the")), 0);
    assert_eq!(count(&with(doc! { "n": 1 })), 2);
    store
        .apply("c", &[tombstone("a", 2, 0), put("b", 2, doc! { "n": 2 })])
        .unwrap();
    assert_eq!(count(&search("math")), 1);
}

#[test]
fn the_index_follows_the_documents() {
    let store = todos();
    let found = |words: &str| ids(&store, "c", search(words)).join(" ");
    let apply = |puts: &[_]| store.apply("c", puts).unwrap();
    apply(&[
        put("a", 1, doc! { "title": "math homework" }),
        put("b", 1, doc! { "title": "math exam" }),
    ]);
    assert_eq!(found("math"), "a b");
    // Another title; the same title with another field; an older version; no title.
    apply(&[put("a", 2, doc! { "title": "physics" })]);
    assert_eq!(
        (found("math").as_str(), found("physics").as_str()),
        ("b", "a")
    );
    apply(&[put("a", 3, doc! { "title": "physics", "done": true })]);
    assert_eq!(found("physics"), "a");
    apply(&[put("a", 1, doc! { "title": "math" })]);
    assert_eq!(
        (found("math").as_str(), found("physics").as_str()),
        ("b", "a")
    );
    apply(&[put("a", 4, doc! { "done": true })]);
    assert_eq!(found("physics"), "");
    // Within one batch, deleted and there again.
    apply(&[
        tombstone("b", 2, 1_000),
        put("a", 5, doc! { "title": "chemistry" }),
        put("a", 6, doc! { "title": "biology" }),
        put("b", 3, doc! { "title": "history" }),
        tombstone("b", 4, 1_000),
    ]);
    assert_eq!(found("math exam history chemistry"), "");
    assert_eq!(found("biology"), "a");
    // The row of a swept tombstone is taken by another document.
    assert_eq!(store.sweep_tombstones("c", 2_000, 10).unwrap(), 1);
    apply(&[put("d", 1, doc! { "title": "geography" })]);
    assert_eq!(found("history exam math"), "");
    assert_eq!(found("geography biology"), "a d");
}

#[test]
fn an_index_can_be_dropped_and_made_of_what_is_stored() {
    let store = todos();
    fill(
        &store,
        "c",
        &[
            doc! { "_id": "a", "title": "math" },
            doc! { "_id": "b", "other": "math" },
        ],
    );
    store
        .apply(
            "c",
            &[put("z", 1, doc! { "title": "math" }), tombstone("z", 2, 1)],
        )
        .unwrap();
    assert!(store.drop_index("c", "text").unwrap());
    let query = Find {
        filter: search("math"),
        ..Find::default()
    };
    assert!(store.find("c", &query).is_err());
    store
        .apply("c", &[put("d", 1, doc! { "other": "Maths", "title": "x" })])
        .unwrap();
    store
        .ensure_collection("c", &[text("again", &[("other", 1)])])
        .unwrap();
    assert_eq!(ids(&store, "c", search("math")), ["b", "d"]);
    // An index that cannot be built leaves nothing behind.
    store.drop_index("c", "again").unwrap();
    store
        .apply("c", &[put("e", 1, doc! { "language": "klingon" })])
        .unwrap();
    let error = store
        .ensure_collection("c", &[text("text", &[("other", 1)])])
        .unwrap_err();
    assert!(
        error.to_string().contains("in the document \"e\""),
        "{error}"
    );
    assert_eq!(store.indexes("c").unwrap().unwrap(), []);
    store.drop_collection("c").unwrap();
    assert_eq!(tables(&store), Vec::<String>::new());
}

/// The tables of collections and indexes in the file.
fn tables(store: &Scratch) -> Vec<String> {
    let file = rusqlite::Connection::open(store.folder.path().join("docs.db")).unwrap();
    let mut names = file
        .prepare("select name from sqlite_schema where name glob 'c[0-9]*' order by 1")
        .unwrap();
    names
        .query_map([], |row| row.get(0))
        .unwrap()
        .collect::<Result<_, _>>()
        .unwrap()
}

#[test]
fn a_restart_and_another_handle_see_the_same() {
    let store = todos();
    fill(&store, "c", &[doc! { "_id": "a", "title": "math" }]);
    let path = store.folder.path().join("docs.db");
    let again = Store::open(&path, Options::default()).unwrap();
    assert_eq!(ids(&again, "c", search("math")), ["a"]);
    again
        .apply("c", &[put("b", 1, doc! { "title": "maths" })])
        .unwrap();
    assert_eq!(ids(&store, "c", search("math")), ["a", "b"]);
    assert_eq!(again.indexes("c").unwrap(), store.indexes("c").unwrap());
}

#[test]
fn explain_names_the_index() {
    let store = todos();
    let query = Find {
        filter: search("math"),
        sort: doc! { "s": score() },
        limit: Some(20),
        ..Find::default()
    };
    let lines = store.explain("c", &query).unwrap().join("\n");
    assert!(lines.contains("VIRTUAL TABLE INDEX"), "{lines}");
}
