//! From the system to the view. Every part may fail by itself, and then says so.

use std::time::Duration;

use studyhall::domain::queries::{self, Board, Freshness};
use twinbase::{SideHealth, prelude::*};

use super::{
    Reader, Site,
    view::{Leader, Leaderboard, Mood, Place, Sync, View, WorkerView, commands},
};
use crate::system;

/// A page that is half there soon is better than a whole one that never comes.
const PATIENCE: Duration = Duration::from_secs(5);

pub(super) async fn gather(site: &Site, reader: Reader, url: &str, request_id: String) -> View {
    let twin = site.state.twin();
    let (health, leaderboard) = tokio::join!(
        twin.health(),
        tokio::time::timeout(PATIENCE, leaderboard(twin)),
    );
    let slow = || Err("The leaderboard took too long.".to_owned());
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
        is_operator: reader == Reader::Operator,
        request_id,
        worker: worker(health.worker.as_ref(), sync.as_ref(), reader),
        places: [
            place(
                "Primary",
                "Every change commits here first.",
                &health.primary,
                reader,
            ),
            place(
                "Replica",
                "Leaderboards and lists are read from here.",
                &health.replica,
                reader,
            ),
        ],
        data_folder: site
            .data_folder
            .clone()
            .filter(|_| reader == Reader::Operator),
        sync,
        leaderboard: leaderboard.unwrap_or_else(|_| slow()),
        commands: commands(url, program(site, reader)),
    }
}

async fn leaderboard(twin: &Twinbase) -> Result<Leaderboard, String> {
    match queries::top(twin, &Board::all_time(), &Freshness::default()).await {
        Ok(answer) => Ok(Leaderboard {
            source: match answer.source {
                Source::Replica => "document database",
                Source::Primary => "SQL database",
            },
            staleness: answer.staleness,
            leaders: answer
                .value
                .into_iter()
                .map(|entry| Leader {
                    username: entry.username.to_string(),
                    total_points: entry.total_points.into(),
                })
                .collect(),
        }),
        Err(error) => {
            tracing::warn!(
                error = &error as &dyn std::error::Error,
                "the page has no leaderboard"
            );
            Err("Neither database returned the leaderboard.".to_owned())
        }
    }
}

/// A path of this machine is for operators.
fn program(site: &Site, reader: Reader) -> &str {
    match reader {
        Reader::Operator => &site.program,
        Reader::Stranger => site.program.rsplit('/').next().unwrap_or_default(),
    }
}

fn place(side: &'static str, purpose: &'static str, health: &SideHealth, reader: Reader) -> Place {
    let for_operators = |text: String| match reader {
        Reader::Operator => text,
        Reader::Stranger => String::new(),
    };
    Place {
        side,
        purpose,
        kind: health.kind,
        location: for_operators(system::place(health.kind, &health.location)),
        answer: health.answer.clone().map_err(for_operators),
    }
}

/// A worker of another process shows only by its work.
fn worker(status: Option<&WorkerStatus>, sync: Option<&Sync>, reader: Reader) -> WorkerView {
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
        Some(error) if mood != Mood::Good && reader == Reader::Operator => {
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
