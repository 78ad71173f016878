//! Hints from one process to another that something was committed.

use futures_util::StreamExt as _;

use super::{Opened, leases::DEADLINE, support::insert};

/// Where the database can; where it cannot, telling does nothing.
pub async fn a_listener_hears_what_is_told(listener: Opened) {
    let teller = listener.database.open().await;
    let hints = listener.listen().await.expect("to listen, or nothing");
    let written = teller.write(&insert(&["a"])).await;
    written.expect("a change");
    teller.notify().await.expect("told, or nothing");
    if let Some(mut hints) = hints {
        let heard = tokio::time::timeout(DEADLINE, hints.next()).await;
        assert_eq!(heard, Ok(Some(())), "a hint");
    }
}

/// The next process that looks finds it all the same.
pub async fn telling_when_nobody_listens_is_harmless(db: Opened) {
    for _ in 0..3 {
        db.notify().await.expect("told, or nothing");
    }
}
