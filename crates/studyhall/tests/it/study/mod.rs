//! Sessions of study: the timer, what is entered by hand, and whose they are.

mod owners;
mod timer;
mod times;

use jiff::SignedDuration;
use serde_json::{Value, json};

use crate::support::{Answer, Combination, Member, Studyhall};

const TIMER: &str = "/api/v1/sessions/timer";

async fn post(app: &Studyhall, member: &Member, path: &str, body: Value) -> Answer {
    let call = app.call("POST", path).by(&member.token);
    call.json(&body).send().await
}

async fn get(app: &Studyhall, member: &Member, path: &str) -> Answer {
    app.call("GET", path).by(&member.token).send().await
}

async fn start(app: &Studyhall, member: &Member) -> Answer {
    post(
        app,
        member,
        TIMER,
        json!({ "subject": "Algebra", "goalMinutes": 50 }),
    )
    .await
}

async fn stop(app: &Studyhall, member: &Member) -> Answer {
    post(app, member, "/api/v1/sessions/timer/stop", json!({})).await
}

async fn by_hand(app: &Studyhall, member: &Member, from: &str, to: &str) -> Answer {
    let body = json!({ "subject": "Reading", "startedAt": from, "endedAt": to });
    post(app, member, "/api/v1/sessions", body).await
}

/// A member, on a Friday at noon.
async fn at_noon(on: Combination) -> (Studyhall, Member) {
    let app = Studyhall::start(on).await;
    app.clock.set("2030-02-01T12:00:00Z");
    let ada = app.member("ada").await;
    (app, ada)
}

fn minutes(minutes: i64) -> SignedDuration {
    SignedDuration::from_mins(minutes)
}
