//! A process that writes until it is killed, and notes each write that it was told to be committed.

use std::time::Duration;

use clap::Args;
use rand::{Rng as _, SeedableRng as _, rngs::StdRng};
use twinbase::prelude::*;

use super::place::Place;
use crate::app::{Counter, Note};

/// Counters that all writers share.
const KEYS: u32 = 100;

/// Between two writes, so that the machine has time for the killing.
const PACE: Duration = Duration::from_millis(2);

/// Write until killed.
#[derive(Args)]
pub(crate) struct Arguments {
    #[command(flatten)]
    place: Place,
    /// What to write.
    seed: u64,
}

pub(crate) async fn run(arguments: Arguments) -> anyhow::Result<()> {
    let (twin, mut progress) = arguments.place.open().await?;
    let mut random = StdRng::seed_from_u64(arguments.seed);
    let mut pace = tokio::time::interval(PACE);
    loop {
        pace.tick().await;
        match change(&twin, &mut random).await {
            Ok(token) => {
                for (key, version) in token.entries() {
                    progress.add(&format!("{} {} {version}", key.aggregate_type, key.id))?;
                }
            }
            // What others do at the same time, and a database that is busy with the dead.
            Err(
                PrimaryError::Constraint { .. }
                | PrimaryError::Contention { .. }
                | PrimaryError::Unavailable { .. },
            ) => {}
            Err(error) => return Err(error.into()),
        }
    }
}

/// One change of a random kind; answers what it was told.
async fn change(twin: &Twinbase, random: &mut StdRng) -> Result<Token, PrimaryError> {
    let key = format!("counter-{}", random.random_range(0..KEYS));
    let counter = AggregateId::new(&key).map_err(unusable)?;
    let more = vec![Counter::VALUE.increase(1)];
    match random.random_range(0..10) {
        0..3 => {
            let new = Counter {
                id: counter,
                value: 0,
            };
            Ok(twin.insert(&new).await?.token())
        }
        3..6 => {
            let changed = twin.update::<Counter>(&counter, more).await?;
            Ok(changed.map(|counter| counter.token()).unwrap_or_default())
        }
        6 => {
            let deleted = twin.delete::<Counter>(&counter).await?;
            Ok(deleted.map(|counter| counter.token()).unwrap_or_default())
        }
        _ => {
            let note = Note {
                id: twin.new_id(),
                text: key,
            };
            let (note, counter, more) = (&note, &counter, &more);
            let ((), token) = twin
                .write(|tx| async move {
                    tx.insert(note).await?;
                    tx.update::<Counter>(counter, more.clone()).await?;
                    Ok::<_, PrimaryError>(())
                })
                .await?;
            Ok(token)
        }
    }
}

fn unusable(error: impl std::fmt::Display) -> PrimaryError {
    PrimaryError::InvalidValue {
        operation: "make an id",
        reason: error.to_string(),
    }
}
