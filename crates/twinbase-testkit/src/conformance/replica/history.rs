//! Any order, any repetition: the end is the same, and no step goes back.

use std::{collections::HashMap, sync::Arc};

use bson::{Document, doc};
use rand::{Rng as _, SeedableRng as _, rngs::StdRng, seq::SliceRandom as _};
use twinbase_core::{Body, Change, Outcome, Replica};

use super::notes::{NOTES, applied, change, id, tombstone};

const SEEDS: u64 = 8;
const IDS: usize = 12;
const VERSIONS: i64 = 9;

/// Updates, deletes and re-creations of some ids, shuffled and repeated, in batches of any size.
pub async fn shuffled_and_repeated_history_ends_at_the_newest(replica: Arc<dyn Replica>) {
    for seed in 0..SEEDS {
        println!("seed {seed}");
        play(&*replica, seed).await;
    }
}

async fn play(replica: &dyn Replica, seed: u64) {
    let mut random = StdRng::seed_from_u64(seed);
    let (mut history, newest) = history(seed, &mut random);
    let repeated: Vec<Change> = (0..history.len() / 2)
        .map(|_| history[random.random_range(0..history.len())].clone())
        .collect();
    history.extend(repeated);
    history.shuffle(&mut random);

    let mut reached: HashMap<String, i64> = HashMap::new();
    while !history.is_empty() {
        let batch = take_distinct(&mut history, random.random_range(1..=IDS));
        let outcomes = applied(replica, &batch).await;
        for (change, outcome) in batch.iter().zip(outcomes) {
            let before = reached.entry(change.id.to_string()).or_default();
            let expected = if change.version.get() > *before {
                Outcome::Applied
            } else {
                Outcome::Superseded
            };
            assert_eq!(outcome, expected, "seed {seed}: {change:?} on {before}");
            *before = change.version.get().max(*before);
        }
        check_versions(replica, &reached, seed).await;
    }
    check_end(replica, &newest, seed).await;
}

/// The history of every id, and its last change.
fn history(seed: u64, random: &mut StdRng) -> (Vec<Change>, Vec<Change>) {
    let (mut all, mut newest) = (Vec::new(), Vec::new());
    for n in 0..IDS {
        let id = format!("s{seed}-{n}");
        let own: Vec<Change> = (1..=VERSIONS)
            .map(|version| match random.random_range(0..3) {
                0 => tombstone(&id, version),
                _ => change(&id, version, doc! { "text": format!("{id} at {version}") }),
            })
            .collect();
        newest.extend(own.last().cloned());
        all.extend(own);
    }
    (all, newest)
}

/// A batch has distinct ids.
fn take_distinct(history: &mut Vec<Change>, most: usize) -> Vec<Change> {
    let (mut batch, mut rest): (Vec<Change>, Vec<Change>) = (Vec::new(), Vec::new());
    for change in history.drain(..) {
        if batch.len() < most && batch.iter().all(|taken| taken.id != change.id) {
            batch.push(change);
        } else {
            rest.push(change);
        }
    }
    *history = rest;
    batch
}

async fn check_versions(replica: &dyn Replica, reached: &HashMap<String, i64>, seed: u64) {
    let ids: Vec<_> = reached.keys().map(|text| id(text)).collect();
    let versions = replica.versions(&NOTES, &ids).await.unwrap();
    assert_eq!(versions.len(), reached.len(), "seed {seed}");
    for of in versions {
        let expected = reached[of.id.as_str()];
        assert_eq!(of.version.get(), expected, "seed {seed}: {}", of.id);
    }
}

async fn check_end(replica: &dyn Replica, newest: &[Change], seed: u64) {
    let ids: Vec<_> = newest.iter().map(|change| change.id.clone()).collect();
    let stored = replica.get(&NOTES, &ids).await.unwrap();
    assert_eq!(stored.len(), newest.len(), "seed {seed}");
    for change in newest {
        let stored = stored.iter().find(|stored| stored.id == change.id).unwrap();
        let expected = match &change.body {
            Body::Tombstone(_) => None,
            Body::Document(fields) => {
                let mut document: Document = doc! { "_id": change.id.as_str() };
                document.extend(fields.clone());
                Some(document)
            }
        };
        assert_eq!(stored.version, change.version, "seed {seed}");
        assert_eq!(stored.document, expected, "seed {seed}");
    }
}
