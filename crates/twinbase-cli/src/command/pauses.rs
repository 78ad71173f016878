//! `pause` and `resume`: an operator stops workers and lets them continue.

use clap::Args;
use serde_json::{Value, json};
use twinbase::{core::primary::Pause, operate::scope_name, prelude::*};
use twinbase_console::view::PauseView;

use super::{scope::no_collection, visit, visit_knowing};
use crate::{
    Host, program,
    terminal::{Exit, Failure, Output, text::one_line},
};

pub(super) const PAUSE_EXAMPLES: &str = "\
Examples:
  {program} pause --reason \"the replica is being moved\"
  {program} pause todos --reason \"a new index is built\"

Changes stay pending in the primary and are applied after `{program} resume`.
A pause survives restarts. Workers notice within about two seconds.";

pub(super) const RESUME_EXAMPLES: &str = "\
Examples:
  {program} resume          end the pause of everything
  {program} resume todos    end the pause of one collection

Pauses are separate: `resume` without a name does not end the pause of a collection.";

/// The arguments of `pause`.
#[derive(Debug, Args)]
pub struct PauseArguments {
    /// The collection; everything when left out.
    collection: Option<String>,
    /// Why; shown wherever the pause is.
    #[arg(long, value_name = "TEXT")]
    reason: String,
}

/// The arguments of `resume`.
#[derive(Debug, Args)]
pub struct ResumeArguments {
    /// The collection; everything when left out.
    collection: Option<String>,
}

pub(super) async fn pause(
    host: &impl Host,
    output: Output,
    arguments: PauseArguments,
) -> Result<Exit, Failure> {
    let scope = scope(arguments.collection);
    let twin = match scope {
        PauseScope::Everything => visit(host).await?,
        // A name that no collection has would pause nothing, without a word.
        PauseScope::Collection(_) => visit_knowing(host).await?,
    };
    let is_new = twin
        .outbox()
        .by(&program::person())
        .pause(&scope, &arguments.reason)
        .await;
    twin.close().await;
    let is_new = is_new?;
    let what = name(&scope);
    let whole = json!({ "scope": scope_name(&scope), "paused": true, "changed": is_new, "reason": arguments.reason });
    output.data(&whole, std::slice::from_ref(&whole), || {
        if is_new {
            format!("Paused: {what}. Workers notice within about two seconds.")
        } else {
            format!("It was paused already: {what}. It has the new reason now.")
        }
    })?;
    Ok(Exit::Done)
}

pub(super) async fn resume(
    host: &impl Host,
    output: Output,
    arguments: ResumeArguments,
) -> Result<Exit, Failure> {
    let twin = visit(host).await?;
    let scope = scope(arguments.collection);
    let ended = twin.outbox().by(&program::person()).resume(&scope).await;
    let left = twin.sides().primary.pauses().await;
    twin.close().await;
    let (ended, left) = (ended?, left?);
    // One that was renamed since can be resumed; a name that nothing has was mistyped.
    if let (false, PauseScope::Collection(name)) = (ended, &scope)
        && twin.registry().iter().next().is_some()
        && twin.registry().by_collection(name).is_none()
    {
        return Err(no_collection(&twin, name));
    }
    let what = name(&scope);
    let pauses: Vec<_> = left.iter().map(json).collect();
    let whole =
        json!({ "scope": scope_name(&scope), "paused": false, "changed": ended, "pauses": pauses });
    output.data(&whole, std::slice::from_ref(&whole), || {
        let mut text = if ended {
            format!("Resumed: {what}.")
        } else {
            format!("It was not paused: {what}.")
        };
        for pause in &left {
            text.push_str("\nStill paused: ");
            text.push_str(&describe_pause(pause));
        }
        text
    })?;
    Ok(Exit::Done)
}

fn scope(collection: Option<String>) -> PauseScope {
    collection.map_or(PauseScope::Everything, PauseScope::Collection)
}

/// A scope as people read it.
pub(super) fn name(scope: &PauseScope) -> &str {
    match scope {
        PauseScope::Everything => "everything",
        PauseScope::Collection(name) => name,
    }
}

/// For programs.
pub(super) fn json(pause: &Pause) -> Value {
    json!(PauseView::from(pause))
}

/// A pause in one line.
pub fn describe_pause(pause: &Pause) -> String {
    let since = pause.since.strftime("%Y-%m-%d %H:%M UTC");
    let text = format!("{} since {since}: {}", name(&pause.scope), pause.reason);
    one_line(&text)
}
