//! `outbox retry`, `discard` and `restore`: count, ask, do, report.

use std::num::NonZeroU32;

use serde_json::json;
use twinbase::{
    operate::{OperationState, Preview, Progress as End, Verb, events_in_words},
    prelude::*,
};

use super::arguments::ScopeArguments;
use crate::{
    Host, Stop,
    command::{follow::follow, visit},
    program,
    terminal::{Exit, Failure, Output, ask, say, table, text::count},
};

/// What to do when nobody can be asked.
const UNASKED: &str = "See what it would change with --dry-run, then use --yes.";

/// What a verb did, or would do.
struct Outcome {
    preview: Preview,
    done: u64,
    /// `succeeded`, `cancelled`, `failed` or `dry run`.
    state: &'static str,
}

pub(super) async fn run(
    host: &impl Host,
    output: Output,
    verb: Verb,
    scope: &ScopeArguments,
    rate: Option<NonZeroU32>,
) -> Result<Exit, Failure> {
    if !scope.all && !scope.filter.names_something() {
        return Err(Failure::new(
            "no events are named",
            "Name ids or a filter such as --error-key, or use --all.",
        )
        .of_usage());
    }
    let stop = Stop::on_signals()?;
    let filter = scope.filter.get();
    let prepared = async {
        let twin = visit(host).await?;
        let preview = twin.outbox().preview(&verb, &filter).await?;
        let goes_on = preview.count > 0 && !scope.dry_run;
        let confirmed =
            !goes_on || scope.yes || ask(&question(&verb, &preview, &filter), UNASKED).await?;
        Ok::<_, Failure>((twin, preview, goes_on, confirmed))
    };
    let (twin, preview, goes_on, confirmed) = tokio::select! {
        prepared = prepared => prepared?,
        () = stop.asked() => return Ok(stop.exit()),
    };
    if !confirmed {
        say("Nothing was changed.");
        return Ok(Exit::Done);
    }
    if !goes_on {
        all_unknown(&verb, &filter, preview.count)?;
        let state = if scope.dry_run {
            "dry run"
        } else {
            "succeeded"
        };
        Outcome {
            preview,
            done: 0,
            state,
        }
        .print(output, &verb)?;
        return Ok(Exit::Done);
    }
    // What is done is what was counted: nothing that comes after the question.
    let filter = EventFilter {
        as_of: Some(preview.as_of),
        ..filter
    };
    let outbox = twin.outbox().by(&program::person());
    let operation = outbox.start(verb.clone(), &filter, rate).await?;
    follow(&operation, doing(&verb), &stop, Some(preview.count)).await;
    let end = operation.wait().await;
    twin.close().await;
    let (done, state) = (end.done, end.state.name());
    Outcome {
        preview,
        done,
        state,
    }
    .print(output, &verb)?;
    finish(&verb, &filter, end, &stop)
}

impl Outcome {
    fn print(&self, output: Output, verb: &Verb) -> Result<(), Failure> {
        let Preview {
            count: counted,
            is_least,
            as_of,
        } = self.preview;
        let whole = json!({
            "action": verb.name(), "state": self.state, "count": counted,
            "countIsLeast": is_least, "done": self.done, "asOf": as_of,
        });
        output.data(&whole, std::slice::from_ref(&whole), || {
            let row = [
                verb.name().to_owned(),
                self.state.to_owned(),
                at_least(&self.preview),
                count(self.done),
                as_of.strftime("%Y-%m-%d %H:%M:%S UTC").to_string(),
            ];
            table(["action", "state", "count", "done", "as of"], [row])
        })
    }
}

/// Counting stops at a limit.
fn at_least(preview: &Preview) -> String {
    let number = count(preview.count);
    if preview.is_least {
        format!("{number} or more")
    } else {
        number
    }
}

fn question(verb: &Verb, preview: &Preview, filter: &EventFilter) -> String {
    let effect = match verb {
        Verb::Retry | Verb::Restore => "They are applied from their current rows.",
        Verb::Discard { .. } => "Their documents stay as they are. `outbox restore` undoes it.",
    };
    let (name, number, which) = (
        verb.name(),
        at_least(preview),
        events_in_words(verb, filter),
    );
    let events = if preview.count == 1 {
        "event"
    } else {
        "events"
    };
    format!("{name} {number} {events} ({which})? {effect}")
}

const fn doing(verb: &Verb) -> &'static str {
    match verb {
        Verb::Retry => "retrying",
        Verb::Discard { .. } => "discarding",
        Verb::Restore => "restoring",
    }
}

/// Nothing matched: for a filter that is an answer, for ids a mistake.
fn all_unknown(verb: &Verb, filter: &EventFilter, count: u64) -> Result<(), Failure> {
    if filter.ids.is_empty() || count > 0 {
        return Ok(());
    }
    Err(Failure::new(
        format!("none of these events can be acted on by `{}`", verb.name()),
        format!(
            "See whether they exist, and their status, with `{} outbox show ID`.",
            program::name()
        ),
    ))
}

fn finish(verb: &Verb, filter: &EventFilter, end: End, stop: &Stop) -> Result<Exit, Failure> {
    match end.state {
        OperationState::Cancelled => {
            let number = count(end.done);
            say(&format!(
                "Ended by a signal after {number}. Run it again to continue."
            ));
            Ok(stop.exit())
        }
        OperationState::Failed => {
            let reason = end.error.unwrap_or_default();
            let failure = Failure::new(
                format!("the {} ended early: {reason}", verb.name()),
                "What was done stays done. Correct the cause, then run it again to continue.",
            );
            Err(if end.done > 0 {
                failure.of_a_part()
            } else {
                failure
            })
        }
        // Some may have changed by themselves meanwhile; of ids each one was meant.
        OperationState::Succeeded | OperationState::Running => {
            let missed = (filter.ids.len() as u64).saturating_sub(end.done);
            if missed == 0 {
                return Ok(Exit::Done);
            }
            let name = verb.name();
            say(&format!(
                "{name} did not apply to {missed} of the {} ids: they do not exist or have another status.",
                filter.ids.len()
            ));
            Ok(Exit::PartlyDone)
        }
    }
}
