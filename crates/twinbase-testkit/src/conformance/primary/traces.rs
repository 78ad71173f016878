//! The trace of a request on its way through the outbox.

use twinbase_core::write::Write;

use super::{
    Opened,
    support::{award, delete, insert},
};

const TRACE: &str = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

fn traced(write: Write, trace: &str) -> Write {
    Write {
        traceparent: Some(trace.into()),
        ..write
    }
}

/// Of every row, of every kind of change, in a transaction or alone; and no other has one.
pub async fn the_trace_of_a_request_goes_with_its_events(db: Opened) {
    db.done(&traced(insert(&["a", "b"]), TRACE)).await;
    db.done(&insert(&["c"])).await;
    for (id, expected) in [("a", Some(TRACE)), ("b", Some(TRACE)), ("c", None)] {
        let event = &db.waiting_of(id).await[0];
        assert_eq!(event.traceparent.as_deref(), expected, "{id}");
        let record = db.event_of(id).await;
        assert_eq!(record.traceparent.as_deref(), expected, "{id}");
    }
    let other = TRACE.replace("-01", "-00");
    let mut tx = db.begin().await;
    for change in [
        traced(award("a"), &other),
        award("b"),
        traced(delete("c"), &other),
    ] {
        tx.write(&change).await.expect("a change");
    }
    tx.commit().await.expect("a commit");
    for (id, expected) in [("a", Some(&*other)), ("b", None), ("c", Some(&*other))] {
        let event = &db.waiting_of(id).await[1];
        assert_eq!(event.traceparent.as_deref(), expected, "{id}");
    }
}
