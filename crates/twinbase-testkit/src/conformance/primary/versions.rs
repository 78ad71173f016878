//! One version per aggregate: no gap, no duplicate, whatever happens at once.

use twinbase_core::{PrimaryError, Version};

use super::{
    NOTE, Opened,
    support::{award, delete, insert, note, payload},
};

/// The head outlives the row.
pub async fn versions_go_on_across_update_delete_and_re_creation(db: Opened) {
    for (change, version) in [
        (insert(&["a"]), 1),
        (award("a"), 2),
        (delete("a"), 3),
        (insert(&["a"]), 4),
        (award("a"), 5),
    ] {
        assert_eq!(db.only(&change).await.version, Version::new(version));
    }
    assert_eq!(db.versions("a").await, [1, 2, 3, 4, 5]);
}

/// Versions are 1 to n, each in one event, and every increment is there.
pub async fn sixteen_writers_on_one_key_leave_no_gap_and_no_duplicate(db: Opened) {
    const EACH: i64 = 10;
    db.done(&insert(&["a"])).await;
    db.at_once(16, |db, _| async move {
        for _ in 0..EACH {
            db.retried(&award("a")).await.expect("a point");
        }
    })
    .await;
    let all: Vec<i64> = (1..=1 + 16 * EACH).collect();
    assert_eq!(db.versions("a").await, all);
    let last = db.only(&award("a")).await;
    assert_eq!(payload(&last)["points"], 16 * EACH + 1);
}

/// Transactions over the same rows in different orders: contention is told, and nothing is half done.
pub async fn many_writers_on_many_keys_in_one_transaction_each_are_all_counted(db: Opened) {
    db.done(&insert(&["a", "b"])).await;
    // A deadlock costs the server a second until it looks for it: few of them are enough.
    db.at_once(4, |db, writer| async move {
        let keys = [["a", "b"], ["b", "a"]][writer % 2];
        for round in 0..2 {
            let text = format!("note-{writer}-{round}");
            loop {
                let mut tx = db.begin().await;
                let done = async {
                    tx.write(&award(keys[0])).await?;
                    tx.write(&award(keys[1])).await?;
                    tx.write(&note(&text, keys[0], &text)).await?;
                    tx.commit().await
                };
                match done.await {
                    Ok(()) => break,
                    Err(PrimaryError::Contention { .. }) => {}
                    Err(error) => panic!("{error}"),
                }
            }
        }
    })
    .await;
    let all: Vec<i64> = (1..=9).collect();
    assert_eq!(db.versions("a").await, all);
    assert_eq!(db.versions("b").await, all);
    assert_eq!(
        db.states_after(&NOTE, None, None, 100).await.states.len(),
        8
    );
}
