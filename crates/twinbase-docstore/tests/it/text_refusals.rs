//! What is no search, and what is no text index.

use bson::{Bson, Document, doc};
use twinbase_docstore::{Error, Find, IndexSpec, TextSpec};

use crate::support::{fill, text};
use crate::text::{score, search, todos};

#[test]
fn what_mongodb_refuses_and_what_we_do() {
    let store = todos();
    fill(&store, "c", &[doc! { "_id": "a", "title": "math" }]);
    store.ensure_collection("bare", &[]).unwrap();
    let refused = |collection: &str, filter: Document, text: &str| {
        let query = Find {
            filter: filter.clone(),
            ..Find::default()
        };
        let error = store.find(collection, &query).unwrap_err().to_string();
        assert!(error.contains(text), "{filter}: {error}");
        assert!(store.count(collection, &filter).is_err(), "{filter}");
    };
    let with = |name: &str, value: Bson| doc! { "$text": { "$search": "x", name: value } };
    refused("bare", search("x"), "needs a text index");
    refused("c", doc! { "$text": "x" }, "takes a document");
    refused("c", doc! { "$text": {} }, "needs $search");
    refused(
        "c",
        doc! { "$text": { "$search": 5 } },
        "$search is a string",
    );
    refused("c", with("$language", "klingon".into()), "no language");
    refused(
        "c",
        with("$caseSensitive", true.into()),
        "$caseSensitive is not supported",
    );
    refused(
        "c",
        with("$diacriticSensitive", true.into()),
        "$diacriticSensitive is not supported",
    );
    refused("c", with("$prefix", 1.into()), "true or false");
    refused("c", with("$other", 1.into()), "has no $other");
    refused(
        "c",
        doc! { "$or": [search("x"), { "a": 1 }] },
        "$text in $or or $nor",
    );
    refused("c", doc! { "$nor": [search("x")] }, "$text in $or or $nor");
    refused(
        "c",
        doc! { "$and": [search("x"), search("y")] },
        "stands once",
    );
    refused("c", doc! { "$expr": { "$gt": [score(), 1] } }, "$meta");

    let pipeline = |stages: &[Document], text: &str| {
        let error = store.aggregate("c", stages).unwrap_err().to_string();
        assert!(error.contains(text), "{stages:?}: {error}");
    };
    let first = doc! { "$match": search("math") };
    let project = doc! { "$project": { "s": score() } };
    let by_score = doc! { "$sort": { "s": score() } };
    pipeline(&[doc! { "$skip": 1 }, first.clone()], "first stage");
    pipeline(
        &[doc! { "$sort": { "a": 1 } }, first.clone()],
        "first stage",
    );
    pipeline(&[doc! { "$match": {} }, first.clone()], "first stage");
    pipeline(
        &[doc! { "$facet": { "x": [first.clone()] } }],
        "first stage",
    );
    pipeline(std::slice::from_ref(&project), "there is no score");
    pipeline(std::slice::from_ref(&by_score), "there is no score");
    pipeline(&[doc! { "$addFields": { "a": { "b": [score()] } } }], "");
    let group = doc! { "$group": { "_id": "$n" } };
    pipeline(
        &[first.clone(), group.clone(), project],
        "there is no score",
    );
    pipeline(
        &[first.clone(), group, by_score.clone()],
        "there is no score",
    );
    pipeline(
        &[first.clone(), doc! { "$limit": 1 }, by_score],
        "$meta in a $sort",
    );
    pipeline(
        &[first.clone(), doc! { "$sortByCount": score() }],
        "$meta in $sortByCount",
    );
    let other = doc! { "$project": { "s": { "$meta": "indexKey" } } };
    pipeline(&[first, other], "$meta: \"indexKey\" is not supported");

    let bare_score = Find {
        projection: doc! { "s": score() },
        ..Find::default()
    };
    let error = store.find("c", &bare_score).unwrap_err().to_string();
    assert!(error.contains("there is no score"), "{error}");
    let nobody = store.find(
        "nobody",
        &Find {
            filter: search("x"),
            ..Find::default()
        },
    );
    assert_eq!(nobody.unwrap(), Vec::<Document>::new());
}

#[test]
fn what_cannot_be_a_text_index_is_refused() {
    let store = todos();
    let refused = |spec: IndexSpec, text: &str| {
        let error = store.ensure_collection("c", &[spec]).unwrap_err();
        assert!(matches!(error, Error::InvalidIndex { .. }), "{error}");
        assert!(error.to_string().contains(text), "{error}");
    };
    let with = |change: &dyn Fn(&mut TextSpec)| {
        let mut spec = text("other", &[("a", 1)]);
        change(spec.text.as_mut().unwrap());
        spec
    };
    refused(text("second", &[("a", 1)]), "can have one only");
    refused(
        text("text", &[("title", 9), ("notes", 1)]),
        "another definition exists",
    );
    refused(text("t", &[]), "1 to 32 paths");
    refused(text("t", &[("$**", 1)]), "$**");
    refused(text("t", &[("a", 0)]), "weight");
    refused(text("t", &[("a", 100_000)]), "weight");
    refused(text("t", &[("a", 1), ("a", 2)]), "given twice");
    refused(text("t", &[("a..b", 1)]), "a path has no empty part");
    refused(text("t", &[("a.0", 1)]), "number in a path");
    refused(
        with(&|t| t.default_language = "klingon".to_owned()),
        "no language",
    );
    refused(
        with(&|t| t.language_override = "a.b".to_owned()),
        "plain name",
    );
    let unique = IndexSpec {
        unique: true,
        ..text("t", &[("a", 1)])
    };
    refused(unique, "not unique");
    // The same definition again is no second index.
    let same = text("text", &[("title", 10), ("notes", 1)]);
    store
        .ensure_collection("c", std::slice::from_ref(&same))
        .unwrap();
    assert_eq!(store.indexes("c").unwrap().unwrap(), [same]);
}
