//! Lists page by page: in their order, without a gap, whatever is written meanwhile.

use twinbase_core::{
    Primary,
    primary::{EventCursor, EventFilter, EventRecord, EventStatus},
};

use super::{
    Database,
    stage::{bring, list, of_status, open},
    support::{award, done, insert, opened, waiting_of},
};

/// Walks a list in pages of three.
async fn walk(
    primary: &dyn Primary,
    filter: &EventFilter,
    mut between: impl AsyncFnMut(),
) -> Vec<EventRecord> {
    let mut met: Vec<EventRecord> = Vec::new();
    loop {
        let after = met.last().map(EventRecord::cursor);
        let page = primary.events(filter, after.as_ref(), 3).await;
        let page = page.expect("a page");
        assert!(page.len() <= 3);
        if page.is_empty() {
            return met;
        }
        met.extend(page);
        between().await;
    }
}

/// The newest first, whatever is written meanwhile.
pub async fn pages_of_what_is_not_done_neither_skip_nor_repeat(database: &dyn Database) {
    let primary = opened(database).await;
    let ids: Vec<String> = (0..20).map(|n| format!("p{n}")).collect();
    let ids: Vec<&str> = ids.iter().map(String::as_str).collect();
    done(&*primary, &insert(&ids)).await;
    for id in &ids[..7] {
        bring(&*primary, id, EventStatus::Retrying).await;
    }
    for id in &ids[7..12] {
        bring(&*primary, id, EventStatus::Failed).await;
    }
    for (status, count) in [
        (None, 20),
        (Some(EventStatus::Pending), 8),
        (Some(EventStatus::Retrying), 7),
        (Some(EventStatus::Failed), 5),
    ] {
        let filter = EventFilter { status, ..open() };
        let all = list(&*primary, &filter).await;
        assert_eq!(all.len(), count, "{status:?}");
        assert!(all.windows(2).all(|pair| pair[0].at.seq > pair[1].at.seq));
        assert_eq!(
            walk(&*primary, &filter, async || ()).await,
            all,
            "{status:?}"
        );
    }
    let before = list(&*primary, &open()).await;
    let met = walk(&*primary, &open(), async || {
        done(&*primary, &award("p3")).await;
    })
    .await;
    assert_eq!(met, before, "what comes meanwhile is before the first page");
    let none = primary.events(&open(), None, 0).await;
    assert!(none.expect("an empty page").is_empty());
}

/// Those done last come first, together or one by one.
pub async fn pages_of_what_is_done_neither_skip_nor_repeat(database: &dyn Database) {
    let primary = opened(database).await;
    let ids: Vec<String> = (0..16).map(|n| format!("p{n}")).collect();
    let ids: Vec<&str> = ids.iter().map(String::as_str).collect();
    done(&*primary, &insert(&ids)).await;
    for id in ids[..4].iter().rev() {
        bring(&*primary, id, EventStatus::Applied).await;
        bring(&*primary, &id.replace('p', "p1"), EventStatus::Discarded).await;
    }
    let mut together = Vec::new();
    for id in &ids[4..10] {
        together.push(waiting_of(&*primary, id).await[0].at);
    }
    primary.mark_applied(&together, &[]).await.expect("marks");
    for (status, count) in [(EventStatus::Applied, 10), (EventStatus::Discarded, 4)] {
        let all = list(&*primary, &of_status(status)).await;
        assert_eq!(all.len(), count, "{status:?}");
        let place = |event: &EventRecord| (event.processed_at, event.at.seq);
        assert!(
            all.windows(2).all(|pair| place(&pair[0]) > place(&pair[1])),
            "{all:?}"
        );
        let met = walk(&*primary, &of_status(status), async || ()).await;
        assert_eq!(met, all, "{status:?}");
    }
}

/// A place need not be an event that is still there.
pub async fn a_page_begins_after_its_place(database: &dyn Database) {
    let primary = opened(database).await;
    done(&*primary, &insert(&["a", "b", "c"])).await;
    let all = list(&*primary, &open()).await;
    let place = all[1].cursor();
    bring(&*primary, &all[1].aggregate_id, EventStatus::Applied).await;
    let rest = primary.events(&open(), Some(&place), 9).await;
    assert_eq!(rest.expect("a page"), all[2..]);
    let end = EventCursor {
        processed_at: None,
        seq: 0,
    };
    let rest = primary.events(&open(), Some(&end), 9).await;
    assert_eq!(rest.expect("a page"), []);
}
