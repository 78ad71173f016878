//! Lists page by page: in their order, without a gap, whatever is written meanwhile.

use twinbase_core::primary::{EventCursor, EventFilter, EventRecord, EventStatus};

use super::{
    Opened,
    stage::{of_status, open},
    support::{award, insert},
};

/// Walks a list in pages of three.
async fn walk(
    db: &Opened,
    filter: &EventFilter,
    mut between: impl AsyncFnMut(),
) -> Vec<EventRecord> {
    let mut met: Vec<EventRecord> = Vec::new();
    loop {
        let after = met.last().map(EventRecord::cursor);
        let page = db.events(filter, after.as_ref(), 3).await;
        assert!(page.len() <= 3);
        if page.is_empty() {
            return met;
        }
        met.extend(page);
        between().await;
    }
}

/// The newest first, whatever is written meanwhile.
pub async fn pages_of_what_is_not_done_neither_skip_nor_repeat(db: Opened) {
    let ids: Vec<String> = (0..20).map(|n| format!("p{n}")).collect();
    db.done(&insert(&ids)).await;
    for id in &ids[..7] {
        db.bring(id, EventStatus::Retrying).await;
    }
    for id in &ids[7..12] {
        db.bring(id, EventStatus::Failed).await;
    }
    for (status, count) in [
        (None, 20),
        (Some(EventStatus::Pending), 8),
        (Some(EventStatus::Retrying), 7),
        (Some(EventStatus::Failed), 5),
    ] {
        let filter = EventFilter { status, ..open() };
        let all = db.list(&filter).await;
        assert_eq!(all.len(), count, "{status:?}");
        assert!(all.windows(2).all(|pair| pair[0].at.seq > pair[1].at.seq));
        assert_eq!(walk(&db, &filter, async || ()).await, all, "{status:?}");
    }
    let before = db.list(&open()).await;
    let met = walk(&db, &open(), async || {
        db.done(&award("p3")).await;
    })
    .await;
    assert_eq!(met, before, "what comes meanwhile is before the first page");
    assert!(db.events(&open(), None, 0).await.is_empty());
}

/// Those done last come first, together or one by one.
pub async fn pages_of_what_is_done_neither_skip_nor_repeat(db: Opened) {
    let ids: Vec<String> = (0..16).map(|n| format!("p{n}")).collect();
    db.done(&insert(&ids)).await;
    for id in ids[..4].iter().rev() {
        db.bring(id, EventStatus::Applied).await;
        db.bring(&id.replace('p', "p1"), EventStatus::Discarded)
            .await;
    }
    let mut together = Vec::new();
    for id in &ids[4..10] {
        together.push(db.at(id).await);
    }
    db.mark(&together).await;
    for (status, count) in [(EventStatus::Applied, 10), (EventStatus::Discarded, 4)] {
        let all = db.list(&of_status(status)).await;
        assert_eq!(all.len(), count, "{status:?}");
        let place = |event: &EventRecord| (event.processed_at, event.at.seq);
        assert!(
            all.windows(2).all(|pair| place(&pair[0]) > place(&pair[1])),
            "{all:?}"
        );
        let met = walk(&db, &of_status(status), async || ()).await;
        assert_eq!(met, all, "{status:?}");
    }
}

/// A place need not be an event that is still there.
pub async fn a_page_begins_after_its_place(db: Opened) {
    db.done(&insert(&["a", "b", "c"])).await;
    let all = db.list(&open()).await;
    let place = all[1].cursor();
    db.bring(&all[1].aggregate_id, EventStatus::Applied).await;
    assert_eq!(db.events(&open(), Some(&place), 9).await, all[2..]);
    let end = EventCursor {
        processed_at: None,
        seq: 0,
    };
    assert_eq!(db.events(&open(), Some(&end), 9).await, []);
}
