//! `outbox groups`.

use jiff::Timestamp;
use serde_json::{Value, json};
use twinbase::core::primary::EventGroup;
use twinbase_console::view::GroupView;

use super::arguments::GroupsArguments;
use crate::{
    Host,
    command::{visit, workers::age},
    terminal::{
        Exit, Failure, Format, Output, say, table,
        text::{count, fit, one_line},
    },
};

/// How much of an error a table shows; `outbox show` has it whole.
const ERROR_COLUMNS: usize = 60;

pub(super) async fn run(
    host: &impl Host,
    output: Output,
    arguments: &GroupsArguments,
) -> Result<Exit, Failure> {
    let twin = visit(host).await?;
    let limit = arguments.limit;
    let mut groups = twin.outbox().groups(limit + 1).await?;
    let more = groups.len() > limit as usize;
    groups.truncate(limit as usize);
    let now = twin.sides().clock.now();
    twin.close().await;
    let lines: Vec<_> = groups.iter().map(json).collect();
    let whole = json!({ "items": lines, "more": more });
    output.data(&whole, &lines, || show(&groups, now))?;
    if more && output.format != Format::Json {
        say("There are more causes. --limit shows up to 1000.");
    }
    Ok(Exit::Done)
}

/// For programs.
pub(in crate::command) fn json(group: &EventGroup) -> Value {
    json!(GroupView::from(group))
}

fn show(groups: &[EventGroup], now: Timestamp) -> String {
    if groups.is_empty() {
        return "No event has failed or is retrying.".to_owned();
    }
    let row = |group: &EventGroup| {
        let last = group.last_failed_at.map(|at| age(at, now));
        [
            one_line(&group.error_key),
            count(group.failed),
            count(group.retrying),
            age(group.oldest, now),
            last.unwrap_or_default(),
            one_line(&group.sample_id),
            fit(&one_line(&group.sample_error), ERROR_COLUMNS),
        ]
    };
    table(
        [
            "error key",
            "failed",
            "retrying",
            "oldest",
            "last",
            "one of them",
            "its error",
        ],
        groups.iter().map(row),
    )
}
