//! Limits on queries and results.

use std::time::Duration;

use bson::{Bson, Document, doc};
use twinbase_docstore::{Error, ErrorKind, Find, Options};

use crate::support::{Scratch, fill, first, index};

fn many(count: usize) -> Vec<Document> {
    (0..count).map(|n| doc! {"_id": format!("{n:06}"), "text": "x".repeat(200), "n": i32::try_from(n).unwrap()}).collect()
}

#[test]
fn a_filter_that_is_too_deep_or_too_wide_is_refused() {
    let store = Scratch::new();
    let mut deep = doc! {"x": 1};
    for _ in 0..33 {
        deep = doc! {"$and": [deep]};
    }
    let mut nots = Bson::Document(doc! {"$gt": 1});
    for _ in 0..33 {
        nots = Bson::Document(doc! {"$not": nots});
    }
    let wide: Vec<Bson> = (0..10_001).map(Bson::Int32).collect();
    let path = vec!["a"; 101].join(".");
    for filter in [
        deep,
        doc! {"x": nots},
        doc! {"x": {"$in": wide}},
        doc! {path: 1},
        doc! {"x": {"$regex": "a".repeat(5_000)}},
    ] {
        let error = store.count("c", &filter).unwrap_err();
        assert!(matches!(error, Error::QueryTooLarge { .. }), "{error:?}");
        assert_eq!(error.kind(), ErrorKind::Limit);
    }
}

#[test]
fn a_filter_at_its_limits_is_answered() {
    let store = Scratch::new();
    fill(&store, "c", &many(10));
    let mut deep = doc! {"n": 5};
    for _ in 0..32 {
        deep = doc! {"$and": [deep]};
    }
    assert_eq!(store.count("c", &deep).unwrap(), 1);
    let wide: Vec<Document> = (0..10_000).map(|n| doc! {"n": n}).collect();
    assert_eq!(store.count("c", &doc! {"$or": wide}).unwrap(), 10);
    let ids: Vec<String> = (0..10_000).map(|n| format!("{n:06}")).collect();
    assert_eq!(store.count("c", &doc! {"_id": {"$in": ids}}).unwrap(), 10);
}

#[test]
fn what_is_deep_and_wide_at_once_or_too_large_for_sqlite_is_answered_or_refused() {
    let store = Scratch::new();
    store
        .ensure_collection("c", &[index("by_n", &["n"], false)])
        .unwrap();
    fill(&store, "c", &many(10));
    let mut nested = doc! {"n": 5};
    for level in 0..32 {
        let mut terms: Vec<Document> = (0..200)
            .map(|n| doc! {"n": {"$gt": n + 100 + level}})
            .collect();
        terms.push(nested);
        nested = doc! {"$or": terms};
    }
    assert_eq!(store.count("c", &nested).unwrap(), 1);
    let stage = doc! {"$match": {"$or": (0..5_000).map(|n| doc! {"n": n}).collect::<Vec<_>>()}};
    assert_eq!(
        store.aggregate("c", &vec![stage.clone(); 4]).unwrap().len(),
        10
    );
    for pipeline in [
        vec![stage; 8],
        vec![
            doc! {"$match": {"k".repeat(600_000): 1}},
            doc! {"$sort": {"k".repeat(600_000): 1}},
        ],
    ] {
        let error = store.aggregate("c", &pipeline).unwrap_err();
        assert!(matches!(error, Error::QueryTooLarge { .. }), "{error:?}");
    }
}

#[test]
fn a_result_that_is_too_large_is_refused_and_can_be_streamed() {
    let mut options = Options::default();
    options.max_result_bytes = 10_000;
    let store = Scratch::with(options);
    fill(&store, "c", &many(100));
    let error = store.find("c", &Find::default()).unwrap_err();
    assert!(
        matches!(
            error,
            Error::ResultTooLarge {
                limit_bytes: 10_000
            }
        ),
        "{error:?}"
    );
    assert!(store.aggregate("c", &[doc! {"$match": {}}]).is_err());
    assert_eq!(first(&store, "c", &Find::default(), 1_000).len(), 100);
    assert_eq!(first(&store, "c", &Find::default(), 7).len(), 7);
}

#[test]
fn a_query_that_takes_too_long_is_stopped_and_the_store_goes_on() {
    let mut options = Options::default();
    options.max_time = Duration::from_millis(300);
    options.readers = 1;
    let store = Scratch::with(options);
    fill(&store, "c", &many(5_000));
    let slow: Vec<Document> = (0..2_000)
        .map(|n| doc! {"text": {"$gt": format!("y{n}")}})
        .collect();
    let error = store.count("c", &doc! {"$or": slow}).unwrap_err();
    assert!(matches!(error, Error::TimedOut { .. }), "{error:?}");
    assert_eq!(store.count("c", &doc! {"_id": "000001"}).unwrap(), 1);
}

#[test]
fn one_call_of_a_function_does_not_escape_the_time_limit() {
    let mut options = Options::default();
    options.max_time = Duration::from_millis(500);
    let store = Scratch::with(options);
    fill(&store, "c", &many(100));
    // Each call adds a hundred thousand numbers, in a handful of SQLite's steps.
    let sum = doc! {"$reduce": {
        "input": {"$range": [0, 100_000]}, "initialValue": 0, "in": {"$add": ["$$value", "$$this", "$n"]},
    }};
    let filter = doc! {"$expr": {"$eq": [sum, 0]}};
    let error = store.count("c", &filter).unwrap_err();
    assert!(matches!(error, Error::TimedOut { .. }), "{error:?}");
}

#[test]
fn a_thousand_accumulators_of_a_group_are_one_walk_over_each_row() {
    let store = Scratch::new();
    fill(&store, "c", &many(20));
    let mut group = doc! {"_id": null};
    for n in 0..1_000 {
        group.insert(format!("f{n}"), doc! {"$sum": {"$add": ["$n", n]}});
    }
    let found = store.aggregate("c", &[doc! {"$group": group}]).unwrap();
    assert_eq!(found[0].get("f999"), Some(&Bson::Int32(190 + 20 * 999)));
}

#[test]
fn too_many_stages_are_refused() {
    let store = Scratch::new();
    fill(&store, "c", &many(3));
    let stages = |count| vec![doc! {"$project": {"n": 1}}; count];
    assert_eq!(store.aggregate("c", &stages(64)).unwrap().len(), 3);
    assert!(matches!(
        store.aggregate("c", &stages(65)),
        Err(Error::QueryTooLarge { .. })
    ));
}

#[test]
fn a_query_that_needs_more_memory_than_allowed_names_that_bound() {
    let mut options = Options::default();
    options.max_memory_bytes = 50_000;
    let store = Scratch::with(options);
    fill(&store, "c", &many(1_000));
    let reversed = doc! {"$set": {"n": {"$subtract": [0, "$n"]}}};
    for pipeline in [
        vec![doc! {"$group": {"_id": null, "all": {"$push": "$text"}}}],
        vec![doc! {"$group": {"_id": null, "all": {"$addToSet": "$_id"}}}],
        vec![doc! {"$group": {"_id": "$_id"}}],
        vec![
            doc! {"$group": {"_id": null, "all": {"$topN": {"n": 900, "sortBy": {"n": 1}, "output": "$_id"}}}},
        ],
        vec![reversed.clone(), doc! {"$sort": {"n": 1}}],
        vec![doc! {"$setWindowFields": {"sortBy": {"n": 1}, "output": {"r": {"$rank": {}}}}}],
        vec![doc! {"$bucketAuto": {"groupBy": "$n", "buckets": 2}}],
        vec![doc! {"$sample": {"size": 900}}],
        vec![doc! {"$facet": {"all": []}}],
        vec![
            doc! {"$limit": 1},
            doc! {"$lookup": {"from": "c", "localField": "n", "foreignField": "n", "as": "x"}},
        ],
    ] {
        let error = store.aggregate("c", &pipeline).unwrap_err();
        assert!(
            matches!(
                error,
                Error::QueryTooLarge {
                    what: "bytes in memory",
                    limit: 50_000
                }
            ),
            "{pipeline:?}: {error:?}"
        );
    }
    // The first few of a sort need memory for these alone, and what one query held is free for the next.
    let top = [reversed, doc! {"$sort": {"n": 1}}, doc! {"$limit": 5}];
    for _ in 0..20 {
        assert_eq!(store.aggregate("c", &top).unwrap().len(), 5);
    }
}

#[test]
fn stages_that_multiply_documents_do_not_escape_the_time_limit() {
    let mut options = Options::default();
    options.max_time = Duration::from_millis(300);
    let store = Scratch::with(options);
    fill(&store, "c", &many(2_000));
    let all = doc! {"$set": {"k": {"$range": [0, 2_000]}}};
    let mut group = doc! {"_id": null};
    for n in 0..3_000 {
        group.insert(format!("f{n}"), doc! {"$sum": {"$add": ["$n", n]}});
    }
    for pipeline in [
        vec![all, doc! {"$unwind": "$k"}, doc! {"$count": "n"}],
        vec![
            doc! {"$lookup": {"from": "c", "pipeline": [{"$match": {"$expr": {"$gt": ["$n", -1]}}}, {"$count": "n"}], "let": {"x": "$n"}, "as": "o"}},
            doc! {"$count": "n"},
        ],
        vec![
            doc! {"$setWindowFields": {"sortBy": {"n": 1}, "output": {"r": {"$sum": "$n", "window": {"documents": [1, "unbounded"]}}}}},
        ],
        vec![doc! {"$group": group}],
    ] {
        let error = store.aggregate("c", &pipeline).unwrap_err();
        assert!(matches!(error, Error::TimedOut { .. }), "{error:?}");
    }
    assert_eq!(store.count("c", &doc! {"_id": "000001"}).unwrap(), 1);
}

#[test]
fn pipelines_nested_as_deep_as_they_may_be_are_answered() {
    let store = Scratch::new();
    fill(&store, "c", &many(2));
    let mut union = doc! {"$unionWith": "c"};
    let mut lookup = doc! {"$limit": 1};
    for _ in 0..40 {
        union = doc! {"$unionWith": {"coll": "c", "pipeline": [{"$limit": 1}, union]}};
        lookup = doc! {"$lookup": {"from": "c", "pipeline": [{"$limit": 1}, lookup], "as": "x"}};
    }
    let count = doc! {"$count": "n"};
    let found = store
        .aggregate("c", &[union.clone(), count.clone()])
        .unwrap();
    assert_eq!(found, [doc! {"n": 44}]);
    assert_eq!(
        store.aggregate("c", &[lookup, count.clone()]).unwrap(),
        [doc! {"n": 2}]
    );
    let deeper = doc! {"$unionWith": {"coll": "c", "pipeline": vec![union; 1]}};
    let many = (0..40).fold(
        deeper,
        |inner, _| doc! {"$unionWith": {"coll": "c", "pipeline": [inner]}},
    );
    let error = store.aggregate("c", &[many]).unwrap_err();
    assert!(matches!(error, Error::QueryTooLarge { .. }), "{error:?}");
}

/// With patterns that take long, a query ends with a right answer or with its limit.
#[test]
fn patterns_do_not_escape_the_time_limit() {
    let mut options = Options::default();
    options.max_time = Duration::from_millis(300);
    let store = Scratch::with(options);
    let text = "lorem ipsum dolor sit amet ".repeat(80);
    let documents: Vec<Document> = (0..200)
        .map(|n| doc! {"_id": format!("{n:03}"), "s": format!("{n} {text}")})
        .collect();
    fill(&store, "c", &documents);
    let patterns: Vec<Bson> = (0..3_000)
        .map(|n| {
            Bson::RegularExpression(bson::Regex {
                pattern: format!("(a|b)*{n}x").try_into().unwrap(),
                options: "i".try_into().unwrap(),
            })
        })
        .collect();
    let each: Vec<Document> = patterns.iter().map(|p| doc! {"s": p.clone()}).collect();
    let dynamic = doc! {"$regexMatch": {"input": "$s", "regex": {"$concat": [r"(\w{1,50}\s?){1,50}z", "$none"]}}};
    for filter in [
        doc! {"s": {"$regex": r"(\w{1,50}\s?){1,50}z"}},
        doc! {"s": {"$in": patterns}},
        doc! {"$or": each},
        doc! {"$expr": dynamic},
    ] {
        for found in [
            store.count("c", &filter),
            store
                .aggregate("c", &[doc! {"$set": {"k": 1}}, doc! {"$match": filter}])
                .map(|found| found.len() as u64),
        ] {
            assert!(
                matches!(found, Ok(0) | Err(Error::TimedOut { .. })),
                "{found:?}"
            );
        }
    }
    assert_eq!(store.count("c", &doc! {"_id": "001"}).unwrap(), 1);
}

#[test]
fn patterns_are_bounded_in_size_and_many_small_ones_are_not_large() {
    let store = Scratch::new();
    fill(&store, "c", &many(10));
    let error = store
        .count("c", &doc! {"text": {"$regex": "(?:[a-z]{1000}){1000}"}})
        .unwrap_err();
    assert!(
        matches!(&error, Error::QueryTooLarge { what, .. } if what.contains("compiled")),
        "{error:?}"
    );
    let small = |n: usize| {
        Bson::RegularExpression(bson::Regex {
            pattern: format!("^{n:06}").try_into().unwrap(),
            options: "".try_into().unwrap(),
        })
    };
    let ids: Vec<Bson> = (0..10_000).map(small).collect();
    assert_eq!(store.count("c", &doc! {"_id": {"$in": ids}}).unwrap(), 10);
    let terms: Vec<Document> = (5..2_005).map(|n| doc! {"_id": small(n)}).collect();
    assert_eq!(store.count("c", &doc! {"$or": terms}).unwrap(), 5);
}

#[test]
fn many_tests_of_long_arrays_do_not_escape_the_time_limit() {
    let mut options = Options::default();
    options.max_time = Duration::from_millis(300);
    let store = Scratch::with(options);
    let long: Vec<i32> = (0..1_000_000).collect();
    fill(&store, "c", &[doc! {"_id": "a", "l": long}]);
    let terms = |operator: &str| -> Vec<Document> {
        (0..2_000)
            .map(|n| doc! {"l": {operator: 2_000_000 + n}})
            .collect()
    };
    let below: Vec<Document> = (0..2_000).map(|n| doc! {"l.x": {"$gt": n}}).collect();
    let elements: Vec<Document> = (0..2_000)
        .map(|n| doc! {"l": {"$elemMatch": {"$gt": 2_000_000 + n}}})
        .collect();
    for terms in [terms("$gt"), terms("$size"), below, elements] {
        let found = store.count("c", &doc! {"$or": terms});
        assert!(
            matches!(found, Ok(0) | Err(Error::TimedOut { .. })),
            "{found:?}"
        );
    }
    // Two thousand equalities are one set.
    assert_eq!(store.count("c", &doc! {"_id": "a"}).unwrap(), 1);
}

#[test]
fn distinct_values_count_against_the_size_of_a_result() {
    let mut options = Options::default();
    options.max_result_bytes = 10_000;
    let store = Scratch::with(options);
    fill(&store, "c", &many(3_000));
    assert_eq!(store.distinct("c", "text", &doc! {}).unwrap().len(), 1);
    let error = store.distinct("c", "n", &doc! {}).unwrap_err();
    assert!(matches!(error, Error::ResultTooLarge { .. }), "{error:?}");
}

#[test]
fn a_computed_field_in_every_element_is_bounded_in_size() {
    let store = Scratch::new();
    let long: Vec<i32> = (0..100_000).collect();
    fill(&store, "c", &[doc! {"_id": "a", "l": long}]);
    let error = store
        .aggregate("c", &[doc! {"$set": {"l.all": "$$ROOT"}}])
        .unwrap_err();
    assert!(matches!(error, Error::ResultTooLarge { .. }), "{error:?}");
}
