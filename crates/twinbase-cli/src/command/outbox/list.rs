//! `outbox list`.

use jiff::Timestamp;
use serde_json::json;
use twinbase::{core::primary::EventRecord, operate::Page};
use twinbase_console::{view::EventView, write_cursor};

use super::arguments::ListArguments;
use crate::{
    Host,
    command::{visit, workers::age},
    terminal::{
        Exit, Failure, Format, Output, say, table,
        text::{fit, one_line},
    },
};

/// How much of an error a table shows; `outbox show` has it whole.
const ERROR_COLUMNS: usize = 60;

pub(super) async fn run(
    host: &impl Host,
    output: Output,
    arguments: &ListArguments,
) -> Result<Exit, Failure> {
    let filter = arguments.filter.get();
    let after = arguments.cursor.as_ref();
    let twin = visit(host).await?;
    let outbox = twin.outbox();
    let page = outbox.list(&filter, after, arguments.limit).await?;
    let now = twin.sides().clock.now();
    twin.close().await;
    let next = page.next.as_ref().map(write_cursor);
    let lines: Vec<_> = page.items.iter().map(EventView::from).collect();
    let whole = json!({ "items": lines, "nextCursor": next });
    output.data(&whole, &lines, || show(&page, now))?;
    if let Some(next) = next
        && output.format != Format::Json
    {
        say(&format!("There are more. Next page: --cursor {next}"));
    }
    Ok(Exit::Done)
}

fn show(page: &Page, now: Timestamp) -> String {
    if page.items.is_empty() {
        return "No events.".to_owned();
    }
    let row = |event: &EventRecord| {
        let aggregate = format!("{}/{}", event.aggregate_type, event.aggregate_id);
        let next = event.next_attempt_at;
        let error = event.last_error.as_deref().unwrap_or_default();
        [
            one_line(&event.id),
            event.status.name().to_owned(),
            event.retry_count.to_string(),
            age(event.created_at, now),
            one_line(&event.event_type),
            one_line(&aggregate),
            event.version.to_string(),
            next.map_or_else(String::new, |at| {
                at.strftime("%Y-%m-%d %H:%M UTC").to_string()
            }),
            fit(&one_line(error), ERROR_COLUMNS),
        ]
    };
    table(
        [
            "id",
            "status",
            "attempts",
            "age",
            "event",
            "aggregate",
            "version",
            "next try",
            "last error",
        ],
        page.items.iter().map(row),
    )
}
