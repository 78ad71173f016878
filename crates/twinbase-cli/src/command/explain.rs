//! `explain`: everything about one document.

use clap::Args;
use serde_json::{Value, json};
use twinbase::{
    core::AggregateId,
    operate::{Explanation, Found},
};
use twinbase_console::view::{ExplainView, NOT_SHOWN, shown};

use super::scope::no_collection;
use crate::{
    Host,
    command::visit_both,
    terminal::{Exit, Failure, Output, pretty_json, table, text::one_line},
};

pub(super) const EXAMPLES: &str = "\
Examples:
  {program} explain todos 0199a1b2-7c3d-7e4f-8a5b-6c7d8e9f0a1b
  {program} explain todos 0199a1b2-7c3d-7e4f-8a5b-6c7d8e9f0a1b --json | jq -r .verdict

It may show personal data, but nothing that is private to the primary. Exit code 3
when something is wrong with the document, 1 when nothing has the id.";

/// What to do with an id that no document can have.
const NO_ID: &str = "Correct the id. One that `verify` has reported is of a row whose key has to be changed, or of a document to delete by hand.";

/// What has the whole of what is too long for a terminal.
pub(super) const WHOLE: &str = "--json";

/// The arguments of `explain`.
#[derive(Debug, Args)]
pub struct Explain {
    /// The collection.
    collection: String,
    /// The document's id.
    id: String,
}

pub(super) async fn run(
    host: &impl Host,
    output: Output,
    arguments: &Explain,
) -> Result<Exit, Failure> {
    let id = AggregateId::new(&arguments.id).map_err(|error| {
        Failure::new("that is not an id of a document", NO_ID)
            .because(error)
            .of_usage()
    })?;
    let twin = visit_both(host).await?;
    let explained = twin.explain(&arguments.collection, &id).await?;
    let unknown = no_collection(&twin, &arguments.collection);
    twin.close().await;
    let explained = explained.ok_or(unknown)?;
    if explained.is_nowhere() {
        let (name, id) = (&explained.collection, one_line(arguments.id.as_str()));
        return Err(Failure::new(
            format!("nothing in {name} has the id {id}: no row, no document and no event"),
            "Correct the id. What was deleted long ago has left no event.",
        ));
    }
    let view = json!(ExplainView::from(&explained));
    output.data(&view, std::slice::from_ref(&view), || {
        text(&explained, &view)
    })?;
    Ok(if matches!(explained.found, Found::Unreachable(_)) {
        Exit::Error
    } else if explained.drift.is_some() {
        Exit::CheckFailed
    } else {
        Exit::Done
    })
}

fn text(of: &Explanation, view: &Value) -> String {
    let mut lines = vec![one_line(&of.verdict), String::new()];
    let mut line = |name: &str, text: String| lines.push(format!("{name:<13}{text}"));
    line("aggregate", one_line(&of.key.to_string()));
    line("version", of.head.to_string());
    let row = match (&of.wanted, of.has_row) {
        (Some(_), _) => pretty(&view["row"]),
        (None, true) => "it cannot be mapped to a document".to_owned(),
        (None, false) => "none".to_owned(),
    };
    line("row", row);
    let document = match &of.found {
        Found::Nothing => "none".to_owned(),
        Found::Unreadable => "it cannot be decoded".to_owned(),
        Found::Unreachable(_) => "not known: the replica does not answer".to_owned(),
        Found::Tombstone(version) => format!("deleted in version {version}"),
        Found::Document(version, _) if of.wanted.is_none() => {
            format!("version {version}, not shown: {NOT_SHOWN}")
        }
        Found::Document(version, _) => {
            format!(
                "version {version}: {}",
                pretty(&view["document"]["document"])
            )
        }
    };
    line("document", document);
    for difference in &of.differences {
        let name = &difference.field;
        let side = |value: &Option<twinbase::bson::Bson>| {
            value.as_ref().map_or("-".to_owned(), |value| {
                shown(&value.clone().into_relaxed_extjson(), WHOLE).to_string()
            })
        };
        let (row, document) = (side(&difference.row), side(&difference.document));
        line(
            "differs",
            one_line(&format!("{name}: row {row}, document {document}")),
        );
    }
    let mut text = lines.join("\n");
    if !of.events.is_empty() {
        let header = [
            "version", "event", "type", "status", "attempts", "created", "trace",
        ];
        let rows = of.events.iter().map(|event| {
            [
                event.version.to_string(),
                event.id.clone(),
                event.event_type.clone(),
                event.status.name().to_owned(),
                event.retry_count.to_string(),
                event.created_at.to_string(),
                event.traceparent.clone().unwrap_or_default(),
            ]
        });
        text.push_str("\n\n");
        text.push_str(&table(header, rows));
    }
    text
}

fn pretty(value: &Value) -> String {
    pretty_json(&shown(value, WHOLE)).unwrap_or_default()
}
