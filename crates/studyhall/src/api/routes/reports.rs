//! A user's own reports: one a day, prefilled, and all of them as a file.

use axum::{
    extract::{OriginalUri, State},
    response::Response,
};
use jiff::civil::Date;
use serde_json::json;
use twinbase::prelude::*;
use twinbase_web::{
    Body, IdempotencyKey, IfNoneMatch, Nullable, PathId, Problem, ReadRequest, Reply, answered,
    answered_file, answered_one, answered_page, body,
    csv::{self, Csv},
    cursor,
    openapi::{Op, Routes, schema},
};

use crate::{
    api::{AppState, session::CurrentUser},
    domain::{
        CompletionPct, Description, Report, Rule, StudyHours,
        commands::{NewReport, add_report},
        queries::{Freshness, one_report, report_draft, reports},
    },
};

const MOST_ITEMS: u32 = 100;
/// How many reports are read at once for a file.
const PAGE: u32 = 1_000;

/// How a file begins.
const FILE: &str =
    "date,study hours,completion percent,notes\r\n2030-01-31,2.5,80,Chapter 3 is done.\r\n";

pub(super) fn routes() -> Routes<AppState> {
    let report = || {
        let fields =
            json!({ "studyHours": 2.5, "completionPct": 80, "notes": "Chapter 3 is done." });
        schema::shown_as(schema::one::<Report>(), &fields)
    };
    let list = Op::get("Your reports, newest first", schema::page(&report()));
    let draft = schema::like(&json!({
        "localDate": "2030-01-31", "studyHours": 2.25, "completionPct": 75.0, "timedMinutes": 110,
        "manualMinutes": 25, "todosDone": 3, "todosDue": 1, "isReported": false,
    }));
    let add = "Reports your today, or with `localDate` the day before until six hours after it ended: one a day, which cannot be changed later";
    Routes::new()
        .on("/reports", list.paged(MOST_ITEMS), read_all)
        .on(
            "/reports",
            Op::create(add, report())
                .writes()
                .fails(Rule::ReportExists)
                .fails(Rule::ReportOfAnotherDay),
            create,
        )
        .on(
            "/reports/draft",
            Op::get("What a report of today could say, and from what", draft),
            read_draft,
        )
        .on(
            "/reports.csv",
            Op::file("All your reports as a file", csv::MEDIA_TYPE, FILE),
            read_file,
        )
        .on("/reports/{id}", Op::get("One report", report()), read)
}

pub(crate) struct DraftOfReport {
    study_hours: StudyHours,
    completion_pct: CompletionPct,
    notes: Nullable<Description>,
    local_date: Nullable<Date>,
}

body!(DraftOfReport {
    study_hours: 2.5,
    completion_pct: 80,
    notes: "Chapter 3 is done.",
    local_date: null
});

impl DraftOfReport {
    /// The report that it is to become.
    pub(crate) fn into_report(self) -> NewReport {
        NewReport {
            study_hours: self.study_hours,
            completion_pct: self.completion_pct,
            notes: self.notes.flatten(),
            local_date: self.local_date.flatten(),
        }
    }
}

async fn read_all(
    State(state): State<AppState>,
    OriginalUri(uri): OriginalUri,
    user: CurrentUser,
    request: ReadRequest,
) -> Result<Response, Problem> {
    let ReadRequest {
        mut params,
        freshness,
    } = request;
    let after = params.take("cursor", cursor::read)?;
    let limit = params.limit(MOST_ITEMS)?;
    params.finish()?;
    let page = reports(state.twin(), user.id, after, limit, &freshness).await?;
    Ok(answered_page(page, &uri))
}

async fn create(
    State(state): State<AppState>,
    user: CurrentUser,
    key: IdempotencyKey,
    body: Body<DraftOfReport>,
) -> Result<Reply, Problem> {
    let claim = key.claim(&user.id, "POST /reports", &body.sent);
    let (owner, id) = (&user.id, &state.twin().new_id());
    let new = &body.value.into_report();
    let run = |tx: Tx| async move {
        let report = add_report(&tx, owner, id, new).await?;
        let location = format!("/api/v1/reports/{}", report.id);
        Ok(Reply::of(&report, &tx.token().await)?.created(Some(location)))
    };
    state.idempotency().write(claim, run).await
}

async fn read(
    State(state): State<AppState>,
    user: CurrentUser,
    PathId(id): PathId,
    have: IfNoneMatch,
    request: ReadRequest,
) -> Result<Response, Problem> {
    request.params.finish()?;
    let answer = one_report(state.twin(), &user.id, &id, &request.freshness).await?;
    Ok(answered_one(answer, &have))
}

async fn read_draft(
    State(state): State<AppState>,
    user: CurrentUser,
    request: ReadRequest,
) -> Result<Response, Problem> {
    request.params.finish()?;
    let draft = report_draft(state.twin(), &user.id, state.now()).await?;
    Ok(answered(Answer::from_primary(draft)))
}

async fn read_file(
    State(state): State<AppState>,
    user: CurrentUser,
    request: ReadRequest,
) -> Result<Response, Problem> {
    request.params.finish()?;
    let answer = file(&state, &user.id, &request.freshness).await?;
    Ok(answered_file(answer, csv::MEDIA_TYPE, "reports.csv"))
}

/// All reports of a user, newest first. One a day: a lifetime is some megabytes.
pub(crate) async fn file(
    state: &AppState,
    owner: &AggregateId,
    freshness: &Freshness,
) -> Result<Answer<String>, ReadError> {
    let headings = ["date", "study hours", "completion percent", "notes"];
    let mut file = Csv::with_headings(headings);
    let mut all: Option<Answer<()>> = None;
    let mut after = None;
    loop {
        let page = reports(state.twin(), owner.clone(), after, PAGE, freshness).await?;
        for report in &page.value.items {
            let date = report.local_date.to_string();
            let hours = report.study_hours.get().to_string();
            let completion = report.completion_pct.get().to_string();
            let notes = report.notes.as_deref().unwrap_or_default();
            file.row([&*date, &*hours, &*completion, notes]);
        }
        let next = page.value.next.clone();
        let read = page.map(|_| ());
        let read = match all {
            Some(before) => before.zip(read).map(|_| ()),
            None => read,
        };
        if next.is_none() {
            return Ok(read.map(|()| file.into_text()));
        }
        (after, all) = (next, Some(read));
    }
}
