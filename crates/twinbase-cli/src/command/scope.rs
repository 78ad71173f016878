//! What `verify` and `repair` compare, as people say it.

use std::{fmt::Write as _, num::NonZeroU32};

use clap::Args;
use twinbase::{
    Twinbase,
    core::{AggregateId, Timestamp},
    sync::verify::{CollectionReport, Drift, Finding, Scope, VerifyOptions},
};

use super::rate::parse as parse_rate;
use crate::terminal::{Failure, text::one_line};

/// What is compared, and how fast.
#[derive(Debug, Args)]
pub(super) struct ScopeArguments {
    /// This collection; without it all.
    #[arg(value_name = "COLLECTION")]
    collection: Option<String>,
    /// These ids of it; without them all.
    #[arg(value_name = "ID", conflicts_with_all = ["after", "until", "since"])]
    ids: Vec<String>,
    /// Only ids after this one, in the order of their bytes.
    #[arg(long, value_name = "ID")]
    after: Option<String>,
    /// Only ids up to this one, itself included.
    #[arg(long, value_name = "ID")]
    until: Option<String>,
    /// Only what has changed since this time and whose events were applied, such as 2026-01-31T08:00:00Z. Events are kept for 7 days.
    #[arg(long, value_name = "TIME")]
    since: Option<Timestamp>,
    /// At most this many rows and documents a second, such as 2000/s; without it there is no limit.
    #[arg(long, value_name = "N/s", value_parser = parse_rate)]
    rate: Option<NonZeroU32>,
}

impl ScopeArguments {
    /// The options, once the databases are known to have what is named.
    pub(super) fn of(&self, twin: &Twinbase) -> Result<VerifyOptions, Failure> {
        let ids = self.ids.iter().map(AggregateId::new);
        let ids = ids.collect::<Result<_, _>>().map_err(|error| {
            Failure::new("that is not an id of a document", "Correct the id.")
                .because(error)
                .of_usage()
        })?;
        let scope = Scope {
            collections: self.collection.iter().cloned().collect(),
            ids,
            after: self.after.clone(),
            until: self.until.clone(),
            since: self.since,
        };
        if let Some(name) = scope.unknown(twin.registry()) {
            return Err(no_collection(twin, name));
        }
        if let Some((part, why)) = scope.impossible(twin.sides().clock.now()) {
            let wrong = Failure::new(format!("--{part} {why}"), "Correct it.");
            return Err(wrong.of_usage());
        }
        Ok(VerifyOptions {
            scope,
            rate: self.rate,
            resume: false,
        })
    }
}

pub(super) fn no_collection(twin: &Twinbase, name: &str) -> Failure {
    let names = twin
        .registry()
        .iter()
        .map(|schema| schema.collection.as_ref());
    let names: Vec<_> = names.collect();
    Failure::new(
        format!("there is no collection `{}`", one_line(name)),
        format!("Use one of these: {}.", names.join(", ")),
    )
    .of_usage()
}

/// What is wrong in a collection, in one line.
pub(super) fn wrong(report: &CollectionReport) -> String {
    let kinds = Drift::ALL.into_iter().filter(|drift| report.of(*drift) > 0);
    let kinds = kinds.map(|drift| format!("{} {}", report.of(drift), drift.name()));
    let mut text = kinds.collect::<Vec<_>>().join(", ");
    if report.with_failed_event > 0 {
        let _ = write!(text, " ({} with a failed event)", report.with_failed_event);
    }
    text
}

/// One finding, in one line.
pub(super) fn describe(collection: &str, finding: &Finding) -> String {
    let mut text = format!(
        "{}: {collection}/{}",
        finding.drift.name(),
        one_line(&finding.id)
    );
    match finding.document {
        Some(version) if version != finding.head => {
            let _ = write!(text, " at version {version}, its row at {}", finding.head);
        }
        _ => {}
    }
    if !finding.fields.is_empty() {
        let _ = write!(text, " in {}", one_line(&finding.fields.join(", ")));
    }
    if let Some(event) = &finding.failed_event {
        let _ = write!(text, "; event {} has failed", one_line(event));
    }
    text
}
