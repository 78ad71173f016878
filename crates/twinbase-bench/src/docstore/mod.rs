//! The embedded store alone, against SQLite with hand-written SQL over plain columns, in one run.
//!
//! Both sides hold the same rows in files of their own with the same settings, and both must give the same answer before a
//! time counts. A full-text question belongs into [`questions`] as soon as the store has `$text`: a page of results in
//! these 100,000 titles, in at most 5 ms.

mod beside;
mod opening;
mod questions;
mod sides;
mod upserts;

pub(crate) use questions::group_alone;

use crate::report::Measurement;

pub(crate) async fn measure() -> anyhow::Result<Vec<Measurement>> {
    // Every call of both sides blocks.
    tokio::task::spawn_blocking(|| {
        let mut measurements = upserts::measure()?;
        measurements.extend(questions::measure()?);
        measurements.extend(beside::measure()?);
        measurements.extend(opening::measure()?);
        Ok(measurements)
    })
    .await?
}
