//! Who may do what: the tables in `docs/RIGHTS.md` are walked, every route and page as everybody who could ask.
//!
//! What the replica knows of rights is old in these tests on purpose: blocks, forms made private and the operator's role
//! are written and not applied. So a route that asked the replica who may see something would answer otherwise.

mod cast;
mod pages;
mod table;

use std::collections::BTreeSet;

use serde_json::{Value, json};
use studyhall::api::Settings;
use tempfile::TempDir;
use twinbase::sync::rebuild::RebuildOptions;

pub(crate) use self::{cast::hash, table::rows};
use self::{
    cast::{Cast, Role},
    table::{Cell, Row},
};
use crate::{
    operator::{ended, operator, post},
    support::{Answer, Combination, Member, Options, PASSWORD, Studyhall, on_two_combinations},
};

on_two_combinations! {
    every_route_answers_everybody_as_the_table_says,
}

async fn every_route_answers_everybody_as_the_table_says(on: Combination) {
    let backups = tempfile::tempdir().expect("a folder");
    let app = start(on, &backups).await;
    let document = app.call("GET", "/api/openapi.json").send().await;
    let document = document.expect(200).body;
    let paths = document["paths"].as_object().expect("it is an object");
    let routes = paths.iter().flat_map(|(path, operations)| {
        let methods = operations.as_object().expect("it is an object").keys();
        methods.map(move |method| format!("{} {path}", method.to_ascii_uppercase()))
    });
    let rows = rows();
    check_routes(&rows, &routes.collect());
    let ask = async |known: &Known, row: &Row, cast: &Cast, role: Role| {
        ask(&app, &document, known, row, cast, role).await
    };
    walk(&app, &rows, ask).await;
}

async fn start(on: Combination, backups: &TempDir) -> Studyhall {
    let options = Options {
        without_worker: true,
        settings: Settings {
            backups: Some(backups.path().join("backups")),
            login_attempts_per_minute: 10_000,
            sign_ups_per_minute: 10_000,
            ..Options::default().settings
        },
        ..Options::default()
    };
    Studyhall::start_on(on.databases().await, options).await
}

/// Asks about each row as everybody, and fails where somebody is answered otherwise than the table says.
async fn walk(
    app: &Studyhall,
    rows: &[Row],
    ask: impl AsyncFn(&Known, &Row, &Cast, Role) -> Answer,
) {
    let hash = cast::hash().await;
    let mut casts = Vec::new();
    for (number, row) in rows.iter().enumerate() {
        let points = i32::from(row.path.contains("/leaderboard"));
        casts.push(Cast::new(app, number, &hash, points).await);
    }
    app.catch_up().await;
    let boss = operator(app, "boss").await;
    let known = Known::of(app, &boss).await;
    let mut wrong = Vec::new();
    for (row, cast) in rows.iter().zip(&casts) {
        cast.change_rights(app).await;
        let mut cells = Vec::new();
        // The owner comes last: what is deleted then was there for everybody else.
        for role in Role::ALL {
            let answer = ask(&known, row, cast, role).await;
            cells.push(Cell {
                statuses: vec![answer.status],
                shows_owner: cast.is_shown_in(&answer),
            });
        }
        let agree = |(said, is): (&Cell, &Cell)| said.has(is);
        if row.cells.len() != cells.len() || !row.cells.iter().zip(&cells).all(agree) {
            wrong.push(row.line(&cells));
        }
    }
    assert!(
        wrong.is_empty(),
        "docs/RIGHTS.md says otherwise. These are answered:\n{}",
        wrong.join("\n")
    );
}

/// Every one of these routes is in the table, and nothing else.
fn check_routes(rows: &[Row], routes: &BTreeSet<String>) {
    let listed: BTreeSet<_> = rows.iter().map(Row::route).collect();
    let missing: Vec<_> = routes.difference(&listed).collect();
    let unknown: Vec<_> = listed.difference(routes).collect();
    assert!(
        missing.is_empty() && unknown.is_empty(),
        "docs/RIGHTS.md lacks {missing:#?} and has {unknown:#?} too much"
    );
}

/// What operators act upon.
struct Known {
    operation: String,
    boss: Member,
}

impl Known {
    async fn of(app: &Studyhall, boss: &Member) -> Self {
        let retried = post(app, boss, "/api/v1/outbox/retry", json!({ "all": true })).await;
        let ended = ended(app, boss, retried).await;
        let rebuild = app.twin.rebuilds();
        let asked = rebuild.start("todos", &RebuildOptions::default()).await;
        asked.expect("a rebuild that no worker does");
        Self {
            operation: ended.str("id").to_owned(),
            boss: boss.clone(),
        }
    }

    /// The id that a row's path is about.
    async fn id(&self, app: &Studyhall, row: &Row, cast: &Cast) -> String {
        let is_about = |part: &str| row.path.contains(part);
        if is_about("/outbox/") || is_about("/events/") {
            cast.event(app).await
        } else if is_about("/explain/") || is_about("/documents/") {
            cast.resource("/todos/{id}", &row.of)
        } else if is_about("/operations/") {
            self.operation.clone()
        } else {
            cast.resource(&row.path, &row.of)
        }
    }

    async fn pause(&self, app: &Studyhall) {
        let pause = json!({ "scope": "collection:todos", "reason": "rights" });
        let paused = post(app, &self.boss, "/api/v1/pauses", pause).await;
        assert!(paused.status < 300, "{}", paused.text);
    }
}

async fn ask(
    app: &Studyhall,
    document: &Value,
    known: &Known,
    row: &Row,
    cast: &Cast,
    role: Role,
) -> Answer {
    let path = &row.path;
    let id = known.id(app, row, cast).await;
    if path.contains("{scope}") {
        known.pause(app).await;
    }
    let name = if path.starts_with("/api/v1/messages/") && row.method == "DELETE" {
        id.as_str()
    } else {
        cast.named_by(role)
    };
    let url = path
        .replace("{id}", &id)
        .replace("{name}", name)
        .replace("{collection}", "todos")
        .replace("{session}", "0000000000000000")
        .replace("{scope}", "collection:todos");
    let mut call = app.call(&row.method, &url);
    if let Some(member) = cast.member(role) {
        call = call.by(&member.token);
    }
    if let Some(body) = body(document, row, cast, role) {
        call = call.json(&body);
    }
    call.send().await
}

/// The example of the document, with the names of this cast.
fn body(document: &Value, row: &Row, cast: &Cast, role: Role) -> Option<Value> {
    let path = row.path.split('?').next().unwrap_or_default();
    let operation = &document["paths"][path][row.method.to_ascii_lowercase()];
    let schema = &operation["requestBody"]["content"]["application/json"]["schema"];
    let mut body = schema.get("example")?.clone();
    match path {
        "/api/v1/users" | "/api/v1/users/me" | "/api/v1/users/{id}" => {
            body["username"] = cast.newcomer(role).into();
            body["email"] = format!("{}@example.com", cast.newcomer(role)).into();
        }
        "/api/v1/login" => {
            body = json!({ "username": cast.named_by(Role::Anonymous), "password": PASSWORD });
        }
        "/api/v1/friends" => body["username"] = cast.named_by(role).into(),
        "/api/v1/outbox/discard" => body["reason"] = "They are of no use.".into(),
        _ => {}
    }
    Some(body)
}
