//! `/reports`: what one says of a day, and what days add up to.

mod day;
mod period;

use axum::{
    Router,
    extract::State,
    http::Uri,
    response::{IntoResponse as _, Response},
    routing::get,
};
use maud::{Markup, html};
use twinbase_web::{Problem, answered_file, csv, cursor};

use crate::{
    api::{AppState, reports_file},
    domain::Topic,
    web::{
        layout::{Page, Place},
        parts::Fields,
        viewer::{Viewer, params},
    },
};

pub(super) fn routes() -> Router<AppState> {
    Router::new()
        .route("/reports", get(show).post(day::add))
        .route("/reports.csv", get(file))
}

/// The days of study are made of both.
const TOPICS: &[Topic] = &[Topic::Report, Topic::Session];

/// What of the reports a page shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum View {
    Day,
    Week,
    Month,
    Year,
}

impl View {
    const ALL: [(Self, &str, &str); 4] = [
        (Self::Day, "day", "Day"),
        (Self::Week, "week", "Week"),
        (Self::Month, "month", "Month"),
        (Self::Year, "year", "Year"),
    ];

    fn parse(text: &str) -> Result<Self, &'static str> {
        let found = Self::ALL.into_iter().find(|(_, name, _)| *name == text);
        let found = found.map(|(view, _, _)| view);
        found.ok_or("must be day, week, month or year")
    }
}

async fn show(
    State(state): State<AppState>,
    viewer: Viewer,
    uri: Uri,
) -> Result<Response, Problem> {
    let mut params = params(&uri)?;
    let view = params.take("view", View::parse)?.unwrap_or(View::Day);
    let after = params.take("cursor", cursor::read)?;
    params.finish()?;
    let body = match view {
        View::Day => day::body(&state, &viewer, after, None).await,
        view => period::body(&state, &viewer, view).await,
    };
    Ok(page(&viewer, view, &body, false))
}

fn page(viewer: &Viewer, view: View, body: &Markup, is_refused: bool) -> Response {
    let title = if is_refused {
        "Error: reports"
    } else {
        "Reports"
    };
    let whole = html! {
        p.filters {
            @for (other, name, words) in View::ALL {
                a href={ "/reports?view=" (name) } aria-current=[(other == view).then_some("true")] { (words) }
            }
            a href="/reports.csv" { "As a file" }
        }
        (body)
    };
    Page::new(title, Place::Reports, whole)
        .live(TOPICS)
        .of(viewer)
}

async fn file(State(state): State<AppState>, viewer: Viewer) -> Result<Response, Problem> {
    let file = reports_file(&state, viewer.id(), &viewer.freshness()).await?;
    Ok(answered_file(file, csv::MEDIA_TYPE, "reports.csv").into_response())
}

/// The form as it is refused.
struct Refused {
    fields: Fields,
    why: Option<String>,
}
