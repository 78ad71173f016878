//! How the engine looks at a collection: in the order of ids, by id, by version.

use std::sync::Arc;

use bson::doc;
use twinbase_core::{
    AggregateId, Outcome, Replica, Version,
    replica::{Applied, DocumentPage},
};

use super::notes::{NOTES, applied, change, document, id, tombstone};

/// Page by page, tombstones included, in the order that the primary's ids have as bytes.
pub async fn a_scan_goes_through_all_ids_in_byte_order(replica: Arc<dyn Replica>) {
    let mut ids = vec![
        "10", "9", "A", "Z", "_", "a", "a b", "aa", "a\u{e9}", "z", "\u{e9}", "\u{4e2d}", "~",
    ];
    let changes: Vec<_> = ids
        .iter()
        .enumerate()
        .map(|(n, text)| match n % 3 {
            0 => tombstone(text, 2),
            _ => change(text, 1, doc! { "text": *text }),
        })
        .collect();
    applied(&*replica, &changes).await;
    let mut found: Vec<Applied> = Vec::new();
    let mut after: Option<String> = None;
    loop {
        let page = replica.scan(&NOTES, after.as_deref(), 4).await.unwrap();
        assert!(page.found.len() <= 4);
        assert_eq!(page.foreign, 0);
        found.extend(page.found);
        let Some(next) = page.next else { break };
        after = Some(next);
    }
    ids.sort_unstable();
    let walked: Vec<&str> = found.iter().map(|stored| stored.id.as_str()).collect();
    assert_eq!(walked, ids);
    for stored in &found {
        let live = stored.version == Version::new(1);
        assert_eq!(!stored.deleted, live, "{}", stored.id);
    }
}

/// The same ids in the same order, with what is stored of each.
pub async fn whole_documents_come_in_byte_order_of_their_ids(replica: Arc<dyn Replica>) {
    let mut ids = vec!["10", "9", "A", "a", "a b", "aa", "\u{e9}", "z", "~"];
    let changes = ids.iter().enumerate().map(|(n, text)| match n % 3 {
        0 => tombstone(text, 2),
        _ => change(text, 1, doc! { "text": *text }),
    });
    applied(&*replica, &changes.collect::<Vec<_>>()).await;
    let (mut found, mut after) = (Vec::new(), None::<String>);
    loop {
        let page = replica.documents_after(&NOTES, after.as_deref(), 4).await;
        let page = page.unwrap();
        assert!(page.found.len() <= 4);
        let text = |bytes: &[u8]| {
            let document = bson::Document::from_reader(bytes).unwrap();
            let text = ["_id", "text"].map(|name| document.get_str(name).unwrap().to_owned());
            assert_eq!(text[0], text[1]);
            text[0].clone()
        };
        let some = page.found.iter();
        found.extend(some.map(|stored| {
            (
                stored.id.to_owned(),
                stored.version,
                stored.content.map(text),
            )
        }));
        let Some(next) = page.next else { break };
        after = Some(next);
    }
    ids.sort_unstable();
    let walked: Vec<&str> = found.iter().map(|(id, ..)| id.as_str()).collect();
    assert_eq!(walked, ids);
    for (id, version, text) in found {
        assert_eq!(text, (version == Version::new(1)).then_some(id));
    }
}

/// A page ends early where documents are large, and the next one goes on after it.
pub async fn a_page_of_large_documents_is_short(replica: Arc<dyn Replica>) {
    let large = "x".repeat(DocumentPage::BYTES / 2);
    let changes = ["a", "b", "c"].map(|id| change(id, 1, doc! { "text": &large }));
    applied(&*replica, &changes).await;
    let first = replica.documents_after(&NOTES, None, 100).await.unwrap();
    assert_eq!((first.found.len(), first.next.as_deref()), (2, Some("b")));
    let second = replica.documents_after(&NOTES, Some("b"), 100).await;
    let second = second.unwrap();
    assert_eq!((second.found.len(), second.next), (1, None));
}

/// Silence about an id means that nothing is known of it.
pub async fn versions_and_get_leave_out_what_is_not_there(replica: Arc<dyn Replica>) {
    applied(&*replica, &[change("a", 3, doc! {}), tombstone("b", 4)]).await;
    let asked = [id("b"), id("missing"), id("a")];
    let mut versions = replica.versions(&NOTES, &asked).await.unwrap();
    versions.sort_by(|x, y| x.id.cmp(&y.id));
    let versions: Vec<_> = versions
        .iter()
        .map(|v| (v.id.as_str(), v.version.get(), v.deleted))
        .collect();
    assert_eq!(versions, [("a", 3, false), ("b", 4, true)]);
    assert_eq!(replica.get(&NOTES, &asked).await.unwrap().len(), 2);
    assert_eq!(replica.get(&NOTES, &[]).await.unwrap(), []);
    assert_eq!(replica.versions(&NOTES, &[]).await.unwrap(), []);
}

/// No normalisation, no trimming, no numbers made of text.
pub async fn ids_of_any_script_and_shape_are_kept_apart(replica: Arc<dyn Replica>) {
    let longest = "x".repeat(AggregateId::MAX_BYTES);
    let ids = [
        "1",
        "01",
        "1.0",
        " 1",
        "1 ",
        "null",
        "$where",
        "a.b",
        "_id",
        "e\u{301}",
        "\u{e9}",
        "\u{1F600}",
        "\u{FF5E}",
        "'\";--",
        "\\",
        "{}",
        "%00",
        "A",
        "a",
        &longest,
    ];
    let changes: Vec<_> = ids
        .iter()
        .map(|text| change(text, 1, doc! { "text": *text }))
        .collect();
    let outcomes = applied(&*replica, &changes).await;
    assert_eq!(outcomes, vec![Outcome::Applied; ids.len()]);
    for text in ids {
        let found = document(&*replica, text).await;
        assert_eq!(found, Some(doc! { "_id": text, "text": text }));
    }
    let all: Vec<_> = ids.iter().map(|text| id(text)).collect();
    assert_eq!(replica.get(&NOTES, &all).await.unwrap().len(), ids.len());
}
