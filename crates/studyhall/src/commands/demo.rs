//! `studyhall demo`: fills a community, and waits until its documents are there.

use std::{
    fmt::Write as _,
    time::{Duration, Instant},
};

use serde_json::json;
use studyhall::domain::{Password, Passwords, Username};
use twinbase::prelude::*;
use twinbase_cli::describe_pause;

use super::{arguments::Demo, worker_options};
use crate::{
    config::Config,
    demo::{self, Community, Filled, Size},
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
            arguments.people
        );
        if !ask(&question, "Use --yes to write them without a question.").await? {
            say("Nothing was written.");
            return Ok(Exit::Done);
        }
    }
    let system = System::open(config, &[]).await?;
    system.migrate_what_is_there().await?;
    let community = community(&system.twin, arguments).await?;
    refuse_if_known(&system.twin, &community, arguments).await?;
    let options = WorkerOptions {
        // So much is pending because it was just written: nobody has to find out why.
        backlog_cap: u64::MAX,
        ..worker_options(config)
    };
    // From the beginning: while one part is written, the documents of those before are made.
    let worker = system.twin.start_worker(options);
    let progress = Progress::new("filling", Some(community.parts() as u64));
    let began = Instant::now();
    let filled = demo::fill(&system.twin, &community, |done| progress.set(done as u64)).await;
    progress.finish();
    let written = began.elapsed();
    let synced = match (worker, &filled) {
        (Err(error), _) => Err(error.to_string()),
        (Ok(worker), Ok(_)) => carry_over(&system.twin, worker).await,
        (Ok(worker), Err(_)) => {
            worker.stop().await;
            Ok(())
        }
    };
    let filled = filled.map_err(|error| {
        let remedy = "Correct the cause, then fill another folder or database: what was written before stays.";
        Failure::of(&error, remedy)
    })?;
    let applied = began.elapsed().saturating_sub(written);
    system.twin.close().await;
    tracing::info!(
        ?written,
        ?applied,
        events = filled.events,
        "the community is filled"
    );
    print(output, &community, filled)?;
    match synced {
        Ok(()) => Ok(Exit::Done),
        Err(reason) => {
            tracing::warn!(reason, "the documents follow when a worker applies them");
            Ok(Exit::PartlyDone)
        }
    }
}

async fn community(twin: &Twinbase, arguments: &Demo) -> Result<Community, Failure> {
    let size = Size {
        people: arguments.people,
        days: arguments.days,
    };
    let now = twin.sides().clock.now();
    Community::new(size, arguments.seed, now, hash().await?)
        .map_err(|error| Failure::of(&error, "This is a defect of this version."))
}

/// A community that is there is not mixed with one that is made up, unless that is wanted.
async fn refuse_if_known(
    twin: &Twinbase,
    community: &Community,
    arguments: &Demo,
) -> Result<(), Failure> {
    let known = demo::known(twin, community).await;
    let (people, known) = known.map_err(|error| Failure::of(&error, "Try again."))?;
    if known > 0 {
        let wanted = arguments.people;
        return Err(Failure::new(
            format!("{known} of the {wanted} people of this demo are in the data already"),
            "Make other people with --seed, or use another folder with --data-dir.",
        ));
    }
    if people > 0 && !arguments.force {
        return Err(Failure::new(
            match people {
                1 => "there is 1 person in the data already".to_owned(),
                people => format!("there are {people} people in the data already"),
            },
            "Add those of the demo with --force, or use another folder with --data-dir.",
        ));
    }
    Ok(())
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

/// Waits until nothing is pending, and stops the worker; one that runs elsewhere may help.
async fn carry_over(twin: &Twinbase, worker: Worker) -> Result<(), String> {
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

fn print(output: Output, community: &Community, filled: Filled) -> Result<(), Failure> {
    let login = |(username, sees): (&Username, &str)| json!({ "username": &**username, "password": PASSWORD, "sees": sees });
    let logins: Vec<_> = community.logins().map(login).collect();
    let mut whole = json!(filled);
    // As signing in takes it.
    let first = community.logins().next();
    whole["login"] = first.map_or(
        json!(null),
        |(username, _)| json!({ "username": &**username, "password": PASSWORD }),
    );
    whole["logins"] = json!(logins);
    output.data(&whole, std::slice::from_ref(&whole), || {
        let counts = [
            filled.users,
            filled.todos,
            filled.points,
            filled.sessions,
            filled.reports,
            filled.friendships,
            filled.messages,
            filled.forms,
            filled.responses,
            filled.events,
        ];
        let names = [
            "users",
            "todos",
            "points",
            "sessions",
            "reports",
            "friendships",
            "messages",
            "forms",
            "responses",
            "events",
        ];
        let mut text = table(names, [counts.map(|count| count.to_string())]);
        let _ = write!(text, "\nSign in with the password {PASSWORD} as");
        for (username, sees) in community.logins() {
            let _ = write!(text, "\n  {username:<24} {sees}");
        }
        text
    })
}
