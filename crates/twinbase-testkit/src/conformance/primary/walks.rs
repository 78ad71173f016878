//! Walks that are kept.

use jiff::SignedDuration;
use twinbase_core::{Version, primary::WalkRecord};

use super::Opened;

fn walk(collection: &str, walker: &str) -> WalkRecord {
    WalkRecord {
        collection: collection.to_owned(),
        walker: walker.to_owned(),
        floor: Version::new(7),
        report: "{}".to_owned(),
        ..WalkRecord::default()
    }
}

/// Everything, what is not known included.
pub async fn a_walk_is_kept_as_it_is_given_with_the_time_at_which_it_was(db: Opened) {
    assert_eq!(db.walks().await, []);
    let began_at = db.primary.now().await.expect("the time");
    let first = WalkRecord {
        began_at,
        place: Some("after \u{e9} '".to_owned()),
        mended: 3,
        ..walk("people", "a")
    };
    assert!(db.keep_walk(&first, "").await);
    assert!(db.keep_walk(&walk("notes", "a"), "").await);
    let kept = db.walks().await;
    let names: Vec<_> = kept.iter().map(|of| of.collection.as_str()).collect();
    assert_eq!(names, ["notes", "people"]);
    // The time is told rounded up.
    let rounded = SignedDuration::from_millis(1);
    assert!(kept[1].saved_at >= began_at - rounded, "{kept:?}");
    let saved_at = kept[1].saved_at;
    assert_eq!(kept[1], WalkRecord { saved_at, ..first });
    let ended = WalkRecord {
        place: None,
        verified_through: Some(began_at),
        wrong: u64::from(u32::MAX),
        ..walk("people", "a")
    };
    assert!(db.keep_walk(&ended, "a").await);
    let kept = db.walks().await.remove(1);
    let saved_at = kept.saved_at;
    assert_eq!(kept, WalkRecord { saved_at, ..ended });
}

/// Of two that read the same walk, the second has lost it to the first.
pub async fn a_walk_that_somebody_else_has_taken_over_is_not_kept(db: Opened) {
    assert!(db.keep_walk(&walk("people", "a"), "").await);
    assert!(db.keep_walk(&walk("people", "b"), "a").await);
    assert!(!db.keep_walk(&walk("people", "c"), "a").await);
    assert!(!db.keep_walk(&walk("people", "c"), "").await);
    assert_eq!(db.walks().await[0].walker, "b");
    assert!(db.keep_walk(&walk("people", "b"), "b").await);
}
