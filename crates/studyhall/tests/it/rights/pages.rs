//! The pages: what a browser is answered that asks for each, or sends each of their forms.

use std::collections::BTreeSet;

use studyhall::web;

use super::{
    Known,
    cast::{Cast, Role},
    check_routes, start,
    table::{Row, pages},
    walk,
};
use crate::{
    openapi::{allowed, mounted},
    operator::operator,
    support::{Answer, Combination, PASSWORD, Studyhall, on_two_combinations},
    web::{cookie, page, post},
};

on_two_combinations! {
    every_page_answers_everybody_as_the_table_says,
}

async fn every_page_answers_everybody_as_the_table_says(on: Combination) {
    let backups = tempfile::tempdir().expect("a folder");
    let app = start(on, &backups).await;
    let mut paths = mounted(&web::router(&app.state));
    // Too short for a path in that list; and a mistyped address, which is nobody's.
    paths.insert("/".to_owned());
    paths.remove("/{*path}");
    let boss = operator(&app, "chief").await;
    let mut routes = BTreeSet::new();
    for path in &paths {
        let methods = allowed(&app, path, &boss).await.into_iter();
        routes.extend(methods.map(|method| format!("{method} {path}")));
    }
    assert!(routes.len() > 80, "{routes:#?}");
    let rows = pages();
    check_routes(&rows, &routes);
    let ask = async |known: &Known, row: &Row, cast: &Cast, role: Role| {
        ask(&app, known, row, cast, role).await
    };
    walk(&app, &rows, ask).await;
}

async fn ask(app: &Studyhall, known: &Known, row: &Row, cast: &Cast, role: Role) -> Answer {
    let name = cast.named_by(role);
    let url = row
        .path
        .replace("{id}", &known.id(app, row, cast).await)
        .replace("{name}", name)
        .replace("{NAME}", &name.to_uppercase())
        .replace("{collection}", "todos")
        .replace("{session}", "0000000000000000");
    let member = cast.member(role);
    let answer = if row.path.starts_with("/live?") {
        let mut call = app.call("GET", &url);
        if let Some(member) = member {
            call = call.header("cookie", cookie(member));
        }
        // It has no end to wait for.
        call.begin().await
    } else if row.method == "GET" {
        page(app, member, &url).await
    } else {
        let fields = fields(row, cast, role);
        let fields: Vec<_> = fields
            .iter()
            .map(|(name, value)| (*name, &**value))
            .collect();
        post(app, member, &url, &fields).await
    };
    let to_login = answer.status == 303 && answer.header("location").starts_with("/login");
    Answer {
        status: if to_login { 401 } else { answer.status },
        ..answer
    }
}

/// What the form of a page is filled in with.
fn fields(row: &Row, cast: &Cast, role: Role) -> Vec<(&'static str, String)> {
    let newcomer = cast.newcomer(role);
    let email = format!("{newcomer}@example.com");
    let fields: &[(&'static str, &str)] = match &*row.path {
        "/account/day" => &[
            ("timeZone", "Asia/Kathmandu"),
            ("dayStart", "4"),
            ("weeklyAim", "3"),
        ],
        "/account/delete" => &[("password", PASSWORD)],
        "/account/look" => &[("theme", "dark")],
        "/account/password" => &[
            ("password", PASSWORD),
            ("newPassword", "battery staple correct"),
        ],
        "/account/profile" => &[
            ("username", &newcomer),
            ("email", &email),
            ("showProfile", "true"),
        ],
        "/forms" | "/todos" | "/todos/{id}" => &[("title", "Chapter 4")],
        "/forms/{id}/edit" => &[
            ("do", "save"),
            ("title", "Chapter 4"),
            ("q0.kind", "shortText"),
            ("q0.text", "Why?"),
        ],
        "/forms/{id}/responses" => &[
            ("formVersion", "1"),
            ("answers.pace", "Right"),
            ("answers.value", "4"),
        ],
        "/friends" => &[("username", cast.named_by(role))],
        "/login" => &[
            ("username", cast.named_by(Role::Anonymous)),
            ("password", PASSWORD),
        ],
        "/messages/{name}" => &[("text", "Chapter 4?")],
        "/messages/{name}/read" => &[("position", "1")],
        "/reports" => &[("studyHours", "1"), ("completionPct", "50")],
        "/sessions" => &[
            ("subject", "Algebra"),
            ("startedAt", "2026-01-31T09:00"),
            ("endedAt", "2026-01-31T10:00"),
        ],
        "/sessions/start" => &[("subject", "Algebra")],
        "/signup" => &[
            ("username", &newcomer),
            ("email", &email),
            ("password", PASSWORD),
        ],
        "/todos/bulk" => &[("lines", "Chapter 4"), ("sure", "true")],
        // Buttons alone; and the console's forms, which are sent empty.
        _ => &[],
    };
    let owned = fields
        .iter()
        .map(|(name, value)| (*name, (*value).to_owned()));
    owned.collect()
}
