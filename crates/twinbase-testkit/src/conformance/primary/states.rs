//! Rows with their heads, for whoever compares both sides.

use twinbase_core::{State, StatePage};

use super::{
    NOTE, Opened, PERSON,
    support::{award, delete, in_short, insert, note},
};

/// Rows with and without a head, in pages of any size; what was deleted is no row.
pub async fn a_walk_meets_every_row_once(db: Opened) {
    let ids: Vec<String> = (0..30).map(|n| format!("p{n:02}")).collect();
    db.done(&insert(&ids)).await;
    // The first, the last, neighbours, and one alone.
    let deleted = ["p00", "p10", "p11", "p12", "p13", "p20", "p29"];
    for id in deleted {
        db.done(&delete(id)).await;
    }
    let forgotten = ["p01", "p14", "p15", "p28"];
    for id in forgotten {
        let forget = format!("delete from aggregate_version where aggregate_id = '{id}'");
        db.foreign(&[&forget]).await;
    }
    let rows = ids.iter().map(String::as_str);
    let rows = rows.filter(|id| !deleted.contains(id));
    let version = |id: &str| i64::from(!forgotten.contains(&id));
    let expected: Vec<_> = rows.map(|id| (id, version(id), true)).collect();
    for limit in [1, 2, 3, 7, 30, 100] {
        let pages = db.walk(limit).await;
        let met = pages.iter().flat_map(|page| page.states.iter());
        let met: Vec<_> = met.map(State::from).collect();
        assert_eq!(in_short(&met), expected, "pages of {limit}");
    }
}

/// However large the rows are that come after small ones.
pub async fn a_page_ends_with_the_row_that_fills_it(db: Opened) {
    db.done(&insert(&["p"])).await;
    let half = "n".repeat(StatePage::BYTES / 2);
    for (id, text) in [("a", "short"), ("b", &half), ("c", &half), ("d", "short")] {
        db.done(&note(id, "p", text)).await;
    }
    let first = db.states_after(&NOTE, None, None, 100).await;
    assert_eq!((first.states.len(), first.next.as_deref()), (3, Some("c")));
    let rest = db.states_after(&NOTE, Some("c"), None, 100).await;
    assert_eq!((rest.states.len(), rest.next), (1, None));
}

/// In any order; what is neither row nor head is left out.
pub async fn states_of_ids_are_rows_with_heads(db: Opened) {
    db.done(&insert(&["a", "b", "c", "d"])).await;
    db.done(&award("b")).await;
    db.done(&delete("c")).await;
    let states = db.states_of(&PERSON, &["b", "c", "nobody", "a"]).await;
    let expected = [("a", 1, true), ("b", 2, true), ("c", 2, false)];
    assert_eq!(in_short(&states), expected);
    assert!(db.states_of(&PERSON, &[]).await.is_empty());
}

/// Their keys are named, however many come before the next row that can be an aggregate.
pub async fn rows_that_can_be_no_aggregate_are_named_and_passed_over(db: Opened) {
    db.done(&insert(&["a", "z"])).await;
    let long = "d".repeat(300);
    let bad = ["b\u{1}", "c\u{1}", &long].map(|id| {
        format!(
            "insert into people (id, name, password_hash, active, points, big, ratio, joined_at) \
             select '{id}', '{id}', password_hash, active, points, big, ratio, joined_at from people where id = 'a'"
        )
    });
    db.foreign(&bad).await;
    for limit in [1, 2, 10] {
        let pages = db.walk(limit).await;
        let invalid: Vec<_> = pages.iter().flat_map(|page| &page.invalid).collect();
        assert_eq!(invalid.len(), 3, "pages of {limit}: {invalid:?}");
        let met = pages.iter().flat_map(|page| page.states.iter());
        let met: Vec<_> = met.map(|state| state.id).collect();
        assert_eq!(met, ["a", "z"], "pages of {limit}");
    }
}
