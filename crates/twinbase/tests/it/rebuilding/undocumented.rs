//! Rows of which there is no document: a rebuild ends nevertheless, and says how many and which.

use twinbase::{
    operate::OperationState,
    prelude::*,
    sync::{rebuild::RebuildOptions, verify::Drift},
};
use twinbase_testkit::faults::Fault;

use super::{ACCOUNTS, SECOND, filled, followed::ended, rebuilt};
use crate::{
    app::account,
    combination::{Setup, fast, on_every_combination},
};

on_every_combination!(a_rebuild_says_which_rows_have_no_document_and_does_not_count_them_as_filled);

/// Refused with and without a version before, and keys that can be no id.
async fn a_rebuild_says_which_rows_have_no_document_and_does_not_count_them_as_filled(
    setup: Setup,
) {
    filled(&setup, 10).await;
    setup
        .faults
        .set(Fault::RejectIf(|id| id.as_str().starts_with("refused")));
    setup.twin.insert(&account("refused-1")).await.unwrap();
    let long = "k".repeat(300);
    setup
        .foreign(&format!(
            "insert into accounts (id, name, points, secret) values ('', 'x', 0, 'x'), ('{long}', 'x', 0, 'x'), ('refused-2', 'x', 0, 'x')"
        ))
        .await;
    let worker = setup.twin.start_worker(fast()).unwrap();
    let end = rebuilt(&setup.twin, &RebuildOptions::default()).await;
    assert_eq!((end.serving.as_str(), end.error), (SECOND, None));
    let without = end.without_document.unwrap();
    assert_eq!((without.rows, without.first.as_str()), (4, ""));
    assert_eq!(without.to_string(), "4 rows have no document, `` first");
    assert_eq!((end.filled, end.total), (10, Some(14)));
    let operation = ended(&setup, &end.operation.unwrap()).await.progress;
    assert_eq!(operation.state, OperationState::Succeeded, "{operation:?}");
    assert_eq!(operation.done, 10, "{operation:?}");
    let found = operation.found.unwrap();
    assert_eq!(found["withoutDocument"]["rows"], 4, "{found}");
    // What a comparison finds is the same.
    setup.drained().await;
    worker.stop().await;
    let report = setup.other().await.verify(|_, _| {}).await.unwrap();
    let mut collections = report.collections.iter();
    let accounts = collections.find(|of| of.collection == ACCOUNTS).unwrap();
    let all = (accounts.of(Drift::Missing), accounts.of(Drift::InvalidId));
    assert_eq!(all, (2, 2), "{accounts:?}");
}
