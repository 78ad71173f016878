//! The operator's commands, one a file. Each returns how it ended.

mod backup;
mod explain;
mod findings;
mod follow;
mod health;
mod migrate;
mod operations;
mod outbox;
mod pauses;
mod plan;
mod rate;
mod rebuild;
mod recover;
mod repair;
mod scope;
mod top;
mod verify;
mod workers;

pub use pauses::describe_pause;

use clap::Subcommand;
use twinbase::{Twinbase, sync::worker::EngineError};

use crate::{
    Host, Presentation, or_interrupt, program, require_migrated,
    stop::or_leave,
    terminal::{Exit, Failure},
};

/// What an operator does with the two databases of a program.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Bring the databases to the schema of this version.
    #[command(after_long_help = migrate::EXAMPLES)]
    Migrate(migrate::Migrate),
    /// Compare rows with their documents, and report differences.
    #[command(after_long_help = verify::EXAMPLES)]
    Verify(verify::Verify),
    /// Compare rows with their documents, and have workers make anew what is wrong.
    #[command(after_long_help = repair::EXAMPLES)]
    Repair(repair::Repair),
    /// Make a collection anew from the primary while everybody reads and writes, and have readers move to it.
    #[command(after_long_help = rebuild::EXAMPLES)]
    Rebuild(rebuild::Rebuild),
    /// Have readers move back to what a collection was before its rebuild.
    #[command(after_long_help = rebuild::BACK_EXAMPLES)]
    Rollback(rebuild::Rollback),
    /// Show which collections should be rebuilt, and what that takes.
    #[command(after_long_help = plan::EXAMPLES)]
    Plan,
    /// Tell everything about one document, and why it is as it is.
    #[command(after_long_help = explain::EXAMPLES)]
    Explain(explain::Explain),
    /// Declare that a database was put back to an earlier state, where nothing could detect it.
    #[command(after_long_help = recover::EXAMPLES)]
    Recover(recover::Recover),
    /// Copy both embedded databases into a new folder, while they are in use.
    #[command(after_long_help = backup::EXAMPLES)]
    Backup(backup::Backup),
    /// Check whether both databases answer and how far the documents are behind.
    #[command(after_long_help = health::EXAMPLES)]
    Health,
    /// Show lag, rates, backlog, workers and failures, refreshed.
    #[command(after_long_help = top::EXAMPLES)]
    Top(top::Top),
    /// List, retry, discard and restore events.
    Outbox {
        /// What to do with them.
        #[command(subcommand)]
        action: outbox::OutboxAction,
    },
    /// List what people had done: retries, repairs, pauses; show one, or end it.
    #[command(after_long_help = operations::EXAMPLES)]
    Operations(operations::Operations),
    /// List the workers that carry changes over.
    #[command(after_long_help = workers::EXAMPLES)]
    Workers,
    /// Pause workers: for all changes, or for those of one collection.
    #[command(after_long_help = pauses::PAUSE_EXAMPLES)]
    Pause(pauses::PauseArguments),
    /// End a pause.
    #[command(after_long_help = pauses::RESUME_EXAMPLES)]
    Resume(pauses::ResumeArguments),
}

impl Command {
    /// Does it, for the databases of `host`.
    pub async fn run(self, host: &impl Host, shown: &Presentation) -> Result<Exit, Failure> {
        let output = shown.output();
        match self {
            Self::Migrate(migrate) => or_interrupt(migrate::run(host, output, &migrate)).await,
            Self::Verify(verify) => or_interrupt(verify::run(host, output, &verify)).await,
            Self::Repair(repair) => Box::pin(repair::run(host, output, &repair)).await,
            Self::Rebuild(rebuild) => {
                or_leave(rebuild::run(host, output, &rebuild), rebuild::GOES_ON).await
            }
            Self::Rollback(back) => {
                or_leave(rebuild::roll_back(host, output, &back), rebuild::GOES_ON).await
            }
            Self::Plan => or_interrupt(plan::run(host, output)).await,
            Self::Explain(explain) => or_interrupt(explain::run(host, output, &explain)).await,
            Self::Recover(recover) => or_interrupt(recover::run(host, output, &recover)).await,
            Self::Backup(backup) => or_interrupt(backup::run(host, output, &backup)).await,
            Self::Health => or_interrupt(health::run(host, output)).await,
            Self::Top(top) => Box::pin(top::run(host, output, shown.color(), &top)).await,
            Self::Outbox { action } => Box::pin(outbox::run(host, output, action)).await,
            Self::Operations(operations) => {
                or_interrupt(operations::run(host, output, &operations)).await
            }
            Self::Workers => or_interrupt(workers::run(host, output)).await,
            Self::Pause(pause) => or_interrupt(pauses::pause(host, output, pause)).await,
            Self::Resume(resume) => or_interrupt(pauses::resume(host, output, resume)).await,
        }
    }
}

/// Opens both databases to see what is there, and refuses when migrations are missing.
async fn visit(host: &impl Host) -> Result<Twinbase, Failure> {
    let twin = host.visit().await?;
    require_migrated(&twin).await?;
    Ok(twin)
}

/// The same for what compares both sides: the replica is this primary's, and what was put back is noticed. A side that does not answer
/// is found by the comparison.
async fn visit_both(host: &impl Host) -> Result<Twinbase, Failure> {
    let twin = visit_knowing(host).await?;
    match twin.check_timeline().await {
        Err(error @ EngineError::UnknownReplica) => Err(host.databases().strange(&error)),
        _ => Ok(twin),
    }
}

/// The same for what needs the aggregates: an application has its own, and `twinbase` those that the application registered.
async fn visit_knowing(host: &impl Host) -> Result<Twinbase, Failure> {
    let twin = visit(host).await?;
    if twin.registry().iter().next().is_some() {
        return Ok(twin);
    }
    Err(Failure::new(
        format!(
            "`{}` cannot tell what the aggregates are: the primary has no description of each that this version understands",
            program::name()
        ),
        "Run the command `migrate` of the application, in its newest version, or use this command of the application itself.",
    )
    .of_usage())
}
