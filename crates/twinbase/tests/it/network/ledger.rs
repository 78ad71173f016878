//! What writers tried and what they were told, to be compared with what is there in the end.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex},
    time::Duration,
};

use rand::{Rng as _, SeedableRng as _, rngs::StdRng};
use twinbase::prelude::*;

use super::wires::Wires;
use crate::app::{Account, Note, account, id, note};

const KEYS: u32 = 20;

const PACE: Duration = Duration::from_millis(5);

/// The account of one key as its writers know it.
#[derive(Debug, Default, Clone)]
struct Entry {
    /// Changes that were asked for.
    tried: i64,
    /// Changes that were told to be committed.
    told: i64,
    /// The highest version that anybody was told.
    version: i64,
}

/// What all writers know. Cheap to clone.
#[derive(Clone, Default)]
pub(super) struct Ledger(Arc<Mutex<BTreeMap<String, Entry>>>);

impl Ledger {
    fn note(&self, key: &str, change: impl FnOnce(&mut Entry)) {
        change(self.0.lock().unwrap().entry(key.to_owned()).or_default());
    }

    /// How many changes were told to be committed.
    pub(super) fn told(&self) -> i64 {
        self.0
            .lock()
            .unwrap()
            .values()
            .map(|entry| entry.told)
            .sum()
    }

    /// How many changes were asked for and not told to be committed.
    pub(super) fn unknown(&self) -> i64 {
        let entries = self.0.lock().unwrap();
        entries.values().map(|entry| entry.tried - entry.told).sum()
    }

    /// Writes until `enough`, through whatever the network does. An error other than one of the network's is a failure.
    pub(super) async fn write(self, twin: Twinbase, seed: u64, enough: impl Fn() -> bool) {
        let mut random = StdRng::seed_from_u64(seed);
        // As often as an application's user, so that a fault meets work and the history stays short.
        let mut pace = tokio::time::interval(PACE);
        let mut round = 0;
        while !enough() {
            pace.tick().await;
            round += 1;
            let key = format!("key-{}", random.random_range(0..KEYS));
            let outcome = match random.random_range(0..10) {
                0..2 => self.insert(&twin, &key).await,
                2..7 => self.increase(&twin, &key).await,
                _ => {
                    self.with_note(&twin, &key, &format!("note-{seed}-{round}"))
                        .await
                }
            };
            match outcome {
                // What was cut off, what waits behind it, and an insert of what is there.
                Ok(())
                | Err(
                    PrimaryError::Unavailable { .. }
                    | PrimaryError::Contention { .. }
                    | PrimaryError::Constraint { .. },
                ) => {}
                Err(error) => panic!("seed {seed}: {error:?}"),
            }
        }
    }

    async fn insert(&self, twin: &Twinbase, key: &str) -> Result<(), PrimaryError> {
        self.note(key, |entry| entry.tried += 1);
        let outcome = twin.insert(&account(key)).await;
        self.settle(key, outcome.map(|written| Some(written.version)))
    }

    async fn increase(&self, twin: &Twinbase, key: &str) -> Result<(), PrimaryError> {
        self.note(key, |entry| entry.tried += 1);
        let set = vec![Account::POINTS.increase(1)];
        let outcome = twin.update::<Account>(&id(key), set).await;
        self.settle(key, outcome.map(|written| Some(written?.version)))
    }

    /// An account and its note change together or not at all; the note is gone again when there is no account.
    async fn with_note(&self, twin: &Twinbase, key: &str, name: &str) -> Result<(), PrimaryError> {
        self.note(key, |entry| entry.tried += 1);
        let outcome = twin
            .write(|tx| async move {
                let of = id(key);
                tx.insert(&note(name, &of)).await?;
                let set = vec![Account::POINTS.increase(1)];
                let changed = tx.update::<Account>(&of, set).await?;
                if changed.is_none() {
                    tx.delete::<Note>(&id(name)).await?;
                }
                Ok::<_, PrimaryError>(changed.map(|account| account.version))
            })
            .await;
        self.settle(key, outcome.map(|(version, _)| version))
    }

    fn settle(
        &self,
        key: &str,
        outcome: Result<Option<Version>, PrimaryError>,
    ) -> Result<(), PrimaryError> {
        match &outcome {
            Ok(Some(version)) => self.note(key, |entry| {
                entry.told += 1;
                entry.version = entry.version.max(version.get());
            }),
            // Known not to have happened.
            Ok(None) | Err(PrimaryError::Contention { .. } | PrimaryError::Constraint { .. }) => {
                self.note(key, |entry| entry.tried -= 1);
            }
            Err(_) => {}
        }
        outcome.map(drop)
    }

    /// Everything that was told is there, and nothing happened more often than it was asked for.
    pub(super) async fn holds(&self, wires: &Wires) {
        let entries = self.0.lock().unwrap().clone();
        for (key, entry) in entries {
            let now = wires.calm.get::<Account>(&id(&key)).await.unwrap();
            let now = now.map_or(0, |account| account.version.get());
            let allowed = entry.told.max(entry.version)..=entry.tried;
            assert!(allowed.contains(&now), "{key} is at {now}: {entry:?}");
        }
    }
}
