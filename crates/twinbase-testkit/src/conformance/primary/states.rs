//! Rows with their heads, for whoever compares both sides.

use std::collections::BTreeMap;

use twinbase_core::Version;

use super::{
    Database, PERSON,
    support::{award, delete, done, id, insert, opened},
};

/// Rows with and without a head, in pages of any size; what was deleted is no row.
pub async fn a_walk_meets_every_row_once(database: &dyn Database) {
    let primary = opened(database).await;
    let ids: Vec<String> = (0..30).map(|n| format!("p{n:02}")).collect();
    let refs: Vec<&str> = ids.iter().map(String::as_str).collect();
    done(&*primary, &insert(&refs)).await;
    let mut expected: BTreeMap<String, (i64, bool)> =
        ids.iter().map(|id| (id.clone(), (1, true))).collect();
    // The first, the last, neighbours, and one alone.
    for id in ["p00", "p10", "p11", "p12", "p13", "p20", "p29"] {
        done(&*primary, &delete(id)).await;
        expected.remove(id);
    }
    for id in ["p01", "p14", "p15", "p28"] {
        let forget = format!("delete from aggregate_version where aggregate_id = '{id}'");
        database.foreign(&[&forget]).await.expect("a head goes");
        expected.insert(id.to_owned(), (0, true));
    }
    for limit in [1, 2, 3, 7, 30, 100] {
        let mut met = Vec::new();
        let mut after: Option<String> = None;
        loop {
            let page = primary.states_after(&PERSON, after.as_deref(), limit).await;
            let page = page.expect("a page");
            assert!(page.states.len() <= limit as usize);
            met.extend(page.states.into_iter().map(|state| {
                (
                    state.id.to_string(),
                    (state.version.get(), state.payload.is_some()),
                )
            }));
            after = page.next;
            if after.is_none() {
                break;
            }
        }
        let expected: Vec<_> = expected.clone().into_iter().collect();
        assert_eq!(met, expected, "pages of {limit}");
    }
}

/// In any order; what is neither row nor head is left out.
pub async fn states_of_ids_are_rows_with_heads(database: &dyn Database) {
    let primary = opened(database).await;
    done(&*primary, &insert(&["a", "b", "c", "d"])).await;
    done(&*primary, &award("b")).await;
    done(&*primary, &delete("c")).await;
    let ids = ["b", "c", "nobody", "a"].map(id);
    let mut states = primary.states_of(&PERSON, &ids).await.expect("states");
    states.sort_by(|a, b| a.id.cmp(&b.id));
    let found: Vec<_> = states
        .iter()
        .map(|state| (state.id.as_str(), state.version, state.payload.is_some()))
        .collect();
    assert_eq!(
        found,
        [
            ("a", Version::new(1), true),
            ("b", Version::new(2), true),
            ("c", Version::new(2), false)
        ]
    );
    assert!(
        primary
            .states_of(&PERSON, &[])
            .await
            .expect("nothing")
            .is_empty()
    );
}

/// Their keys are named, however many come before the next row that can be an aggregate.
pub async fn rows_that_can_be_no_aggregate_are_named_and_passed_over(database: &dyn Database) {
    let primary = opened(database).await;
    done(&*primary, &insert(&["a", "z"])).await;
    let long = "d".repeat(300);
    let bad = ["b\u{1}", "c\u{1}", &long].map(|id| {
        format!(
            "insert into people (id, name, password_hash, active, points, big, ratio, joined_at) \
             select '{id}', '{id}', password_hash, active, points, big, ratio, joined_at from people where id = 'a'"
        )
    });
    let bad: Vec<&str> = bad.iter().map(String::as_str).collect();
    database.foreign(&bad).await.expect("foreign rows");
    for limit in [1, 2, 10] {
        let (mut met, mut invalid, mut after) = (Vec::new(), Vec::new(), None::<String>);
        loop {
            let page = primary.states_after(&PERSON, after.as_deref(), limit).await;
            let page = page.expect("a page");
            met.extend(page.states.into_iter().map(|state| state.id.to_string()));
            invalid.extend(page.invalid);
            after = page.next;
            if after.is_none() {
                break;
            }
        }
        assert_eq!(met, ["a", "z"], "pages of {limit}");
        assert_eq!(invalid.len(), 3, "pages of {limit}: {invalid:?}");
    }
}
