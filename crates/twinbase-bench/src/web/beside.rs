//! Somebody who writes while pages are read.

use std::time::{Duration, Instant};

use anyhow::{Context as _, ensure};
use serde_json::json;
use studyhall_load::{Method, Person};
use tokio::{
    sync::oneshot,
    task::JoinHandle,
    time::{MissedTickBehavior, interval},
};

use crate::{report::Measurement, statistics::rate};

/// What a small community writes at its busiest.
const EVERY: Duration = Duration::from_millis(200);

/// Writes todos down and completes them until it is stopped.
pub(super) struct Writer {
    stop: oneshot::Sender<()>,
    task: JoinHandle<anyhow::Result<Measurement>>,
}

impl Writer {
    pub(super) fn start(person: Person) -> Self {
        let (stop, mut stopped) = oneshot::channel();
        let task = tokio::spawn(async move {
            let (began, mut count) = (Instant::now(), 0);
            let mut due = interval(EVERY);
            due.set_missed_tick_behavior(MissedTickBehavior::Delay);
            loop {
                tokio::select! {
                    biased;
                    _ = &mut stopped => break,
                    _ = due.tick() => {}
                }
                write(&person).await?;
                count += 2;
            }
            let value = rate(count, began.elapsed());
            let detail = "todos written down and completed by somebody else".to_owned();
            Ok(Measurement::one(
                "writes beside it",
                "/s",
                value,
                None,
                detail,
            ))
        });
        Self { stop, task }
    }

    /// Ends it; says how much it wrote.
    pub(super) async fn stop(self) -> anyhow::Result<Measurement> {
        // It has ended by itself where a write failed, which it says then.
        self.stop.send(()).ok();
        self.task.await.context("the writer")?
    }
}

async fn write(person: &Person) -> anyhow::Result<()> {
    let body = json!({ "title": "Beside the benchmark" });
    let made = person
        .call(Method::POST, "/todos", Some(&body), None)
        .await?;
    let id = made.json()["id"].as_str().unwrap_or_default().to_owned();
    let done = format!("/todos/{id}/complete");
    let done = person.call(Method::POST, &done, None, None).await?;
    ensure!(done.status.is_success(), "{}", done.text());
    Ok(())
}
