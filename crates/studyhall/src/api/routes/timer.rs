//! The session that runs. The server keeps when it began: each tab and device draws from that.

use axum::{extract::State, response::Response};
use serde::Serialize;
use serde_json::json;
use twinbase::prelude::*;
use twinbase_web::{
    Body, IdempotencyKey, Nullable, Problem, ReadRequest, Reply, answered, body,
    openapi::{Op, Routes, schema},
};

use super::sessions::{created, impossible, session_schema};
use crate::{
    api::{AppState, session::CurrentUser},
    domain::{
        GoalMinutes, Rule, Subject, Timer, WallTime,
        commands::{discard_timer, start_timer, stop_timer},
        queries::running_timer,
    },
};

pub(super) fn routes() -> Routes<AppState> {
    let timer = json!({
        "subject": "Linear algebra", "goalMinutes": 50, "startedAt": "2030-01-31T09:00:00Z", "localDate": "2030-01-31",
    });
    let now = "2030-01-31T09:12:30Z";
    let shown = schema::like(&json!({ "timer": timer, "now": now }));
    let goal = "/properties/timer/properties/goalMinutes";
    let shown = schema::with_nulls(shown, &[goal, "/properties/timer"]);
    let started = schema::with_nulls(schema::like(&timer), &["/properties/goalMinutes"]);
    let discarded = schema::like(&json!({ "success": true }));
    let session = session_schema();
    let start = Op::post("Starts a session", started).writes();
    let stop = "Ends the session that runs, now or when you say; after four hours you have to say";
    let stop = Op::create(stop, session)
        .writes()
        .fails(Rule::AnotherTimer)
        .fails(Rule::EndNeeded)
        .fails(Rule::SessionOverlaps)
        .fails(twinbase_web::Code::NotFound);
    let discard = Op::post("Ends the session that runs and keeps nothing", discarded);
    let at = "/sessions/timer";
    Routes::new()
        .on(
            at,
            Op::get("The session that runs, exact; null when none does", shown),
            read,
        )
        .on(at, start.fails(Rule::TimerRuns), begin)
        .on("/sessions/timer/stop", impossible(stop), end)
        .on(
            "/sessions/timer/discard",
            discard
                .writes()
                .fails(Rule::AnotherTimer)
                .fails(twinbase_web::Code::NotFound),
            discard_running,
        )
}

pub(crate) struct NewTimer {
    pub(crate) subject: Subject,
    pub(crate) goal_minutes: Nullable<GoalMinutes>,
}

body!(NewTimer {
    subject: "Linear algebra",
    goal_minutes: 50
});

pub(crate) struct EndOfTimer {
    /// Which one, by when it began; the one that runs without.
    pub(crate) started_at: Nullable<Timestamp>,
    pub(crate) ended_at: Nullable<WallTime>,
}

body!(EndOfTimer {
    started_at: null,
    ended_at: null
});

/// Which timer is meant, by when it began; the one that runs without.
pub(crate) struct Discard {
    pub(crate) started_at: Nullable<Timestamp>,
}

body!(Discard { started_at: null });

/// What a page draws from: both times are the server's.
#[derive(Serialize)]
struct Shown {
    timer: Option<Timer>,
    now: Timestamp,
}

async fn read(
    State(state): State<AppState>,
    user: CurrentUser,
    request: ReadRequest,
) -> Result<Response, Problem> {
    request.params.finish()?;
    let timer = running_timer(state.twin(), &user.id).await?;
    let now = state.now();
    Ok(answered(Answer::from_primary(Shown { timer, now })))
}

async fn begin(
    State(state): State<AppState>,
    user: CurrentUser,
    key: IdempotencyKey,
    body: Body<NewTimer>,
) -> Result<Reply, Problem> {
    let claim = key.claim(&user.id, "POST /sessions/timer", &body.sent);
    let (owner, subject) = (&user.id, &body.value.subject);
    let goal = body.value.goal_minutes.flatten();
    let run = |tx: Tx| async move {
        let timer = start_timer(&tx, owner, subject, goal).await?;
        Reply::ok(&timer, &tx.token().await)
    };
    state.idempotency().write(claim, run).await
}

async fn end(
    State(state): State<AppState>,
    user: CurrentUser,
    key: IdempotencyKey,
    body: Body<EndOfTimer>,
) -> Result<Reply, Problem> {
    let claim = key.claim(&user.id, "POST /sessions/timer/stop", &body.sent);
    let (owner, id) = (&user.id, &state.twin().new_id());
    let (started_at, ended_at) = (
        body.value.started_at.flatten(),
        body.value.ended_at.flatten(),
    );
    let run = |tx: Tx| async move {
        let session = stop_timer(&tx, owner, id, started_at, ended_at).await?;
        created(&session, &tx).await
    };
    state.idempotency().write(claim, run).await
}

async fn discard_running(
    State(state): State<AppState>,
    user: CurrentUser,
    key: IdempotencyKey,
    body: Body<Discard>,
) -> Result<Reply, Problem> {
    let claim = key.claim(&user.id, "POST /sessions/timer/discard", &body.sent);
    let (owner, started_at) = (&user.id, body.value.started_at.flatten());
    let run = |tx: Tx| async move {
        discard_timer(&tx, owner, started_at).await?;
        Reply::ok(&json!({ "success": true }), &tx.token().await)
    };
    state.idempotency().write(claim, run).await
}
