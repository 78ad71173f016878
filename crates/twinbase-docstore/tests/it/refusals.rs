//! What is outside of the subset is refused by name and place, whether or not the collection has documents.

use bson::{Bson, Document, Regex, doc};
use twinbase_docstore::{Error, ErrorKind, Find, Store};

use crate::support::{Scratch, fill};

fn stores() -> [Scratch; 2] {
    let filled = Scratch::new();
    fill(&filled, "c", &[doc! {"_id": "a", "x": 1}]);
    [Scratch::new(), filled]
}

fn refused(stores: &[Scratch], run: impl Fn(&Store) -> Option<Error>, what: &str, operator: &str) {
    for store in stores {
        let error = run(store).unwrap_or_else(|| panic!("{what} was answered"));
        assert_eq!(error.kind(), ErrorKind::Refused, "{what}: {error:?}");
        assert!(
            error.to_string().contains(operator),
            "{what}: {error} does not name {operator}"
        );
    }
}

fn regex(pattern: &str) -> Bson {
    Bson::RegularExpression(Regex {
        pattern: pattern.try_into().unwrap(),
        options: "".try_into().unwrap(),
    })
}

#[test]
fn unknown_and_malformed_filters_are_refused_by_name() {
    let stores = stores();
    let cases: Vec<(Document, &str)> = vec![
        (doc! {"$where": "1"}, "$where"),
        (doc! {"$jsonSchema": {}}, "$jsonSchema"),
        (doc! {"x": {"$elemMatch": 1}}, "$elemMatch"),
        (doc! {"x": {"$elemMatch": {"$near": 1}}}, "$near"),
        (doc! {"x": {"$elemMatch": {"a": {"$near": 1}}}}, "$near"),
        (
            doc! {"x": {"$elemMatch": {"$or": [{"$expr": true}]}}},
            "$expr",
        ),
        (doc! {"x": {"$size": -1}}, "$size"),
        (doc! {"x": {"$size": 1.5}}, "$size"),
        (doc! {"x": {"$size": "1"}}, "$size"),
        (doc! {"x": {"$all": 1}}, "$all"),
        (doc! {"x": {"$all": [{"$gt": 1}]}}, "$all"),
        (doc! {"x": {"$all": [{"$elemMatch": {}}, 1]}}, "$all"),
        (doc! {"x": {"$all": [1, {"$elemMatch": {}}]}}, "$all"),
        (doc! {"x": {"$type": []}}, "$type"),
        (doc! {"x": {"$type": 0}}, "$type"),
        (doc! {"x": {"$type": "text"}}, "$type"),
        (doc! {"x": {"$type": {}}}, "$type"),
        (doc! {"x": {"$mod": [2]}}, "$mod"),
        (doc! {"x": {"$mod": [2, 1, 1]}}, "$mod"),
        (doc! {"x": {"$mod": [0, 1]}}, "$mod"),
        (doc! {"x": {"$mod": ["2", 1]}}, "$mod"),
        (doc! {"x": {"$mod": [f64::NAN, 1]}}, "$mod"),
        (doc! {"x": {"$bitsAllSet": 1}}, "$bitsAllSet"),
        (doc! {"x": {"$bitsAnyClear": [1]}}, "$bitsAnyClear"),
        (doc! {"$or": [{"x": {"$gt": 1, "$near": 1}}]}, "$near"),
        (doc! {"x": {"$not": {"$near": 1}}}, "$near"),
        (doc! {"x": {"$ref": "c", "$id": 1}}, "$ref"),
        (doc! {"a.$x": 1}, "$x"),
        (doc! {"x": {"$gt": [1]}}, "$gt with an array"),
        (
            doc! {"x": {"$lt": Bson::MaxKey}},
            "$lt with MinKey or MaxKey",
        ),
        (doc! {"x": {"$gt": regex("a")}}, "$gt"),
        (doc! {"x": {"$ne": regex("a")}}, "$ne"),
        (doc! {"x": {"$in": 1}}, "$in"),
        (doc! {"x": {"$in": [{"$gt": 1}]}}, "$in"),
        (doc! {"x": {"$nin": {}}}, "$nin"),
        (doc! {"x": {"$not": 1}}, "$not"),
        (doc! {"x": {"$not": {}}}, "$not"),
        (doc! {"$and": []}, "$and"),
        (doc! {"$or": [1]}, "$or"),
        (doc! {"$nor": {}}, "$nor"),
        (doc! {"x": {"$gt": 1, "a": 1}}, "a"),
        (doc! {"x": {"$options": "i"}}, "$options"),
        (doc! {"x": {"$regex": "a", "$options": "g"}}, "option g"),
        (doc! {"x": {"$regex": 1}}, "$regex"),
        (doc! {"x": {"$regex": "a\0"}}, "$regex"),
        (doc! {"x": {"$regex": "(?=a)"}}, "(?="),
        (doc! {"x": {"$regex": "(a"}}, "$regex"),
        (doc! {"x": regex(r"(a)\1")}, r"\1"),
        (doc! {"x": Bson::Undefined}, "undefined"),
        (doc! {"": 1}, "path"),
        (doc! {"a..b": 1}, "path"),
        (doc! {"a.": 1}, "path"),
        (doc! {"a\0b": 1}, "path"),
    ];
    for (filter, operator) in cases {
        refused(
            &stores,
            |store| store.count("c", &filter).err(),
            &format!("{filter:?}"),
            operator,
        );
        refused(
            &stores,
            |store| {
                store
                    .find(
                        "c",
                        &Find {
                            filter: filter.clone(),
                            ..Find::default()
                        },
                    )
                    .err()
            },
            &format!("{filter:?}"),
            operator,
        );
        refused(
            &stores,
            |store| {
                store
                    .aggregate("c", &[doc! {"$match": filter.clone()}])
                    .err()
            },
            &format!("{filter:?}"),
            operator,
        );
    }
}

#[test]
fn unknown_and_malformed_sorts_and_projections_are_refused_by_name() {
    let stores = stores();
    let sorts = [
        (doc! {"x": 2}, "$sort"),
        (doc! {"x": "up"}, "$sort"),
        (doc! {"x": {"$meta": "textScore"}}, "$meta"),
        (doc! {"a.0": 1}, "number in a path"),
        (doc! {"": 1}, "$sort"),
    ];
    for (sort, operator) in sorts {
        refused(
            &stores,
            |store| {
                store
                    .find(
                        "c",
                        &Find {
                            sort: sort.clone(),
                            ..Find::default()
                        },
                    )
                    .err()
            },
            &sort.to_string(),
            operator,
        );
    }
    let projections = [
        (doc! {"a": {"$slice": [1, 0]}}, "$slice"),
        (doc! {"a": {"$elemMatch": 1}}, "$elemMatch"),
        (doc! {"a": {"$meta": "textScore"}}, "$meta"),
        (doc! {"a.$": 1}, "positional $"),
        (doc! {"a.$.b": 1}, "$"),
        (doc! {"a": {"$sin": "$b"}}, "$sin"),
        (doc! {"a": 1, "b": 0}, "projection"),
        (doc! {"a": 1, "a.b": 1}, "collides"),
        (doc! {"a.b": 1, "a": 1}, "collides"),
        (doc! {"a": {}}, "projection"),
    ];
    for (projection, operator) in projections {
        let query = Find {
            projection: projection.clone(),
            ..Find::default()
        };
        refused(
            &stores,
            |store| store.find("c", &query).err(),
            &projection.to_string(),
            operator,
        );
    }
}

#[test]
fn unknown_and_malformed_stages_are_refused_by_name() {
    let stores = stores();
    let cases: Vec<(Document, &str)> = vec![
        (doc! {"$lookup": {}}, "$lookup"),
        (doc! {"$out": "x"}, "$out"),
        (doc! {}, "stage"),
        (doc! {"$match": {}, "$limit": 1}, "stage"),
        (doc! {"$match": 1}, "$match"),
        (doc! {"$limit": 0}, "$limit"),
        (doc! {"$limit": "1"}, "$limit"),
        (doc! {"$skip": -1}, "$skip"),
        (doc! {"$skip": 1.5}, "$skip"),
        (doc! {"$sort": {}}, "$sort"),
        (doc! {"$count": ""}, "field name"),
        (doc! {"$count": "a.b"}, "field name"),
        (doc! {"$count": 1}, "$count"),
        (doc! {"$project": {}}, "projection"),
        (doc! {"$project": {"a": {"b": {"$sin": "$c"}}}}, "$sin"),
        (doc! {"$project": {"a": 0, "b": "$c"}}, "projection"),
        (doc! {"$group": {"n": {"$sum": 1}}}, "$group"),
        (doc! {"$group": {"_id": null, "n": 1}}, "$group"),
        (
            doc! {"$group": {"_id": null, "n": {"$topN": {"n": 0, "sortBy": {"x": 1}, "output": "$x"}}}},
            "$topN",
        ),
        (
            doc! {"$group": {"_id": null, "n": {"$topN": {"n": 1, "output": "$x"}}}},
            "sortBy",
        ),
        (
            doc! {"$group": {"_id": null, "n": {"$firstN": {"n": "$x", "input": "$x"}}}},
            "$firstN",
        ),
        (
            doc! {"$group": {"_id": null, "n": {"$percentile": {}}}},
            "$percentile",
        ),
        (doc! {"$group": {"_id": null, "n": {"$count": 1}}}, "$count"),
        (
            doc! {"$group": {"_id": null, "n": {"$sum": 1, "$avg": 1}}},
            "$group",
        ),
        (doc! {"$group": {"_id": null, "a.b": {"$sum": 1}}}, "a.b"),
        (doc! {"$group": {"_id": {"y": {"$sin": "$x"}}}}, "$sin"),
        (doc! {"$project": {"a": "$$CLUSTER_TIME"}}, "$$CLUSTER_TIME"),
        (doc! {"$project": {"a": {"$add": [1, 2], "b": 1}}}, "$add"),
        (doc! {"$project": {"a": {"$cond": [1, 2]}}}, "$cond"),
        (doc! {"$project": {"a": {"$map": {"input": [1]}}}}, "$map"),
        (
            doc! {"$project": {"a": {"$filter": {"input": [], "cond": 1, "most": 1}}}},
            "$filter with most",
        ),
        (
            doc! {"$project": {"a": {"$let": {"vars": {"A": 1}, "in": 1}}}},
            "$let",
        ),
        (doc! {"$addFields": {}}, "$addFields"),
        (doc! {"$set": {"a.b": 1, "a": 1}}, "collides"),
        (doc! {"$set": {"a": {}}}, "projection"),
        (doc! {"$unset": []}, "$unset"),
        (doc! {"$unset": 1}, "$unset"),
        (doc! {"$replaceRoot": {"x": "$x"}}, "$replaceRoot"),
        (doc! {"$unwind": "x"}, "$unwind"),
        (doc! {"$unwind": {"path": "$x", "other": 1}}, "$unwind"),
        (doc! {"$match": {"$expr": {"$sin": 1}}}, "$sin"),
        (doc! {"$group": {"_id": "$a..b"}}, "path"),
        (doc! {"$group": {"_id": "$"}}, "path"),
    ];
    for (stage, operator) in cases {
        refused(
            &stores,
            |store| store.aggregate("c", std::slice::from_ref(&stage)).err(),
            &stage.to_string(),
            operator,
        );
    }
}

#[test]
fn names_that_are_no_collections_are_refused() {
    let store = Scratch::new();
    for name in ["", "a\0b", "a$b", "system.users", &"x".repeat(256)] {
        let error = store.ensure_collection(name, &[]).unwrap_err();
        assert!(
            matches!(error, Error::InvalidName { .. }),
            "{name:?}: {error:?}"
        );
        assert!(store.apply(name, &[]).is_err());
    }
    assert!(store.collections().unwrap().is_empty());
}
