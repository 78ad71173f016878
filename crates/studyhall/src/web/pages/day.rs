//! `/account/day`: the reader's own day, weekly aim and days off.

use axum::{
    Router,
    extract::State,
    http::StatusCode,
    response::{IntoResponse as _, Response},
    routing::get,
};
use jiff::civil::Date;
use maud::{Markup, html};
use serde_json::{Value, json};
use twinbase::prelude::*;
use twinbase_web::{Nullable, PageForm, Part, Place as At, Problem, body};

use crate::{
    api::AppState,
    domain::{
        Calendar, DayStart, Holidays, UserChange, WeeklyAim, ZoneName, commands::change_user,
    },
    web::{
        done::{Done, Said},
        layout::{Page, Place},
        parts::{Fields, date, if_outdated, refusal, shown, summary},
        viewer::Viewer,
    },
};

pub(super) fn routes() -> Router<AppState> {
    Router::new().route("/account/day", get(show).post(save))
}

/// Days off as a field of several lines has them.
struct Lines(Holidays);

impl Part for Lines {
    fn read(value: Value, place: &mut At<'_>) -> Option<Self> {
        let text = String::read(value, place)?;
        let days: Vec<_> = text.split_whitespace().collect();
        let mut are_days = true;
        for day in days.iter().filter(|day| day.parse::<Date>().is_err()) {
            // Each by itself: whoever pasted many finds it.
            let day: String = day.chars().take(40).collect();
            place.refuse::<()>(format!(
                "must be days such as 2030-12-25, and “{day}” is none"
            ));
            are_days = false;
        }
        are_days.then(|| Holidays::read(json!(days), place).map(Self))?
    }

    fn schema() -> Value {
        String::schema()
    }
}

struct DayForm {
    time_zone: ZoneName,
    day_start: DayStart,
    weekly_aim: WeeklyAim,
    holidays: Nullable<Lines>,
    shown: Nullable<String>,
}

body!(DayForm {
    time_zone: "Europe/Berlin",
    day_start: 4,
    weekly_aim: 5,
    holidays: "2030-12-25",
    shown: null
});

async fn show(viewer: Viewer) -> Response {
    page(&viewer, "Your day", &Fields::with(now(&viewer)), None)
}

fn now(viewer: &Viewer) -> Value {
    let user = &viewer.user;
    let today = Calendar::of(user).date(viewer.about.now);
    let days = user.holidays.days().iter().filter(|day| **day >= today);
    let days: Vec<_> = days.map(ToString::to_string).collect();
    json!({
        "timeZone": &*user.time_zone, "dayStart": user.day_start.get().to_string(),
        "weeklyAim": user.weekly_aim.get().to_string(), "holidays": days.join("\n"),
    })
}

fn page(viewer: &Viewer, title: &str, fields: &Fields, why: Option<&str>) -> Response {
    let body = html! {
        (refusal(why))
        (summary(fields))
        (form(viewer, fields))
    };
    Page::new(title, Place::Account, body).of(viewer)
}

fn form(viewer: &Viewer, fields: &Fields) -> Markup {
    let numbered = |numbers: std::ops::RangeInclusive<i32>, words: fn(i32) -> String| {
        let choices = numbers.map(|number| (number.to_string(), words(number)));
        choices.collect::<Vec<_>>()
    };
    let hours = numbered(0..=23, |hour| format!("{hour:02}:00"));
    let aims = numbered(1..=7, |days| format!("{days} of 7 days"));
    let today = Calendar::of(&viewer.user).date(viewer.about.now);
    html! {
        p { "It is " time datetime=(today) { (date(today)) } " for you. A change counts from now on; what is written already keeps its day." }
        form.stack method="post" action="/account/day" {
            (shown(&now(viewer)))
            (fields.line("timeZone", "Time zone", "Such as Europe/Berlin, Asia/Kathmandu or UTC.", "text", "off"))
            (fields.choice("dayStart", "My day begins at", "Later, if you study past midnight.", &borrowed(&hours)))
            (fields.choice("weeklyAim", "Weekly aim", "A week that reaches it keeps your streak.", &borrowed(&aims)))
            (fields.lines("holidays", "Days off", "One on each line, such as 2030-12-25. They pause your streak. Days before today stay as they are.", 5))
            p.buttons { button.primary { "Save" } a href="/account" { "Cancel" } }
        }
    }
}

fn borrowed(choices: &[(String, String)]) -> Vec<(&str, &str)> {
    let choices = choices.iter();
    choices
        .map(|(value, words)| (value.as_str(), words.as_str()))
        .collect()
}

async fn save(
    State(state): State<AppState>,
    viewer: Viewer,
    form: PageForm<DayForm>,
) -> Result<Response, Problem> {
    const ERROR: &str = "Error: your day";
    let day = match form.value {
        Ok(day) => day,
        Err(faults) => {
            let page = page(&viewer, ERROR, &Fields::refused(form.sent, faults), None);
            return Ok((StatusCode::UNPROCESSABLE_ENTITY, page).into_response());
        }
    };
    let holidays = day.holidays.flatten().map(|lines| lines.0);
    let change = &UserChange {
        time_zone: Some(day.time_zone),
        day_start: Some(day.day_start),
        weekly_aim: Some(day.weekly_aim),
        holidays: Some(holidays.unwrap_or_default()),
        ..UserChange::default()
    };
    let id = viewer.id();
    let run = |tx: Tx| async move { change_user(&tx, id, change, &Expected::Any).await };
    let refuse = |why: String| {
        let page = page(&viewer, ERROR, &Fields::with(form.sent.clone()), Some(&why));
        (StatusCode::CONFLICT, page).into_response()
    };
    if let Some(fields) = if_outdated(&form.sent, &now(&viewer)) {
        let page = page(&viewer, ERROR, &fields, None);
        return Ok((StatusCode::CONFLICT, page).into_response());
    }
    match state.twin().write(run).await {
        Ok((user, mut token)) => {
            token.merge(user.token());
            let done = Done::to("/account/day").seeing(&viewer, &token);
            Ok(done.saying(Said::Saved).into_response())
        }
        Err(crate::domain::Error::Rule(rule)) => Ok(refuse(rule.to_string())),
        Err(error) => Err(error.into()),
    }
}
