//! The end of a test: everything is applied, and both sides are compared.

use std::{fmt::Write as _, sync::Arc, thread, time::Duration};

use twinbase::{
    Twinbase,
    core::{Clock, Schema, error::error_chain, primary::EventGroup},
    sync::{
        verify::{CollectionReport, VerifyReport},
        worker::WorkerOptions,
    },
};

use super::options;
use crate::wait;

/// How long a test waits for what must come.
pub(super) const SOON: Duration = Duration::from_mins(1);

/// What is to be compared: a system that is opened anew, without the faults of the test and on whatever runtime there is.
#[derive(Clone)]
pub(super) struct Settle {
    pub(super) schemas: Vec<Arc<Schema>>,
    pub(super) primary: String,
    pub(super) replica: String,
    pub(super) clock: Arc<dyn Clock>,
}

impl Settle {
    /// Applies what is pending and compares every row with its document.
    ///
    /// # Errors
    /// What is wrong, for people.
    pub(super) async fn run(self) -> Result<(), String> {
        let mut builder = Twinbase::builder().clock(self.clock);
        for schema in self.schemas {
            builder = builder.schema(schema);
        }
        let opened = builder.primary(&self.primary).replica(&self.replica).open();
        let twin = opened.await.map_err(|error| error_chain(&error))?;
        let result = compare(&twin).await;
        twin.close().await;
        result
    }

    /// The same from where nothing can be awaited: on a thread and a runtime of its own.
    pub(super) fn run_blocking(self) -> Result<(), String> {
        let run = move || {
            let runtime = tokio::runtime::Builder::new_current_thread()
                .enable_all()
                .build();
            let runtime = runtime.map_err(|error| error.to_string())?;
            runtime.block_on(self.run())
        };
        let ended = thread::spawn(run).join();
        ended.unwrap_or_else(|_| Err("the comparison panicked".into()))
    }
}

async fn compare(twin: &Twinbase) -> Result<(), String> {
    wait::within(SOON, || apply(twin, options()))
        .await
        .map_err(|state| format!("not everything was applied: {state}"))?;
    let report = twin.verify(|_, _| {}).await;
    let report = report.map_err(|error| error_chain(&error))?;
    if report.is_clean() {
        return Ok(());
    }
    Err(told(twin, &report).await)
}

/// Applies what can be applied now.
///
/// # Errors
/// What is left afterwards.
pub(super) async fn apply(twin: &Twinbase, options: WorkerOptions) -> Result<(), String> {
    let applied = twin.drain(options).await;
    applied.map_err(|error| error_chain(&error))?;
    nothing_pending(twin).await
}

/// Returns when nothing is pending.
///
/// # Errors
/// What is.
pub(super) async fn nothing_pending(twin: &Twinbase) -> Result<(), String> {
    let primary = &twin.sides().primary;
    let status = primary.status().await;
    let status = status.map_err(|error| error_chain(&error))?;
    if status.backlog == 0 {
        return Ok(());
    }
    let mut left = format!(
        "{} events are pending, {} of them after a failed attempt",
        status.backlog, status.retrying
    );
    let pauses = primary.pauses().await.unwrap_or_default();
    if !pauses.is_empty() {
        write!(left, "; paused: {pauses:?}").ok();
    }
    if let Some(error) = twin.worker_status().and_then(|worker| worker.last_error) {
        write!(left, "; the worker's last error: {error}").ok();
    }
    for group in primary.event_groups(5).await.unwrap_or_default() {
        write!(left, "; {}", of_group(&group)).ok();
    }
    Err(left)
}

fn of_group(group: &EventGroup) -> String {
    let EventGroup {
        failed,
        retrying,
        sample_error,
        ..
    } = group;
    format!("{failed} events failed and {retrying} are tried again: {sample_error}")
}

/// The findings of a verification, and why events have failed.
async fn told(twin: &Twinbase, report: &VerifyReport) -> String {
    let wrong = report.collections.iter().filter(|one| !one.is_clean());
    let mut text: Vec<String> = wrong.map(of_collection).collect();
    let groups = twin.sides().primary.event_groups(5).await;
    text.extend(groups.unwrap_or_default().iter().map(of_group));
    text.join("\n")
}

fn of_collection(report: &CollectionReport) -> String {
    let mut text = format!("collection `{}`:", report.collection);
    for sample in &report.samples {
        write!(text, " {:?} {:?};", sample.id, sample.drift).ok();
    }
    write!(text, " {} in all", report.drifted()).ok();
    if let Some(error) = &report.error {
        write!(text, "; {error}").ok();
    }
    text
}
