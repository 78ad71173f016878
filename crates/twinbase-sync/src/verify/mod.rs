//! Verification: every row against its document, without a pause and without false alarms.
//!
//! # The protocol
//!
//! A walk goes page by page, first through the rows, each with its document, then through documents and tombstones, to find
//! those that have no row. Row and document that are at one version and equal are done with, whenever each was read: of one
//! version there is one content. Everything else is judged by its id (`judge.rs`), which tells what is wrong from what is on its
//! way. A page of rows is as long as its bytes allow. What cannot be read is a finding about that document or that collection:
//! the walk goes on.

mod compare;
mod judge;
mod pace;
mod report;
mod scope;
mod walk;

pub(crate) use compare::{Verdict, compare, impossible};
pub(crate) use judge::judge;
pub(crate) use pace::Pace;
pub use report::{CollectionReport, Drift, Finding, VerifyReport};
pub use scope::{Scope, VerifyOptions};
pub(crate) use walk::{MOST, Walk};

use crate::{Sides, error_chain, generations, timeline, worker::EngineError};

/// Compares every row and every document of a scope. `progress` gets the collection and
/// how many rows and documents of it have been compared.
///
/// # Errors
/// The first error, when no collection could be compared to its end. One that fails alone is
/// [`CollectionReport::error`], and the others are compared all the same.
pub async fn verify(
    sides: &Sides,
    options: &VerifyOptions,
    mut progress: impl FnMut(&str, u64) + Send,
) -> Result<VerifyReport, EngineError> {
    let mut pace = Pace::new(options.rate);
    let (mut collections, mut first_error) = (Vec::new(), None);
    for schema in sides.registry.iter().filter(|of| options.scope.has(of)) {
        let mut serving = generations::serving(sides, schema).await?;
        let mut walk = Walk::new(&serving, &options.scope);
        loop {
            let before = walk.report.compared();
            match walk.step(sides, pace.page(MOST)).await {
                // A rebuild may have removed the collection meanwhile: then it is another one that counts.
                Ok(Some(found))
                    if !found.is_empty() && !generations::receives(sides, &serving).await? =>
                {
                    serving = generations::serving(sides, schema).await?;
                    walk = Walk::new(&serving, &options.scope);
                    continue;
                }
                Ok(Some(_)) => progress(&schema.collection, walk.report.compared()),
                Ok(None) => break,
                Err(error) => {
                    walk.report.error = Some(described(&error));
                    first_error.get_or_insert(error);
                    break;
                }
            }
            pace.did(walk.report.compared() - before).await;
        }
        collections.push(walk.report);
    }
    match first_error {
        Some(error) if collections.iter().all(|report| report.error.is_some()) => Err(error),
        _ => Ok(VerifyReport { collections }),
    }
}

/// An error with its causes and its remedy.
pub(crate) fn described(error: &EngineError) -> String {
    format!("{}. {}", error_chain(error), error.remedy())
}

/// Compares as [`verify`] does. All of it without a finding ends the alarm of a database that was put back.
///
/// # Errors
/// Those of [`verify`], and when the timeline cannot be read or written.
pub async fn verify_and_prove(
    sides: &Sides,
    options: &VerifyOptions,
    progress: impl FnMut(&str, u64) + Send,
) -> Result<VerifyReport, EngineError> {
    let began = sides.primary.timeline().await?;
    let report = verify(sides, options, progress).await?;
    if options.scope == Scope::default() && report.is_clean() {
        timeline::prove(sides, &began).await?;
    }
    Ok(report)
}
