//! Writers and readers at the same time.

use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};

use bson::doc;
use rand::{SeedableRng as _, rngs::StdRng, seq::SliceRandom as _};
use tokio::task::JoinSet;
use twinbase_core::{Change, Replica};

use super::notes::{NOTES, applied, change, id, tombstone};

const WRITERS: u64 = 16;
const IDS: usize = 25;
const VERSIONS: i64 = 12;

/// Each writer has the whole history, in an order of its own.
pub async fn sixteen_writers_of_the_same_ids_end_at_the_newest(replica: Arc<dyn Replica>) {
    let mut writers = JoinSet::new();
    for writer in 0..WRITERS {
        let replica = Arc::clone(&replica);
        writers.spawn(async move { write(&*replica, writer).await });
    }
    writers.join_all().await;
    let ids: Vec<_> = (0..IDS).map(|n| id(&format!("k{n}"))).collect();
    let stored = replica.get(&NOTES, &ids).await.unwrap();
    assert_eq!(stored.len(), IDS);
    for stored in stored {
        assert_eq!(stored.version.get(), VERSIONS, "{}", stored.id);
        let expected = doc! { "_id": stored.id.as_str(), "text": format!("at {VERSIONS}") };
        assert_eq!(stored.document, Some(expected));
    }
}

async fn write(replica: &dyn Replica, writer: u64) {
    let mut random = StdRng::seed_from_u64(writer);
    let mut versions: Vec<i64> = (1..=VERSIONS).collect();
    versions.shuffle(&mut random);
    for version in versions {
        let mut batch: Vec<Change> = (0..IDS).map(|n| state(&format!("k{n}"), version)).collect();
        batch.shuffle(&mut random);
        applied(replica, &batch).await;
    }
}

/// Every fourth state is a deletion; the last is not.
fn state(text: &str, version: i64) -> Change {
    if version % 4 == 1 {
        tombstone(text, version)
    } else {
        change(text, version, doc! { "text": format!("at {version}") })
    }
}

/// What a comparison of both sides relies on.
pub async fn a_reader_beside_writers_sees_versions_and_contents_that_belong_together(
    replica: Arc<dyn Replica>,
) {
    const STATES: i64 = 120;
    let done = Arc::new(AtomicBool::new(false));
    let writer = tokio::spawn({
        let (replica, done) = (Arc::clone(&replica), Arc::clone(&done));
        async move {
            for version in 1..=STATES {
                applied(&*replica, &[state("a", version), state("b", version)]).await;
            }
            done.store(true, Ordering::SeqCst);
        }
    });
    let mut newest = 0;
    loop {
        let last_look = done.load(Ordering::SeqCst);
        let stored = replica.get(&NOTES, &[id("a"), id("b")]).await.unwrap();
        for stored in stored {
            let version = stored.version.get();
            let text = stored
                .document
                .map(|d| d.get_str("text").unwrap().to_owned());
            let expected = (version % 4 != 1).then(|| format!("at {version}"));
            assert_eq!(text, expected, "{} at {version}", stored.id);
            if stored.id.as_str() == "a" {
                assert!(version >= newest, "{version} after {newest}");
                newest = version;
            }
        }
        if last_look {
            break;
        }
    }
    writer.await.expect("the writer does not fail");
    assert_eq!(newest, STATES);
}
