//! The report of today: a form that is filled in from the day, or what was reported. Below it those of other days.

use axum::{
    extract::State,
    http::StatusCode,
    response::{IntoResponse as _, Response},
};
use futures_util::TryFutureExt as _;
use maud::{Markup, html};
use serde_json::json;
use twinbase::prelude::*;
use twinbase_web::{Page as Items, PageForm, Problem, Reply};

use super::{Refused, View, page};
use crate::{
    api::{AppState, DraftOfReport},
    domain::{
        Report, Rule, Topic,
        commands::{NewReport, add_report},
        queries::{ReportDraft, report_draft, reports},
    },
    web::{
        done::{Done, Said},
        parts::{Fields, amount, date, empty, hidden, key, live_panel, reason, refusal},
        viewer::Viewer,
    },
};

const PAGE: u32 = 50;

pub(super) async fn body(
    state: &AppState,
    viewer: &Viewer,
    after: Option<Cursor>,
    refused: Option<Refused>,
) -> Markup {
    let (twin, about, freshness) = (state.twin(), &viewer.about, viewer.freshness());
    let draft = report_draft(twin, viewer.id(), about.now).map_ok(Answer::from_primary);
    let found = async {
        let found = reports(twin, viewer.id().clone(), after, PAGE, &freshness).await;
        found.map(|answer| answer.map(Items::from))
    };
    let of = [Topic::Report];
    let (today, found) = tokio::join!(
        live_panel("today", "Today", &of, about, draft, |draft| today(
            state, &draft, refused
        )),
        live_panel("reports", "Your reports", &of, about, found, |found| list(
            &found
        )),
    );
    html! { (today) (found) }
}

fn today(state: &AppState, draft: &ReportDraft, refused: Option<Refused>) -> Markup {
    if draft.is_reported {
        let unsaved = refused.filter(|refused| !refused.fields.value("notes").is_empty());
        return html! {
            p { "You have reported " (date(draft.local_date)) ". One a day: come back tomorrow." }
            @if let Some(unsaved) = unsaved {
                (refusal(Some("What you wrote here is not saved:")))
                blockquote { p.words dir="auto" { (unsaved.fields.value("notes")) } }
            }
        };
    }
    let (fields, why) = match refused {
        Some(refused) => (refused.fields, refused.why),
        None => (prefilled(draft), None),
    };
    html! {
        (refusal(why.as_deref()))
        (fields.summary())
        p.quiet {
            (date(draft.local_date)) ". Filled in from "
            (amount(draft.timed_minutes.into())) " of the timer, " (amount(draft.manual_minutes.into())) " by hand, and "
            (draft.todos_done) " of " (draft.todos_done + draft.todos_due) " todos. "
            "A day that is reported counts for the streak, and its hours are those of the report."
        }
        form.stack method="post" action="/reports" hx-post="/reports" {
            (key(state.twin()))
            (hidden("localDate", &draft.local_date.to_string()))
            (fields.line("studyHours", "Hours of study", "From 0 to 24, such as 2.5.", "text", "off"))
            (fields.line("completionPct", "Done, in percent", "From 0 to 100.", "text", "off"))
            (fields.lines("notes", "Notes", "", 4))
            p.hint { "One a day. It cannot be changed later." }
            button.primary { "Report" }
        }
    }
}

fn prefilled(draft: &ReportDraft) -> Fields {
    Fields::with(json!({
        "studyHours": draft.study_hours.to_string(), "completionPct": draft.completion_pct.to_string(),
    }))
}

fn list(found: &Items<Report>) -> Markup {
    html! {
        @if found.items.is_empty() { (empty("No reports yet. Write the first one above.", None)) }
        ul.rows {
            @for report in &found.items {
                li id={ "report-" (report.id) } {
                    div.text {
                        time datetime=(report.local_date) { (date(report.local_date)) }
                        " · " (report.study_hours.get()) " h · " (report.completion_pct.get()) " %"
                        @if let Some(notes) = &report.notes { p.quiet { bdi { (notes) } } }
                    }
                }
            }
        }
        @if let Some(cursor) = &found.next_cursor {
            p.pager { a href={ "/reports?cursor=" (cursor) } { "Older" } }
        }
    }
}

pub(super) async fn add(
    State(state): State<AppState>,
    viewer: Viewer,
    form: PageForm<DraftOfReport>,
) -> Result<Response, Problem> {
    let new = match form.value {
        Ok(draft) => draft.into_report(),
        Err(faults) => {
            let (fields, why) = (Fields::refused(form.sent, faults), None);
            let status = StatusCode::UNPROCESSABLE_ENTITY;
            return Ok(again(&state, &viewer, status, Refused { fields, why }).await);
        }
    };
    let claim = form.key.claim(viewer.id(), "POST reports page", &form.sent);
    let (owner, id, new): (_, _, &NewReport) = (viewer.id(), &state.twin().new_id(), &new);
    let run = |tx: Tx| async move {
        let report = add_report(&tx, owner, id, new).await?;
        Reply::of(&report, &tx.token().await)
    };
    let reply: Result<Reply, Problem> = state.idempotency().write(claim, run).await;
    match reply {
        Ok(reply) => {
            let done = Done::to("/reports").seeing_reply(&viewer, &reply);
            Ok(done.saying(Said::Saved).into_response())
        }
        Err(problem) if problem.kind().status.is_client_error() => {
            let fields = Fields::with(form.sent);
            let mut why = reason(&problem);
            if problem.kind() == Rule::ReportOfAnotherDay.into() {
                why.push_str(" What you wrote is below: check it, and report today with it.");
            }
            let why = Some(why);
            Ok(again(
                &state,
                &viewer,
                problem.kind().status,
                Refused { fields, why },
            )
            .await)
        }
        Err(problem) => Err(problem),
    }
}

async fn again(
    state: &AppState,
    viewer: &Viewer,
    status: StatusCode,
    refused: Refused,
) -> Response {
    let body = body(state, viewer, None, Some(refused)).await;
    (status, page(viewer, View::Day, &body, true)).into_response()
}
