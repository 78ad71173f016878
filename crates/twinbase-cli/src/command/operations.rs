//! `operations`: what people had done in all processes, one of them with all that it found, and ending one.

use std::num::NonZeroU32;

use clap::Args;
use jiff::Timestamp;
use serde_json::{Value, json};
use twinbase::operate::OperationView as Seen;
use twinbase_console::view::OperationView;

use super::visit;
use crate::{
    Host, program,
    terminal::{
        Exit, Failure, Output, say, table,
        text::{count, one_line, span},
    },
};

pub(super) const EXAMPLES: &str = "\
Examples:
  {program} operations                        who did what, the newest first
  {program} operations 0199a1b2-7c3d-7e4f-8a5b-6c7d8e9f0a1b --json
  {program} operations 0199a1b2-7c3d-7e4f-8a5b-6c7d8e9f0a1b --cancel

They are kept in the primary for a year. What runs goes on when its process ends: the worker
that leads takes it over.";

/// The arguments of `operations`.
#[derive(Debug, Args)]
pub struct Operations {
    /// One of them; without, all.
    id: Option<String>,
    /// End it; what it has done stays done.
    #[arg(long, requires = "id")]
    cancel: bool,
    /// How many are listed.
    #[arg(long, default_value = "50", conflicts_with = "id")]
    limit: NonZeroU32,
}

pub(super) async fn run(
    host: &impl Host,
    output: Output,
    arguments: &Operations,
) -> Result<Exit, Failure> {
    let twin = visit(host).await?;
    let operations = &twin.outbox().operations;
    let Some(id) = &arguments.id else {
        let found = operations.list(None, arguments.limit.get()).await;
        twin.close().await;
        let found = found?;
        let lines: Vec<_> = found.iter().map(json).collect();
        output.data(&json!({ "items": lines }), &lines, || list(&found))?;
        return Ok(Exit::Done);
    };
    let unknown = || {
        let id = one_line(&id.chars().take(100).collect::<String>());
        Failure::new(
            format!("there is no operation {id}"),
            format!("See the list with `{} operations`.", program::name()),
        )
    };
    let was_running = arguments.cancel && operations.cancel(id, &program::person()).await?;
    let found = operations.get(id).await;
    twin.close().await;
    let found = found?.ok_or_else(unknown)?;
    if arguments.cancel && !was_running {
        say("It has ended already; what it did stays done.");
    }
    let whole = json(&found);
    output.data(&whole, std::slice::from_ref(&whole), || one(&found))?;
    Ok(Exit::Done)
}

fn json(operation: &Seen) -> Value {
    json!(OperationView::from(operation))
}

fn list(all: &[Seen]) -> String {
    if all.is_empty() {
        return "Nobody has done anything yet.".to_owned();
    }
    let row = |one: &Seen| {
        [
            one.id.clone(),
            one_line(&one.kind),
            one_line(&one.about()),
            one_line(one.who()),
            time(one.started_at),
            one.progress.state.name().to_owned(),
            count(one.progress.done),
        ]
    };
    let header = ["id", "what", "to", "who", "begun", "state", "done"];
    table(header, all.iter().map(row))
}

fn one(one: &Seen) -> String {
    let progress = &one.progress;
    let mut rows = vec![
        ["what".to_owned(), one_line(&one.kind)],
        ["to".to_owned(), one_line(&one.about())],
        ["who".to_owned(), one_line(one.who())],
        ["begun".to_owned(), time(one.started_at)],
        ["state".to_owned(), progress.state.name().to_owned()],
        ["done".to_owned(), count(progress.done)],
    ];
    if let Some(at) = progress.finished_at {
        rows.push(["ended".to_owned(), time(at)]);
    }
    if let Some(eta) = progress.eta {
        let guessed = if progress.eta_guessed { "?" } else { "" };
        rows.push(["left".to_owned(), format!("{}{guessed}", span(eta))]);
    }
    if let Some(error) = &progress.error {
        rows.push(["error".to_owned(), one_line(error)]);
    }
    let mut text = table(["", ""], rows);
    if let Some(found) = &progress.found {
        text.push('\n');
        text.push_str(&serde_json::to_string_pretty(found).unwrap_or_default());
    }
    text
}

fn time(at: Timestamp) -> String {
    at.strftime("%Y-%m-%d %H:%M:%S UTC").to_string()
}
