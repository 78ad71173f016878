//! `studyhall demo`: fills a community, and waits until its documents are there.

use std::time::Duration;

use serde_json::json;
use studyhall::domain::{Password, Passwords};
use twinbase::prelude::*;
use twinbase_cli::describe_pause;

use super::{arguments::Demo, worker_options};
use crate::{
    config::Config,
    demo::{self, Filled, Plan, Size},
    system::System,
    terminal::{Exit, Failure, Output, Progress, ask, say, table},
};

/// Everybody's password: this is a demonstration, and it is printed.
const PASSWORD: &str = "studyhall-demo";

/// How often the backlog is polled while it shrinks.
const POLL_EVERY: Duration = Duration::from_millis(100);

pub(super) async fn run(
    config: &Config,
    output: Output,
    arguments: &Demo,
) -> Result<Exit, Failure> {
    let servers = config.servers();
    if !servers.is_empty() && !arguments.yes {
        let where_to = servers.join(" and ");
        let question = format!(
            "Write {} accounts with a password that everybody knows to {where_to}?",
            arguments.users
        );
        if !ask(&question, "Use --yes to write them without a question.").await? {
            say("Nothing was written.");
            return Ok(Exit::Done);
        }
    }
    let system = System::open(config, &[]).await?;
    system.migrate_what_is_there().await?;
    let size = Size {
        users: arguments.users,
        todos: arguments.todos,
    };
    let now = system.twin.sides().clock.now();
    let plan = demo::plan(size, arguments.seed, now);
    let known = demo::known(&system.twin, &plan).await?;
    if !known.is_empty() && !arguments.go_on {
        return Err(exists(known.len(), &plan));
    }
    let total = u64::from(size.users) + u64::from(size.todos);
    let progress = Progress::new("writing", Some(total));
    let filled = demo::fill(&system.twin, &plan, &known, &hash().await?, |done| {
        progress.set(done);
    })
    .await
    .map_err(|error| {
        Failure::of(
            &error,
            "Correct the cause, then run it again with --continue.",
        )
    });
    progress.finish();
    let filled = filled?;
    let synced = carry_over(&system.twin, worker_options(config)).await;
    system.twin.close().await;
    print(output, &plan, filled)?;
    match synced {
        Ok(()) => Ok(Exit::Done),
        Err(reason) => {
            tracing::warn!(reason, "the documents follow when a worker applies them");
            Ok(Exit::PartlyDone)
        }
    }
}

fn exists(known: usize, plan: &Plan) -> Failure {
    Failure::new(
        format!(
            "{known} of the {} people of this demo are in the data already",
            plan.users.len()
        ),
        "Add what is missing with --continue, make other people with --seed, or use another folder with --data-dir.",
    )
}

/// One hash for all: hashing is slow on purpose, and the password is no secret.
async fn hash() -> Result<studyhall::domain::PasswordHash, Failure> {
    let failed = |error: &(dyn std::error::Error + 'static)| Failure::of(error, "Try again.");
    let password = Password::parse(PASSWORD).map_err(|error| failed(&error))?;
    Passwords::new()
        .hash(&password)
        .await
        .map_err(|error| failed(&error))
}

/// Runs a worker until nothing is pending; one that runs elsewhere may help.
async fn carry_over(twin: &Twinbase, options: WorkerOptions) -> Result<(), String> {
    let worker = twin
        .start_worker(options)
        .map_err(|error| error.to_string())?;
    let mut progress: Option<(u64, Progress)> = None;
    let result = loop {
        // In this order: what waits after the worker found nothing to do will not be done.
        let hindered = hindrance(worker.status());
        let backlog = twin.health().await.outbox.map(|outbox| outbox.backlog);
        let backlog = match (backlog, hindered) {
            (Some(0), _) => break Ok(()),
            (_, Some(reason)) => break Err(reason),
            (None, None) => break Err("the primary does not answer".to_owned()),
            (Some(backlog), None) => backlog,
        };
        let (most, bar) = progress.get_or_insert_with(|| {
            let bar = Progress::new("carrying over", Some(backlog));
            (backlog, bar)
        });
        bar.set(most.saturating_sub(backlog));
        tokio::time::sleep(POLL_EVERY).await;
    };
    if let Some((_, bar)) = progress {
        bar.finish();
    }
    worker.stop().await;
    result
}

/// Why the worker does not get further, when that may last longer than anybody waits.
fn hindrance(status: WorkerStatus) -> Option<String> {
    match status.state {
        WorkerState::BackingOff | WorkerState::Outdated => {
            Some(status.last_error.unwrap_or_default())
        }
        WorkerState::Stalled => Some("the replica does not finish a batch".to_owned()),
        // A pause survives restarts; whoever runs this need not know of it.
        WorkerState::Idle | WorkerState::Paused => status
            .pauses
            .first()
            .map(|pause| format!("paused: {}", describe_pause(pause))),
        WorkerState::Starting
        | WorkerState::Working
        | WorkerState::CatchingUp
        | WorkerState::Stopped => None,
    }
}

fn print(output: Output, plan: &Plan, filled: Filled) -> Result<(), Failure> {
    let username = plan.users.first().map_or("", |user| &user.username);
    let Filled {
        users,
        todos,
        points,
    } = filled;
    let whole = json!({
        "users": users, "todos": todos, "points": points,
        "login": { "username": username, "password": PASSWORD },
    });
    output.data(&whole, std::slice::from_ref(&whole), || {
        let counts = [users, todos, points].map(|count| count.to_string());
        let table = table(["users", "todos", "points"], [counts]);
        format!("{table}\nSign in as {username} with the password {PASSWORD}.")
    })
}
