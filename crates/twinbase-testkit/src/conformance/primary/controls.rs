//! Pauses: set by a person, obeyed by every worker, there until somebody ends them.

use twinbase_core::{
    Primary,
    primary::{Pause, PauseScope},
};

use super::Opened;

fn notes() -> PauseScope {
    PauseScope::Collection("notes".to_owned())
}

async fn pauses(db: &dyn Primary) -> Vec<Pause> {
    let mut pauses = db.pauses().await.expect("pauses");
    pauses.sort_by(|a, b| a.scope.cmp(&b.scope));
    pauses
}

/// Another process, started later, finds them.
pub async fn pauses_are_kept_across_restarts(db: Opened) {
    assert_eq!(pauses(&*db).await, []);
    for scope in [PauseScope::Everything, notes()] {
        assert!(db.pause(&scope, "a move").await.expect("a pause"));
    }
    let set = pauses(&*db).await;
    let described: Vec<_> = set
        .iter()
        .map(|pause| (&pause.scope, pause.reason.as_str()))
        .collect();
    assert_eq!(
        described,
        [(&PauseScope::Everything, "a move"), (&notes(), "a move")]
    );
    db.close().await;
    let later = db.database.open().await;
    assert_eq!(pauses(&*later).await, set);
}

/// And nothing else of it changes.
pub async fn pausing_again_takes_the_new_reason(db: Opened) {
    assert!(db.pause(&notes(), "one").await.expect("a pause"));
    let first = pauses(&*db).await.remove(0);
    assert!(!db.pause(&notes(), "two").await.expect("a pause"));
    let expected = Pause {
        reason: "two".to_owned(),
        ..first
    };
    assert_eq!(pauses(&*db).await, [expected]);
}

/// Everything and each collection are switches of their own.
pub async fn ending_a_pause_ends_that_one(db: Opened) {
    for scope in [PauseScope::Everything, notes()] {
        db.pause(&scope, "a move").await.expect("a pause");
    }
    let everything = PauseScope::Everything;
    assert!(db.resume(&everything).await.expect("a resume"));
    assert!(!db.resume(&everything).await.expect("nothing"));
    let scopes: Vec<_> = pauses(&*db).await.into_iter().map(|p| p.scope).collect();
    assert_eq!(scopes, [notes()]);
    assert!(db.resume(&notes()).await.expect("a resume"));
    assert_eq!(pauses(&*db).await, []);
    assert!(db.pause(&notes(), "again").await.expect("a pause"));
}
