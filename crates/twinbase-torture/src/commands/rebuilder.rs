//! A process that has collections rebuilt, taken back and rebuilt again, and notes how far that is.

use std::time::Duration;

use clap::Args;
use rand::{Rng as _, SeedableRng as _, rngs::StdRng};
use twinbase::{
    core::primary::Phase,
    prelude::*,
    sync::rebuild::{RebuildError, RebuildOptions, RebuildStatus},
};

use super::place::Place;

/// Between two looks.
const PACE: Duration = Duration::from_millis(150);

/// Rebuild until killed.
#[derive(Args)]
pub(crate) struct Arguments {
    #[command(flatten)]
    place: Place,
    /// What to do when.
    seed: u64,
}

pub(crate) async fn run(arguments: Arguments) -> anyhow::Result<()> {
    let (twin, mut progress) = arguments.place.open().await?;
    let mut random = StdRng::seed_from_u64(arguments.seed);
    let mut pace = tokio::time::interval(PACE);
    loop {
        pace.tick().await;
        for collection in ["counters", "notes"] {
            match look(&twin, collection, &mut random).await {
                Ok(now) => progress.add(&format!(
                    "{collection} {}",
                    now.as_ref().map_or("none", name)
                ))?,
                // A database that is busy with the dead, or somebody who was faster.
                Err(
                    RebuildError::Primary(
                        PrimaryError::Contention { .. } | PrimaryError::Unavailable { .. },
                    )
                    | RebuildError::Busy { .. }
                    | RebuildError::Behind { .. }
                    | RebuildError::NotUnderWay { .. }
                    | RebuildError::NotKept { .. },
                ) => {}
                Err(error) => return Err(error.into()),
            }
        }
    }
}

fn name(status: &RebuildStatus) -> &'static str {
    status.phase.name()
}

/// Sees how far a rebuild is, and does something now and then. Returns how far it is.
async fn look(
    twin: &Twinbase,
    collection: &str,
    random: &mut StdRng,
) -> Result<Option<RebuildStatus>, RebuildError> {
    let rebuilds = twin.rebuilds();
    let now = rebuilds.of(collection).await?;
    let phase = now.as_ref().map_or(Phase::Ended, |now| now.phase);
    let draw = random.random_range(0..30);
    match phase {
        Phase::Ended => {
            let options = RebuildOptions {
                keep: Duration::from_secs([0, 3_600][random.random_range(0..2)]),
                rate: None,
            };
            rebuilds.start(collection, &options).await?;
        }
        Phase::Settling | Phase::Kept if draw == 0 => {
            rebuilds.roll_back(collection).await?;
        }
        Phase::Kept if draw < 4 => {
            rebuilds.cancel(collection).await?;
        }
        _ if now.as_ref().is_some_and(|now| now.paused) => {
            rebuilds.resume(collection).await?;
        }
        Phase::Requested | Phase::Filling | Phase::Indexing | Phase::Verifying if draw == 1 => {
            rebuilds.pause(collection).await?;
        }
        _ => {}
    }
    Ok(now)
}
