//! How the user who asks gets on: all in all, and by day, week and month.

use axum::{extract::State, response::Response};
use jiff::{Span, civil::Date};
use serde::Serialize;
use serde_json::json;
use twinbase::prelude::*;
use twinbase_web::{
    Params, Part, Problem, ReadRequest, answered,
    openapi::{Op, Routes, schema},
    params,
};

use crate::{
    api::{AppState, session::CurrentUser},
    domain::{
        Calendar, Error, User,
        queries::{Dates, Period, StudyTotals, by_period, statistics, study_days},
    },
};

/// Two years and a bit: a heatmap of this year and the last.
const MOST_DAYS: i32 = 800;

pub(super) fn routes() -> Routes<AppState> {
    let totals = json!({
        "minutes": 135, "countedMinutes": 110, "totalHours": 2.25, "avgCompletion": 75.0, "reports": 1, "activeDays": 1,
    });
    let day = json!({ "date": "2030-01-31", "state": "active" });
    let own = schema::like(&json!({
        "total": 4, "completed": 3, "open": 1, "completionRate": 0.75,
        "firstCreatedAt": "2030-01-31T09:00:00Z", "lastCompletedAt": null, "study": totals,
        "streak": {
            "days": 12, "longest": 31, "weeklyAim": 5, "thisWeek": 3, "freezesLeft": 2, "lastDays": [day],
        },
    }));
    // Without a report there is no average.
    let own = schema::with_nulls(
        own,
        &[
            "/properties/firstCreatedAt",
            "/properties/study/properties/avgCompletion",
        ],
    );
    let mut item = totals;
    item["from"] = json!("2030-01-28");
    let study = schema::like(
        &json!({ "by": "week", "from": "2029-12-31", "to": "2030-01-31", "items": [item] }),
    );
    let average = "/properties/items/items/properties/avgCompletion";
    let study = schema::with_nulls(study, &[average]);
    let period = json!({ "type": "string", "enum": ["day", "week", "month"], "default": "day" });
    let study = Op::get(
        "How much you studied, by your own days. `countedMinutes` is what the timer measured, within the cap of a day; `minutes` has also \
         what was entered by hand, which does not count. A day counts for `activeDays` and the streak by such minutes or by its report",
        study,
    )
        .query(
            "by",
            &period,
            "How days are put together; weeks begin on Monday.",
        )
        .query(
            "from",
            &Date::schema(),
            "The first day, or one of the first week or month; four weeks, twelve weeks or twelve months back when left out.",
        )
        .query(
            "to",
            &Date::schema(),
            "The last day; your today when left out.",
        );
    Routes::new()
        .on("/statistics", Op::get("How you get on", own), read)
        .on("/statistics/study", study, read_study)
}

async fn read(
    State(state): State<AppState>,
    user: CurrentUser,
    request: ReadRequest,
) -> Result<Response, Problem> {
    request.params.finish()?;
    let now = state.now();
    let answer = statistics(state.twin(), &user.id, now, &request.freshness).await?;
    Ok(answered(answer))
}

/// The totals of a period, and its first day.
#[derive(Serialize)]
struct Item {
    from: Date,
    #[serde(flatten)]
    totals: StudyTotals,
}

#[derive(Serialize)]
struct Study {
    by: &'static str,
    from: Date,
    to: Date,
    items: Vec<Item>,
}

async fn read_study(
    State(state): State<AppState>,
    user: CurrentUser,
    request: ReadRequest,
) -> Result<Response, Problem> {
    let mut params = request.params;
    let (by, period) = params.take("by", period)?.unwrap_or(("day", Period::Day));
    let (from, to) = dates(&mut params, &state, &user.id, period).await?;
    params.finish()?;
    let days = study_days(state.twin(), &user.id, Some((from, to)), &request.freshness).await?;
    Ok(answered(days.map(|days| {
        let periods = by_period(&days, period).into_iter();
        let items = periods
            .map(|(from, totals)| Item { from, totals })
            .collect();
        Study {
            by,
            from,
            to,
            items,
        }
    })))
}

fn period(text: &str) -> Result<(&'static str, Period), &'static str> {
    match text {
        "day" => Ok(("day", Period::Day)),
        "week" => Ok(("week", Period::Week)),
        "month" => Ok(("month", Period::Month)),
        _ => Err("must be day, week or month"),
    }
}

/// From the first day of a period, so that none but the last is cut: four weeks of days, twelve weeks, or twelve months, unless it is
/// said.
async fn dates(
    params: &mut Params,
    state: &AppState,
    id: &AggregateId,
    period: Period,
) -> Result<Dates, Problem> {
    let from = params.take("from", params::date)?;
    let to = match params.take("to", params::date)? {
        Some(to) => to,
        None => today(state, id).await?,
    };
    let back = match period {
        Period::Day => Span::new().days(27),
        Period::Week => Span::new().weeks(11),
        Period::Month => Span::new().months(11),
    };
    let from = period.first_day(from.unwrap_or(to.saturating_sub(back)));
    let days = (to - from).get_days();
    if !(0..MOST_DAYS).contains(&days) {
        let detail = format!("must be at most {MOST_DAYS} days before `to`, and not after it");
        return Err(Problem::invalid_parameter("from", detail));
    }
    Ok((from, to))
}

/// By the user's settings, exact.
async fn today(state: &AppState, id: &AggregateId) -> Result<Date, Error> {
    let user = state.twin().get::<User>(id).await?;
    let user = user.ok_or(Error::NotFound { what: "user" })?;
    Ok(Calendar::of(&user).date(state.now()))
}
