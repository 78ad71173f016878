//! From the system to the view. Every part may fail by itself, and then says so.

use twinbase::{SideHealth, prelude::*};

use super::{
    Site,
    view::{Mood, Place, Sync, View, WorkerView, commands},
};
use crate::system;

pub(super) async fn gather(site: &Site, url: &str, request_id: String) -> View {
    let twin = site.state.twin();
    let health = twin.health().await;
    let sync = health.outbox.as_ref().map(|outbox| Sync {
        lag: outbox.oldest_pending.unwrap_or_default(),
        backlog: outbox.backlog,
        is_exact: outbox.backlog_is_exact,
        empty_in: health.trend.and_then(|trend| trend.eta),
        retrying: outbox.retrying,
        failed: outbox.failed,
        thresholds: health.thresholds,
    });
    View {
        version: env!("CARGO_PKG_VERSION"),
        as_of: as_of(twin.sides().clock.now()),
        theme: None,
        request_id,
        worker: worker(health.worker.as_ref(), sync.as_ref()),
        places: [
            place(
                "Primary",
                "Every change commits here first.",
                &health.primary,
            ),
            place(
                "Replica",
                "Leaderboards and lists are read from here.",
                &health.replica,
            ),
        ],
        data_folder: site.data_folder.clone(),
        sync,
        commands: commands(url, &site.program),
    }
}

fn place(side: &'static str, purpose: &'static str, health: &SideHealth) -> Place {
    Place {
        side,
        purpose,
        kind: health.kind,
        location: system::place(health.kind, &health.location),
        answer: health.answer.clone(),
    }
}

/// A worker of another process shows only by its work.
fn worker(status: Option<&WorkerStatus>, sync: Option<&Sync>) -> WorkerView {
    let Some(status) = status else {
        let waiting = sync.is_some_and(|sync| sync.backlog > 0);
        return WorkerView {
            mood: if waiting {
                Mood::Warning
            } else {
                Mood::Neutral
            },
            state: "not in this process".to_owned(),
            detail: if waiting {
                "Changes are waiting. Check that `studyhall worker` runs.".to_owned()
            } else {
                "It runs as `studyhall worker`; nothing is waiting for it.".to_owned()
            },
        };
    };
    let mut mood = match status.state {
        WorkerState::Starting
        | WorkerState::Idle
        | WorkerState::Working
        | WorkerState::CatchingUp => Mood::Good,
        WorkerState::BackingOff | WorkerState::Paused | WorkerState::Outdated => Mood::Warning,
        WorkerState::Stalled | WorkerState::Stopped => Mood::Bad,
    };
    let mut detail = match &status.last_error {
        Some(error) if mood != Mood::Good => {
            format!("{error}; changes are kept meanwhile.")
        }
        _ if mood != Mood::Good => "Changes are kept meanwhile.".to_owned(),
        _ => format!(
            "In this process; it wrote {} documents since it started.",
            status.applied
        ),
    };
    let failing = status.collections.iter().filter(|of| of.state.is_failing());
    for of in failing {
        mood = Mood::Warning.max(mood);
        let remedy = of.remedy.unwrap_or_default();
        let (name, state) = (&of.collection, of.state.name());
        detail = format!("{detail} Collection {name} is {state}. {remedy}");
    }
    WorkerView {
        mood,
        state: status.state.name().to_owned(),
        detail,
    }
}

/// To the second: more is noise to a person.
fn as_of(now: jiff::Timestamp) -> String {
    let text = now.to_string();
    let seconds = text.split(['.', 'Z']).next().unwrap_or(&text);
    format!("{} UTC", seconds.replace('T', " "))
}
