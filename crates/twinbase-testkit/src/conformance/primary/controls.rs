//! Pauses: set by a person, obeyed by every worker, there until somebody ends them.

use twinbase_core::{
    Primary,
    primary::{Pause, PauseScope},
};

use super::{Database, support::opened};

fn notes() -> PauseScope {
    PauseScope::Collection("notes".to_owned())
}

async fn pauses(primary: &dyn Primary) -> Vec<Pause> {
    let mut pauses = primary.pauses().await.expect("pauses");
    pauses.sort_by(|a, b| a.scope.cmp(&b.scope));
    pauses
}

/// Another process, started later, finds them.
pub async fn pauses_are_kept_across_restarts(database: &dyn Database) {
    let primary = opened(database).await;
    assert_eq!(pauses(&*primary).await, []);
    for scope in [PauseScope::Everything, notes()] {
        assert!(primary.pause(&scope, "a move").await.expect("a pause"));
    }
    let set = pauses(&*primary).await;
    let described: Vec<_> = set
        .iter()
        .map(|pause| (&pause.scope, pause.reason.as_str()))
        .collect();
    assert_eq!(
        described,
        [(&PauseScope::Everything, "a move"), (&notes(), "a move")]
    );
    primary.close().await;
    let later = database.open().await;
    assert_eq!(pauses(&*later).await, set);
}

/// And nothing else of it changes.
pub async fn pausing_again_takes_the_new_reason(database: &dyn Database) {
    let primary = opened(database).await;
    assert!(primary.pause(&notes(), "one").await.expect("a pause"));
    let first = pauses(&*primary).await.remove(0);
    assert!(!primary.pause(&notes(), "two").await.expect("a pause"));
    let expected = Pause {
        reason: "two".to_owned(),
        ..first
    };
    assert_eq!(pauses(&*primary).await, [expected]);
}

/// Everything and each collection are switches of their own.
pub async fn ending_a_pause_ends_that_one(database: &dyn Database) {
    let primary = opened(database).await;
    for scope in [PauseScope::Everything, notes()] {
        primary.pause(&scope, "a move").await.expect("a pause");
    }
    let everything = PauseScope::Everything;
    assert!(primary.resume(&everything).await.expect("a resume"));
    assert!(!primary.resume(&everything).await.expect("nothing"));
    let scopes: Vec<_> = pauses(&*primary)
        .await
        .into_iter()
        .map(|p| p.scope)
        .collect();
    assert_eq!(scopes, [notes()]);
    assert!(primary.resume(&notes()).await.expect("a resume"));
    assert_eq!(pauses(&*primary).await, []);
    assert!(primary.pause(&notes(), "again").await.expect("a pause"));
}
