//! Operators: who is let in, and what they can do over HTTP.

mod access;
mod backups;
pub(crate) mod console;
mod events;
mod forms;
mod input;
mod keys;
mod operations;
mod switches;
mod under_way;
mod undo;

use std::time::Duration;

use serde_json::Value;
use studyhall::domain::commands::add_operator;
use twinbase_testkit::wait;

use crate::support::{Answer, Member, Studyhall};

pub(super) const SOON: Duration = Duration::from_mins(3);

pub(crate) async fn operator(app: &Studyhall, name: &str) -> Member {
    let member = app.member(name).await;
    add_operator(&app.twin, name, app.state.now())
        .await
        .expect("the role is given");
    member
}

/// So many todos whose events have failed.
pub(crate) async fn failed(app: &Studyhall, by: &Member, count: usize) {
    app.catch_up().await;
    for n in 0..count {
        app.todo(by, &format!("todo {n}")).await;
    }
    app.sql(
        "update \"Outbox\" set retry_count = 6, last_error = 'refused by a rule', error_key = 'rejected-121', \
         failed_at = created_at where processed = false and aggregate_type = 'todo'"
            .to_owned(),
    )
    .await;
    app.catch_up().await;
}

pub(crate) async fn get(app: &Studyhall, by: &Member, path: &str) -> Answer {
    app.call("GET", path).by(&by.token).send().await
}

pub(crate) async fn post(app: &Studyhall, by: &Member, path: &str, body: Value) -> Answer {
    app.call("POST", path)
        .by(&by.token)
        .json(&body)
        .send()
        .await
}

/// The operation of a 202 when it has ended.
pub(crate) async fn ended(app: &Studyhall, by: &Member, accepted: Answer) -> Answer {
    let accepted = accepted.expect(202);
    let location = accepted.header("location").to_owned();
    assert_eq!(
        location,
        format!("/api/v1/operations/{}", accepted.str("id"))
    );
    ended_at(app, by, &location).await
}

/// The operation at this path when it has ended.
pub(crate) async fn ended_at(app: &Studyhall, by: &Member, path: &str) -> Answer {
    wait::until("the end of the operation", SOON, async || {
        let operation = get(app, by, path).await.expect(200);
        match operation.str("state") {
            "running" => Err(operation.text),
            _ => Ok(operation),
        }
    })
    .await
}
