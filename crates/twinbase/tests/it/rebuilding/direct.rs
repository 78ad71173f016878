//! A program that reads MongoDB by itself, with the plain driver and under the logical name, while collections are exchanged below it.

use std::{
    collections::HashMap,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, Instant},
};

use tokio::task::JoinHandle;
use twinbase::{core::primary::Phase, prelude::*, sync::rebuild::RebuildOptions};

use super::{ACCOUNTS, filled, reaches, rebuilt, slowly, under_load::writer};
use crate::combination::{Setup, fast, on_every_combination};

on_every_combination!(@ sqlite_mongodb, false, true, a_program_that_reads_by_itself_finds_the_name_empty_once);
on_every_combination!(@ postgres_mongodb, true, true, a_program_that_reads_by_itself_finds_the_name_empty_once);
on_every_combination!(@ sqlite_once, false, true, a_view_that_cannot_be_made_at_first_comes_by_itself);

const ROWS: usize = 300;
/// One that the writers change.
const KEY: &str = "key-00003";

/// What is under the name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Under {
    Collection,
    View,
}

/// Reads one after the other that failed or lacked documents.
#[derive(Debug)]
struct Gap {
    before: Option<Under>,
    reads: usize,
    errors: usize,
    /// From the end of the last good read to that of the next one: it was no longer than this.
    lasted: Option<Duration>,
}

/// What one program has seen.
#[derive(Debug)]
struct Seen {
    reads: usize,
    through_view: usize,
    /// Reads that showed a tombstone.
    tombstones: usize,
    gaps: Vec<Gap>,
    last_good: Instant,
    under: Option<Under>,
    /// The highest points of each document, which only ever rise, and where they were seen.
    newest: HashMap<String, (i32, Under)>,
    /// Documents that were older in the view than they had been in the collection.
    behind: usize,
}

impl Seen {
    fn new() -> Self {
        Self {
            reads: 0,
            through_view: 0,
            tombstones: 0,
            gaps: Vec::new(),
            last_good: Instant::now(),
            under: None,
            newest: HashMap::new(),
            behind: 0,
        }
    }

    /// Takes the answer of one read, which should have had so many of the documents that always are there; `None` is an error.
    fn take(&mut self, answer: Option<&[Document]>, wanted: usize) {
        self.reads += 1;
        let found = answer.unwrap_or_default();
        let stable = |of: &&Document| of.get_str("_id").is_ok_and(|id| id.starts_with("key-"));
        let is_good = found.iter().filter(stable).count() == wanted;
        let now = Instant::now();
        let open = self.gaps.last_mut().filter(|gap| gap.lasted.is_none());
        match (is_good, open) {
            (false, Some(gap)) => {
                gap.reads += 1;
                gap.errors += usize::from(answer.is_none());
            }
            (false, None) => self.gaps.push(Gap {
                before: self.under,
                reads: 1,
                errors: usize::from(answer.is_none()),
                lasted: None,
            }),
            (true, Some(gap)) => gap.lasted = Some(now - self.last_good),
            (true, None) => {}
        }
        if !is_good {
            return;
        }
        self.last_good = now;
        let is_view = found.iter().all(|of| !of.contains_key("_sync"));
        let under = if is_view {
            Under::View
        } else {
            Under::Collection
        };
        // Once the name is a view's, it stays one: `_sync` and tombstones are never seen again.
        assert!(is_view || self.under != Some(Under::View), "{self:?}");
        self.under = Some(under);
        self.through_view += usize::from(is_view);
        let is_tombstone = |of: &Document| !of.contains_key("points");
        self.tombstones += usize::from(found.iter().any(is_tombstone));
        for document in found.iter().filter(stable) {
            self.compare(document, under);
        }
    }

    fn summary(&self) -> String {
        let Self {
            reads,
            through_view,
            tombstones,
            behind,
            gaps,
            ..
        } = self;
        format!(
            "{reads} reads, {through_view} of them through the view; {tombstones} showed tombstones, all of the first collection; \
             {behind} times a document was older in the view than in the collection before; gaps: {gaps:?}"
        )
    }

    /// What CONSISTENCY.md says of programs that read by themselves.
    fn judge(&self, keeps_views: bool) {
        let gaps = &self.gaps;
        let when = |gap: &Gap| gap.before == Some(Under::Collection);
        assert!(gaps.len() <= 1 && gaps.iter().all(when), "{gaps:?}");
        if keeps_views {
            assert_eq!(self.under, Some(Under::View));
            assert!(gaps.iter().all(|gap| gap.lasted.is_some()), "{gaps:?}");
        } else {
            println!("the server keeps no views: the name is empty once its collection is removed");
            assert_eq!(self.through_view, 0, "{self:?}");
        }
    }

    fn compare(&mut self, document: &Document, under: Under) {
        let key = document.get_str("_id").unwrap();
        let points = document.get_i32("points").unwrap();
        let newest = self.newest.entry(key.to_owned()).or_insert((points, under));
        if points >= newest.0 {
            *newest = (points, under);
            return;
        }
        let before = newest.0;
        assert_ne!(under, newest.1, "{key} went back from {before} to {points}");
        self.behind += 1;
    }
}

/// Reads what the filter says again and again, until told to stop.
async fn watch(
    setup: &Setup,
    filter: Document,
    wanted: usize,
    is_over: &Arc<AtomicBool>,
) -> JoinHandle<Seen> {
    let database = setup.mongodb().unwrap().plain().await.unwrap();
    let is_over = is_over.clone();
    tokio::spawn(async move {
        let collection = database.collection::<Document>(ACCOUNTS);
        let mut seen = Seen::new();
        while !is_over.load(Ordering::Relaxed) {
            let read = async {
                let mut found = Vec::new();
                let mut cursor = collection.find(filter.clone()).await.ok()?;
                while cursor.advance().await.ok()? {
                    found.push(cursor.deserialize_current().ok()?);
                }
                Some(found)
            };
            seen.take(read.await.as_deref(), wanted);
        }
        seen
    })
}

async fn a_program_that_reads_by_itself_finds_the_name_empty_once(setup: Setup) {
    let keeps_views = setup.mongodb().unwrap().keeps_views();
    let keeps_views = keeps_views.await.unwrap();
    filled(&setup, ROWS).await;
    let other = setup.other().await;
    let workers = [&setup.twin, &other].map(|twin| twin.start_worker(fast()).unwrap());
    let is_over = Arc::new(AtomicBool::new(false));
    let writers = [0, 1].map(|part| writer(&setup.twin, part, &is_over));
    let readers = [
        watch(&setup, doc! {}, ROWS, &is_over).await,
        watch(&setup, doc! { "_id": KEY }, 1, &is_over).await,
    ];
    // The first collection goes, and its name becomes that of a view.
    let at_once = RebuildOptions {
        keep: Duration::ZERO,
        ..slowly(500)
    };
    rebuilt(&setup.twin, &at_once).await;
    reaches(&setup.twin, &[Phase::Ended]).await;
    if keeps_views {
        // The view is moved: there, back, and what it was moved from goes.
        rebuilt(&setup.twin, &slowly(500)).await;
        reaches(&setup.twin, &[Phase::Kept]).await;
        setup.twin.rebuilds().roll_back(ACCOUNTS).await.unwrap();
        reaches(&setup.twin, &[Phase::Kept]).await;
        setup.twin.rebuilds().cancel(ACCOUNTS).await.unwrap();
        reaches(&setup.twin, &[Phase::Ended]).await;
    }
    is_over.store(true, Ordering::Relaxed);
    for writer in writers {
        assert!(writer.await.unwrap() > 0);
    }
    for (reader, of) in readers.into_iter().zip(["all documents", "one document"]) {
        let seen = reader.await.unwrap();
        println!("{of}: {}", seen.summary());
        seen.judge(keeps_views);
    }
    setup.drained().await;
    for worker in workers {
        worker.stop().await;
    }
    setup.agrees().await;
}

async fn a_view_that_cannot_be_made_at_first_comes_by_itself(setup: Setup) {
    let mongodb = setup.mongodb().unwrap();
    if !mongodb.keeps_views().await.unwrap() {
        println!("the server keeps no views");
        return;
    }
    filled(&setup, 5).await;
    let worker = setup.twin.start_worker(fast()).unwrap();
    let at_once = RebuildOptions {
        keep: Duration::ZERO,
        ..RebuildOptions::default()
    };
    rebuilt(&setup.twin, &at_once).await;
    // The collection is dropped by then.
    let point =
        doc! { "mode": { "times": 1 }, "data": { "failCommands": ["create"], "errorCode": 11600 } };
    let point = mongodb.fail_point(point).await;
    reaches(&setup.twin, &[Phase::Ended]).await;
    drop(point);
    let database = mongodb.plain().await.unwrap();
    let found = database.collection::<Document>(ACCOUNTS);
    let found = found.find_one(doc! { "_id": KEY }).await.unwrap();
    assert!(found.is_some_and(|found| !found.contains_key("_sync")));
    worker.stop().await;
}
