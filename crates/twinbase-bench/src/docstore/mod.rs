//! The embedded store alone, against SQLite with hand-written SQL over plain columns, in one run.
//!
//! Both sides hold the same rows in files of their own with the same settings, and both must give the same answer before a
//! time counts.

mod beside;
mod opening;
mod questions;
mod search;
mod sides;
mod upserts;

pub(crate) use questions::group_alone;

use crate::report::Measurement;

pub(crate) async fn measure() -> anyhow::Result<Vec<Measurement>> {
    // Every call of both sides blocks.
    tokio::task::spawn_blocking(|| {
        let mut measurements = upserts::measure()?;
        measurements.extend(questions::measure()?);
        measurements.extend(search::measure()?);
        measurements.extend(beside::measure()?);
        measurements.extend(opening::measure()?);
        Ok(measurements)
    })
    .await?
}
