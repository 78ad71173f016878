//! `recover`: an operator declares that a database was put back, where nothing could detect it.

use clap::Args;
use serde_json::json;
use twinbase::{
    core::primary::{Cause, Timeline},
    operate::{Done, Task},
    sync::timeline,
};

use super::visit_knowing;
use crate::{
    Host, program,
    terminal::{Exit, Failure, Output, ask, say},
};

pub(super) const EXAMPLES: &str = "\
Examples:
  {program} recover --dry-run   show what is known, change nothing
  {program} recover             after a backup was restored in place
  {program} recover --yes       without a question

A program and its workers find by themselves that a database was replaced or put back: by its identity, by the heartbeat, and by
documents that are newer than their rows. A restore in place that lost less than a heartbeat, ten seconds, they may find late.
Give this command after each restore by hand: every version from now on is above every one before, and tokens of before are answered by
the primary. It is safe at any time. Then `{program} repair` mends what differs, and a whole `{program} verify` without
a finding ends the alarm.";

/// The arguments of `recover`.
#[derive(Debug, Args)]
pub struct Recover {
    /// Only show what is known, and what a worker would notice now.
    #[arg(long)]
    dry_run: bool,
    /// Do not ask.
    #[arg(long, short)]
    yes: bool,
}

pub(super) async fn run(
    host: &impl Host,
    output: Output,
    arguments: &Recover,
) -> Result<Exit, Failure> {
    const QUESTION: &str = "Raise all versions above those of before? Writers wait for a moment; an alarm lasts until `verify` finds nothing.";
    let twin = visit_knowing(host).await?;
    let before = twin.sides().primary.timeline().await?;
    let noticed = timeline::cause(twin.sides(), &before).await?;
    let confirmed = arguments.dry_run
        || arguments.yes
        || ask(
            QUESTION,
            "Confirm with --yes, or see what is known with --dry-run.",
        )
        .await?;
    if !confirmed {
        say("Nothing was changed.");
        return Ok(Exit::Done);
    }
    let after = if arguments.dry_run {
        before.clone()
    } else {
        let after = twin.recover().await?;
        let done = Done {
            what: "recover".to_owned(),
            about: "versions".to_owned(),
            ..Done::default()
        };
        let operations = &twin.outbox().operations;
        operations.note(Task::Done(done), &program::person()).await;
        after
    };
    twin.close().await;
    let state = if arguments.dry_run {
        "dry run"
    } else {
        "recovered"
    };
    print(
        output,
        state,
        (&before, &after),
        noticed.filter(|_| arguments.dry_run),
    )?;
    Ok(Exit::Done)
}

fn print(
    output: Output,
    state: &str,
    (before, after): (&Timeline, &Timeline),
    noticed: Option<Cause>,
) -> Result<(), Failure> {
    let raised = after.unproven.as_ref();
    let whole = json!({
        "state": state,
        "floorBefore": before.floor.get().to_string(),
        "floor": after.floor.get().to_string(),
        "database": after.database,
        "unprovenSince": raised.map(|raised| raised.at),
        "cause": raised.map(|raised| raised.cause.name()),
        "noticed": noticed.map(Cause::name),
    });
    output.data(&whole, std::slice::from_ref(&whole), || {
        let floor = if after.floor == before.floor {
            format!("Versions begin above {}.", after.floor)
        } else {
            format!(
                "Versions begin above {} now (before: {}).",
                after.floor, before.floor
            )
        };
        let proof = match raised {
            None => "No comparison of both sides is due.".to_owned(),
            Some(raised) => format!(
                "Due since {} ({}): run `{name} repair`, then `{name} verify`.",
                raised.at.strftime("%Y-%m-%d %H:%M UTC"),
                raised.cause.name(),
                name = program::name(),
            ),
        };
        let noticed = noticed.map_or_else(String::new, |cause| {
            format!(
                "\nA worker that starts now would raise them: {}.",
                cause.name()
            )
        });
        format!("{floor}\n{proof}{noticed}")
    })
}
