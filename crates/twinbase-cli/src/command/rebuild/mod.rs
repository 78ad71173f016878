//! `rebuild` and `rollback`: ask for it, follow it, report.

mod words;

use std::time::Duration;

use clap::Args;
use serde_json::json;
use twinbase::{
    Twinbase,
    core::primary::Phase,
    sync::rebuild::{Ask, RebuildError, RebuildOptions, RebuildStatus, Rebuilds},
};

use self::words::{beside, sentence, standstill, states};
use super::{
    rate::{keep as parse_keep, parse as parse_rate},
    scope::no_collection,
    visit_both,
};
use crate::{
    Host, program,
    terminal::{Exit, Failure, Output, Progress, ask, say},
};

/// What is said when nobody looks at a rebuild any more.
pub(super) const GOES_ON: &str = "no longer shown here; what was asked for goes on: see `rebuild --status`, end it with `rebuild COLLECTION --cancel`";

pub(super) const EXAMPLES: &str = "\
Examples:
  {program} rebuild todos                 fill a new collection, verify it, have readers move
  {program} rebuild todos --keep 2h --rate 2000/s --yes
  {program} rebuild --status
  {program} rebuild todos --pause
  {program} rebuild todos --resume
  {program} rebuild todos --cancel        before the switch, or to remove what is kept after it (asked for first)

Readers and writers go on and notice nothing. The worker that leads does the work, and goes on after a crash; Ctrl-C
ends only what is shown here. The old collection receives every change as long as it is kept, so that
`{program} rollback todos` takes readers back within seconds.

Exit code 1 when the rebuild was stopped: readers use the old collection then.";

pub(super) const BACK_EXAMPLES: &str = "\
Examples:
  {program} rollback todos
  {program} rollback todos --yes

It is possible as long as the old collection is kept, and when this program has the mapping that made it. What was
written since is there too. While the old collection is compared first, `{program} rebuild todos --cancel` ends it.";

/// The arguments of `rebuild`.
#[derive(Debug, Args)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is a flag of the command line"
)]
pub struct Rebuild {
    /// The collection.
    #[arg(value_name = "COLLECTION", required_unless_present = "status")]
    collection: Option<String>,
    /// How long the old collection is kept after the switch, such as 24h, 30m, or 0s for no way back.
    #[arg(long, value_name = "TIME", default_value = "24h", value_parser = parse_keep, conflicts_with = "action")]
    keep: Duration,
    /// At most this many rows a second, such as 2000/s; without it there is no limit.
    #[arg(long, value_name = "N/s", value_parser = parse_rate, conflicts_with = "action")]
    rate: Option<std::num::NonZeroU32>,
    /// Show how far rebuilds are, and change nothing.
    #[arg(long, group = "action")]
    status: bool,
    /// Have it rest; changes go to both collections meanwhile.
    #[arg(long, group = "action")]
    pause: bool,
    /// Have it go on.
    #[arg(long, group = "action")]
    resume: bool,
    /// End it before the switch, or remove the old collection that is kept after it.
    #[arg(long, group = "action")]
    cancel: bool,
    /// Do not ask.
    #[arg(long, short)]
    yes: bool,
}

/// The arguments of `rollback`.
#[derive(Debug, Args)]
pub struct Rollback {
    /// The collection.
    collection: String,
    /// Do not ask.
    #[arg(long, short)]
    yes: bool,
}

/// Another mapping made what is or will be kept.
pub(super) const NO_WAY_BACK: &str = "there is no way back with this program, because another mapping than its own made what readers use before the switch; the earlier version of the program can roll back";

/// What to do when nobody can be asked.
const UNASKED: &str = "Use --yes.";

pub(super) async fn run(
    host: &impl Host,
    output: Output,
    arguments: &Rebuild,
) -> Result<Exit, Failure> {
    let twin = visit_both(host).await?;
    check(&twin, arguments.collection.as_deref())?;
    let rebuilds = twin.rebuilds().by(&program::person());
    let name = arguments.collection.as_deref().unwrap_or_default();
    if arguments.status {
        let mut all = rebuilds.list().await?;
        all.retain(|of| name.is_empty() || of.collection == name);
        twin.close().await;
        output.data(&json!({ "rebuilds": all }), &all, || states(&all))?;
        return Ok(Exit::Done);
    }
    let now = rebuilds.of(name).await?;
    let kept = now.filter(|now| now.phase == Phase::Kept);
    if let (true, false, Some(kept)) = (arguments.cancel, arguments.yes, kept) {
        let question = format!(
            "Remove {}? Then there is no way back but another rebuild.",
            beside(&kept)
        );
        if !ask(&question, UNASKED).await? {
            say("Nothing was changed.");
            return Ok(Exit::Done);
        }
    }
    let changed = if arguments.pause {
        Some(rebuilds.pause(name).await?)
    } else if arguments.resume {
        Some(rebuilds.resume(name).await?)
    } else if arguments.cancel {
        Some(rebuilds.cancel(name).await?)
    } else {
        None
    };
    if let Some(status) = changed {
        let is_removed = status.phase != Phase::Dropping || has_worker(&rebuilds).await?;
        twin.close().await;
        let end = finish(output, &status, arguments.cancel)?;
        if !is_removed {
            say("No worker runs: it is removed when one does. Start one.");
        }
        return Ok(end);
    }
    rebuilds.require_worker().await?;
    let no_way_back = if arguments.keep.is_zero() {
        " Nothing is kept for a way back.".to_owned()
    } else if rebuilds.leaves_way_back(name).await? {
        String::new()
    } else {
        format!(" Note: {NO_WAY_BACK}.")
    };
    let question = format!("Rebuild `{name}`? It takes space beside what is there.{no_way_back}");
    if !arguments.yes && !ask(&question, UNASKED).await? {
        say("Nothing was changed.");
        return Ok(Exit::Done);
    }
    let options = RebuildOptions {
        keep: arguments.keep,
        rate: arguments.rate,
    };
    rebuilds.start(name, &options).await?;
    follow(&twin, output, name).await
}

pub(super) async fn roll_back(
    host: &impl Host,
    output: Output,
    arguments: &Rollback,
) -> Result<Exit, Failure> {
    let twin = visit_both(host).await?;
    let name = arguments.collection.as_str();
    check(&twin, Some(name))?;
    twin.rebuilds().check(name, Ask::RollBack).await?;
    let now = twin.rebuilds().of(name).await?;
    let to = now.as_ref().map_or("what is kept", beside);
    let question = format!("Have readers of `{name}` move to {to}?");
    if !arguments.yes && !ask(&question, UNASKED).await? {
        say("Nothing was changed.");
        return Ok(Exit::Done);
    }
    let rebuilds = twin.rebuilds().by(&program::person());
    rebuilds.roll_back(name).await?;
    follow(&twin, output, name).await
}

async fn has_worker(rebuilds: &Rebuilds) -> Result<bool, Failure> {
    match rebuilds.require_worker().await {
        Ok(()) => Ok(true),
        Err(RebuildError::NoWorker) => Ok(false),
        Err(error) => Err(error.into()),
    }
}

fn check(twin: &Twinbase, collection: Option<&str>) -> Result<(), Failure> {
    match collection {
        Some(name) if !twin.registry().iter().any(|of| of.collection == name) => {
            Err(no_collection(twin, name))
        }
        _ => Ok(()),
    }
}

async fn follow(twin: &Twinbase, output: Output, name: &str) -> Result<Exit, Failure> {
    let progress = Progress::new("rows filled and compared", None);
    let rebuilds = twin.rebuilds();
    let mut said = None;
    let status = rebuilds.follow(name, |seen| {
        progress.set_of_about(seen.filled + seen.compared, seen.to_do());
        let why = standstill(seen);
        if let Some(why) = why.as_ref().filter(|_| why != said) {
            progress.say(why);
        }
        said = why;
    });
    let status = status.await;
    progress.finish();
    // Otherwise the log has it as running until a worker has taken it over.
    twin.outbox().operations.ended().await;
    twin.close().await;
    finish(output, &status?, false)
}

/// Says how far it is. One that was cancelled is as it was asked for `by_us` alone.
fn finish(output: Output, status: &RebuildStatus, by_us: bool) -> Result<Exit, Failure> {
    output.data(status, std::slice::from_ref(status), || sentence(status))?;
    let is_stopped = status.is_over() && status.error.is_some();
    let is_as_asked = by_us && status.is_cancelled();
    Ok(if is_stopped && !is_as_asked {
        Exit::Error
    } else {
        Exit::Done
    })
}
