//! Sorts that an index gives, each with its plan: without a sorter, or with one for the last terms only.

use bson::{Document, doc};
use twinbase_docstore::{Direction, Find, IndexSpec};

use crate::support::{Scratch, fill, id_list};

fn spec(name: &str, keys: &[(&str, Direction)]) -> IndexSpec {
    IndexSpec {
        name: name.to_owned(),
        keys: keys
            .iter()
            .map(|(path, direction)| ((*path).to_owned(), *direction))
            .collect(),
        ..IndexSpec::default()
    }
}

const UP: Direction = Direction::Ascending;
const DOWN: Direction = Direction::Descending;

/// 400 todos of 8 users; `rank` differs in each, `tags` is an array if asked for.
fn todos(index: &[(&str, Direction)], with_tags: bool) -> Scratch {
    let store = Scratch::new();
    store
        .ensure_collection("todos", &[spec("i", index)])
        .unwrap();
    let documents: Vec<Document> = (0..400)
        .map(|n| {
            let mut todo = doc! {"_id": format!("t{n:03}"), "user": n % 8, "state": n % 3, "rank": (n * 7) % 400, "points": n % 50};
            if with_tags {
                todo.insert("tags", [n % 5, 100 + n % 7]);
            }
            todo
        })
        .collect();
    fill(&store, "todos", &documents);
    fill(&store, "plain", &documents);
    store
}

/// The plan, after the answer was found to be that of a collection without an index.
fn plan(store: &Scratch, query: &Find) -> String {
    let (found, expected) = (
        store.find("todos", query).unwrap(),
        store.find("plain", query).unwrap(),
    );
    assert_eq!(id_list(&found), id_list(&expected));
    assert!(!found.is_empty());
    store.explain("todos", query).unwrap().join("; ")
}

fn sorted(filter: Document, sort: Document) -> Find {
    Find {
        filter,
        sort,
        limit: Some(10),
        ..Find::default()
    }
}

#[test]
fn a_prefix_gives_the_order_and_small_groups_are_finished() {
    let store = todos(&[("points", DOWN)], false);
    for sort in [
        doc! {"points": -1, "_id": 1},
        doc! {"points": 1, "_id": -1},
        doc! {"points": -1, "rank": 1},
    ] {
        let plan = plan(&store, &sorted(doc! {}, sort));
        assert!(
            plan.contains("USING INDEX c1_i1") && plan.contains("FOR LAST TERM"),
            "{plan}"
        );
    }
    let two = plan(
        &store,
        &sorted(doc! {}, doc! {"points": -1, "state": 1, "rank": -1}),
    );
    assert!(
        two.contains("USING INDEX c1_i1") && two.contains("FOR LAST"),
        "{two}"
    );
}

#[test]
fn equality_sort_and_range_are_one_walk() {
    let store = todos(&[("user", UP), ("rank", DOWN), ("points", UP)], false);
    for order in [-1, 1] {
        let query = sorted(
            doc! {"user": 3, "points": {"$gt": 20}},
            doc! {"rank": order},
        );
        let plan = plan(&store, &query);
        assert!(
            plan.contains("SEARCH c1 USING INDEX c1_i1") && !plan.contains("TEMP"),
            "{plan}"
        );
    }
}

#[test]
fn a_list_and_a_sort_are_merged() {
    for (index, sort) in [
        (vec![("user", UP), ("rank", UP)], doc! {"rank": 1}),
        (vec![("user", UP), ("rank", UP)], doc! {"rank": -1}),
        (
            vec![("state", UP), ("user", UP), ("rank", DOWN)],
            doc! {"rank": -1},
        ),
    ] {
        let store = todos(&index, false);
        let query = sorted(
            doc! {"state": 1, "user": {"$in": [1, 4, 6, 4.0]}},
            sort.clone(),
        );
        let plan = plan(&store, &query);
        let limbs = plan.matches("SEARCH c1 USING INDEX c1_i1").count();
        assert_eq!(limbs, 3, "{plan}");
        // One sorter, for the documents of the limbs; each of these has its order from the index.
        assert_eq!(plan.matches("TEMP B-TREE").count(), 1, "{plan}");
    }
}

#[test]
fn a_page_of_a_list_is_merged_up_to_its_end() {
    let store = todos(&[("user", UP), ("rank", UP)], false);
    let page = Find {
        skip: 25,
        ..sorted(doc! {"user": {"$in": [0, 5]}}, doc! {"rank": 1})
    };
    assert!(plan(&store, &page).contains("UNION ALL"));
}

#[test]
fn an_element_and_a_sort_are_one_walk() {
    let store = todos(&[("tags", UP), ("rank", UP)], true);
    for order in [1, -1] {
        let query = sorted(doc! {"tags": 103}, doc! {"rank": order});
        let plan = plan(&store, &query);
        assert!(
            plan.contains("SEARCH c1_i1 USING PRIMARY KEY (k0=?)") && !plan.contains("TEMP"),
            "{plan}"
        );
    }
    // The next page: the bound is one of the walk too.
    let query = sorted(
        doc! {"tags": 103, "rank": {"$gt": 50}},
        doc! {"rank": 1, "_id": 1},
    );
    let next = plan(&store, &query);
    assert!(
        next.contains("SEARCH c1_i1 USING PRIMARY KEY (k0=? AND k1>?") && !next.contains("TEMP"),
        "{next}"
    );
}

#[test]
fn an_element_and_a_prefix_of_a_sort_leave_small_groups() {
    let store = todos(&[("tags", UP), ("points", DOWN)], true);
    let query = sorted(
        doc! {"tags": 103},
        doc! {"points": -1, "state": 1, "rank": 1},
    );
    let plan = plan(&store, &query);
    assert!(
        plan.contains("SEARCH c1_i1 USING PRIMARY KEY (k0=?)") && plan.contains("FOR LAST TERM"),
        "{plan}"
    );
}

#[test]
fn a_list_of_users_and_an_index_with_arrays_are_merged() {
    let store = todos(&[("user", UP), ("rank", UP), ("tags", UP)], true);
    let query = sorted(doc! {"user": {"$in": [1, 2]}}, doc! {"rank": 1});
    let plan = plan(&store, &query);
    assert!(
        plan.contains("UNION ALL") && plan.contains("SEARCH c1_i1 USING PRIMARY KEY (k0=?)"),
        "{plan}"
    );
}

/// The second page of a list, as typed reads ask for it: beyond a place in one key, the same in all before.
fn beyond(points: i32, rank: i32, id: &str) -> Document {
    doc! {"$and": [
        {"state": 1},
        {"points": {"$lte": points}},
        {"$or": [
            {"points": {"$lt": points}},
            {"$and": [{"points": points}, {"rank": {"$gt": rank}}]},
            {"$and": [{"points": points}, {"rank": rank}, {"_id": {"$gt": id}}]},
        ]},
    ]}
}

#[test]
fn a_page_goes_on_where_an_index_has_its_place() {
    let keys = [("state", UP), ("points", DOWN), ("rank", UP), ("_id", UP)];
    let store = todos(&keys, false);
    let sort = doc! {"points": -1, "rank": 1, "_id": 1};
    let query = sorted(beyond(25, 100, "t100"), sort.clone());
    let merged = plan(&store, &query);
    // One walk for each term, from its first document on, and one sorter for all that they find.
    let walks = merged.matches("SEARCH c1 USING INDEX c1_i1").count();
    assert_eq!(walks, 3, "{merged}");
    assert_eq!(merged.matches("TEMP B-TREE").count(), 1, "{merged}");
    assert!(
        merged.contains("(<expr>=? AND <expr>=? AND <expr>=? AND _id>?)"),
        "{merged}"
    );
    // What no index says could make a walk pass over many documents.
    let asked = sorted(
        doc! {"$and": [beyond(25, 100, "t100"), {"user": 1}]},
        sort.clone(),
    );
    let other = plan(&store, &asked);
    assert_eq!(other.matches("SEARCH c1").count(), 1, "{other}");
    let unsorted = sorted(
        beyond(25, 100, "t100"),
        doc! {"points": -1, "rank": -1, "_id": 1},
    );
    let unsorted = plan(&store, &unsorted);
    assert_eq!(unsorted.matches("SEARCH c1").count(), 1, "{unsorted}");
}

#[test]
fn terms_that_can_find_the_same_document_are_one_walk() {
    let store = todos(&[("state", UP), ("points", DOWN), ("rank", UP)], false);
    let query = sorted(
        doc! {"state": 1, "$or": [{"points": {"$gt": 20}}, {"points": {"$gt": 40}}, {"points": 45}]},
        doc! {"points": -1, "rank": 1},
    );
    let plan = plan(&store, &query);
    assert_eq!(plan.matches("SEARCH c1 USING INDEX").count(), 1, "{plan}");
}

#[test]
fn a_sort_by_an_array_walks_its_smallest_or_largest_elements() {
    let store = todos(&[("tags", UP)], true);
    for sort in [doc! {"tags": 1, "_id": 1}, doc! {"tags": -1, "_id": -1}] {
        let plan = plan(&store, &sorted(doc! {}, sort));
        assert!(
            plan.contains("SCAN c1_i1") && !plan.contains("TEMP"),
            "{plan}"
        );
    }
    let store = todos(&[("user", UP), ("tags", DOWN)], true);
    for sort in [doc! {"tags": 1, "_id": -1}, doc! {"tags": -1, "_id": 1}] {
        // What is asked of the elements does not say which of them is the smallest.
        let query = sorted(doc! {"user": 3, "tags": {"$gt": 2}}, sort);
        let plan = plan(&store, &query);
        assert!(
            plan.contains("SEARCH c1_i1 USING PRIMARY KEY (k0=?)") && !plan.contains("TEMP"),
            "{plan}"
        );
    }
}

#[test]
fn what_an_index_does_not_give_is_sorted() {
    let store = todos(&[("user", UP), ("rank", UP)], false);
    let plan = plan(&store, &sorted(doc! {"state": 1}, doc! {"rank": 1}));
    assert!(plan.contains("SCAN c1; THEN $sort"), "{plan}");
}
