//! `outbox show`.

use serde_json::{Value, json};
use twinbase::operate::{CurrentDocument, EventDetail};
use twinbase_console::view::{DetailView, shown};

use super::arguments::ShowArguments;
use crate::{
    Host,
    command::{explain::WHOLE, visit},
    program,
    terminal::{Exit, Failure, Output, pretty_json, say, text::one_line},
};

pub(super) async fn run(
    host: &impl Host,
    output: Output,
    arguments: &ShowArguments,
) -> Result<Exit, Failure> {
    let twin = visit(host).await?;
    let (mut found, mut unknown) = (Vec::new(), Vec::new());
    for id in &arguments.ids {
        match twin.outbox().show(id).await? {
            Some(detail) => found.push(detail),
            None => unknown.push(one_line(id)),
        }
    }
    twin.close().await;
    if found.is_empty() {
        return Err(Failure::new(
            format!("there is no event {}", unknown.join(", ")),
            format!(
                "`{} outbox list` lists events; retention may have removed it.",
                program::name()
            ),
        ));
    }
    let lines: Vec<_> = found
        .iter()
        .map(|detail| json!(DetailView::from(detail)))
        .collect();
    let whole = if arguments.ids.len() == 1 {
        lines[0].clone()
    } else {
        json!({ "items": lines })
    };
    output.data(&whole, &lines, || {
        let texts: Vec<_> = found.iter().zip(&lines).map(|(d, v)| show(d, v)).collect();
        texts.join("\n\n")
    })?;
    for id in &unknown {
        say(&format!("There is no event {id}."));
    }
    Ok(if unknown.is_empty() {
        Exit::Done
    } else {
        Exit::PartlyDone
    })
}

fn show(detail: &EventDetail, value: &Value) -> String {
    let event = &detail.record;
    let mut lines = Vec::new();
    let mut line = |name: &str, text: String| {
        lines.push(format!("{name:<13}{}", one_line(&text)));
    };
    line("event", format!("{} {}", event.id, event.event_type));
    line(
        "aggregate",
        format!(
            "{}/{}, version {}",
            event.aggregate_type, event.aggregate_id, event.version
        ),
    );
    line("status", status(detail));
    line("created", event.created_at.to_string());
    let times = [
        ("processed", event.processed_at),
        ("last failed", event.failed_at),
        ("next try", event.next_attempt_at),
    ];
    for (name, at) in times {
        if let Some(at) = at {
            line(name, at.to_string());
        }
    }
    let texts = [
        ("error", &event.last_error),
        ("error key", &event.error_key),
        ("discarded", &event.discard_reason),
        ("trace", &event.traceparent),
    ];
    for (name, text) in texts {
        if let Some(text) = text {
            line(name, text.clone());
        }
    }
    lines.push(format!("payload      {}", pretty(&value["payload"])));
    lines.push(format!("document     {}", document(detail, value)));
    lines.join("\n")
}

fn status(detail: &EventDetail) -> String {
    let event = &detail.record;
    let name = event.status.name();
    match event.retry_count {
        0 => name.to_owned(),
        1 => format!("{name}, 1 failed attempt"),
        count => format!("{name}, {count} failed attempts"),
    }
}

fn document(detail: &EventDetail, value: &Value) -> String {
    match &detail.document {
        Ok(CurrentDocument::Present { version, .. }) => {
            let relation = match version.cmp(&detail.record.version) {
                std::cmp::Ordering::Less => "older than this event",
                std::cmp::Ordering::Equal => "as this event made it",
                std::cmp::Ordering::Greater => "newer than this event",
            };
            let content = pretty(&value["document"]["document"]);
            format!("version {version}, {relation}: {content}")
        }
        Ok(CurrentDocument::Deleted { version }) => format!("deleted in version {version}"),
        Ok(CurrentDocument::Missing) => "none".to_owned(),
        Ok(CurrentDocument::Unknown) => "not known: this program has no such type".to_owned(),
        Err(error) => one_line(&format!("not known: {error}")),
    }
}

fn pretty(value: &Value) -> String {
    pretty_json(&shown(value, WHOLE)).unwrap_or_default()
}
