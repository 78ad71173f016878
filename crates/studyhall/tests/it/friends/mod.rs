//! Friends: who may become one, what a block hides, and that asking tells nothing.

mod blocks;
mod records;
mod requests;

use serde_json::{Value, json};
use twinbase::prelude::*;

use crate::support::{Answer, Member, Studyhall};

pub(crate) async fn ask(app: &Studyhall, by: &Member, name: &str) -> Answer {
    let call = app.call("POST", "/api/v1/friends").by(&by.token);
    call.json(&json!({ "username": name })).send().await
}

/// `POST /friends/{name}/{deed}`.
pub(crate) async fn act(app: &Studyhall, by: &Member, name: &str, deed: &str) -> Answer {
    let path = format!("/api/friends/{name}/{deed}");
    app.call("POST", &path).by(&by.token).send().await
}

pub(crate) async fn befriend(app: &Studyhall, one: &Member, other: &Member) {
    ask(app, one, &other.name).await.expect(200);
    act(app, other, &one.name, "accept").await.expect(200);
}

pub(super) async fn lists(app: &Studyhall, of: &Member) -> Value {
    let lists = app.call("GET", "/api/friends").by(&of.token).send().await;
    lists.expect(200).body
}

/// The names in one of the lists.
pub(super) async fn names(app: &Studyhall, of: &Member, list: &str) -> Vec<String> {
    let lists = lists(app, of).await;
    let people = lists[list].as_array().expect("it is a list");
    let name = |person: &Value| person["username"].as_str().expect("a name").to_owned();
    people.iter().map(name).collect()
}

/// Type and version of the events of an aggregate type, oldest first.
pub(crate) async fn events_of(app: &Studyhall, aggregate_type: &str) -> Vec<(String, i64)> {
    let sql = "select event_type, version from \"Outbox\" where aggregate_type = $1 order by seq";
    let rows = app.twin.query(sql, &[aggregate_type.into()]).await;
    let rows = rows.expect("it can be asked");
    let event = |row: &Row| {
        (
            row.get("event_type").expect("it is there"),
            row.get("version").expect("it is there"),
        )
    };
    rows.iter().map(event).collect()
}

pub(crate) fn id(of: &Member) -> AggregateId {
    AggregateId::new(&of.id).expect("an id")
}

/// Is on the board from now on.
pub(crate) async fn show(app: &Studyhall, member: &Member) {
    let call = app.call("PATCH", "/api/users/me").by(&member.token);
    let call = call.json(&json!({ "showProfile": true }));
    call.send().await.expect(200);
}
