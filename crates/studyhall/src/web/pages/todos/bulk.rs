//! Several todos at once: one a line, seen before they are added.

use axum::{
    extract::State,
    http::StatusCode,
    response::{IntoResponse as _, Response},
};
use maud::html;
use serde_json::json;
use twinbase::prelude::*;
use twinbase_web::{Fault, PageForm, Problem, Reply, body};

use crate::{
    api::AppState,
    domain::{Title, Todo, commands::add_todos},
    web::{
        done::{Done, Said},
        layout::{Page, Place},
        parts::{Fields, hidden, key},
        viewer::Viewer,
    },
};

/// As many as the API takes.
const MOST: usize = 100;

pub(super) struct Pasted {
    lines: String,
    sure: Option<bool>,
    back: Option<bool>,
}

body!(Pasted {
    lines: "Chapter 3\nChapter 4",
    sure: true,
    back: false
});

pub(super) async fn ask(State(state): State<AppState>, viewer: Viewer) -> Response {
    page(&state, &viewer, &Fields::default())
}

pub(super) async fn add(
    State(state): State<AppState>,
    viewer: Viewer,
    form: PageForm<Pasted>,
) -> Result<Response, Problem> {
    if form
        .value
        .as_ref()
        .is_ok_and(|lines| lines.back == Some(true))
    {
        return Ok(page(&state, &viewer, &Fields::with(form.sent)));
    }
    let parsed = form
        .value
        .and_then(|lines| Ok((titles(&lines.lines)?, lines)));
    let (titles, lines) = match parsed {
        Ok(parsed) => parsed,
        Err(faults) => {
            let page = page(&state, &viewer, &Fields::refused(form.sent, faults));
            return Ok((StatusCode::UNPROCESSABLE_ENTITY, page).into_response());
        }
    };
    if lines.sure != Some(true) {
        return Ok(preview(&state, &viewer, &titles, &lines.lines));
    }
    let now = state.now();
    let new = titles.into_iter();
    let new =
        new.map(|title| Todo::new(state.twin().new_id(), viewer.id().clone(), title, None, now));
    let (owner, new) = (viewer.id(), &new.collect::<Vec<_>>());
    let claim = form.key.claim(owner, "POST todos page bulk", &form.sent);
    let run = |tx: Tx| async move {
        add_todos(&tx, owner, new).await?;
        Reply::ok(&json!({}), &tx.token().await)
    };
    let reply = match state.idempotency().write(claim, run).await {
        Ok(reply) => reply,
        Err(problem) if problem.kind().status.is_client_error() => {
            let page = page(&state, &viewer, &Fields::because(form.sent, &problem));
            return Ok((problem.kind().status, page).into_response());
        }
        Err(problem) => return Err(problem),
    };
    let done = Done::to("/todos").seeing_reply(&viewer, &reply);
    Ok(done.saying(Said::Saved).into_response())
}

/// A title a line; empty lines and the marks of lists are passed over.
fn titles(text: &str) -> Result<Vec<Title>, Vec<Fault>> {
    let fault = |detail: String| Fault {
        pointer: Some("/lines".to_owned()),
        parameter: None,
        detail,
    };
    let lines = text.lines().map(without_mark);
    // Numbered as whoever pasted them counts.
    let lines = (1..).zip(lines).filter(|(_, line)| !line.is_empty());
    let lines: Vec<(usize, _)> = lines.collect();
    if !(1..=MOST).contains(&lines.len()) {
        return Err(vec![fault(format!("must have 1 to {MOST} lines"))]);
    }
    let mut titles = Vec::with_capacity(lines.len());
    let mut faults = Vec::new();
    for (number, line) in lines {
        match Title::parse(line) {
            Ok(title) => titles.push(title),
            Err(error) => faults.push(fault(format!("has in line {number} what {error}"))),
        }
    }
    if faults.is_empty() {
        Ok(titles)
    } else {
        Err(faults)
    }
}

/// A line of a list without its mark: a dash, a star or a dot, and the box of a task.
fn without_mark(line: &str) -> &str {
    let line = line.trim();
    let text = line.trim_start_matches(['-', '*', '•']).trim_start();
    if text.len() == line.len() {
        return line;
    }
    let of_task = ["[ ]", "[x]", "[X]"].iter().find_map(|mark| {
        let rest = text.strip_prefix(mark)?;
        (rest.is_empty() || rest.starts_with(char::is_whitespace)).then_some(rest)
    });
    of_task.unwrap_or(text).trim_start()
}

fn page(state: &AppState, viewer: &Viewer, fields: &Fields) -> Response {
    let body = html! {
        (fields.summary())
        form.stack method="post" action="/todos/bulk" {
            (key(state.twin()))
            (fields.lines("lines", "One todo a line", "Up to 100. You see them before they are added.", 10))
            p.buttons { button.primary { "Look at them" } a href="/todos" { "Cancel" } }
        }
    };
    Page::new("Add several todos", Place::Todos, body).of(viewer)
}

fn preview(state: &AppState, viewer: &Viewer, titles: &[Title], lines: &str) -> Response {
    let body = html! {
        p { "These " (titles.len()) " todos will be added." }
        ol { @for title in titles { li { bdi { (title) } } } }
        form.buttons method="post" action="/todos/bulk" {
            (key(state.twin()))
            (hidden("lines", lines))
            (hidden("sure", "true"))
            button name="back" value="true" { "Back" }
            button.primary { "Add " (titles.len()) }
        }
    };
    Page::new("Add several todos", Place::Todos, body).of(viewer)
}

#[cfg(test)]
mod tests {
    use super::titles;

    #[test]
    fn a_line_is_named_as_whoever_pasted_it_counts() {
        let faults = titles(&format!("a\n\nb\n{}", "x".repeat(300))).expect_err("too long");
        assert!(faults[0].detail.contains("line 4"), "{faults:?}");
    }

    #[test]
    fn lists_are_taken_as_they_are_pasted() {
        let parsed = titles("- Chapter 3\n\n * Chapter 4 \r\n• five").expect("three lines");
        let texts: Vec<&str> = parsed.iter().map(|title| &**title).collect();
        assert_eq!(texts, ["Chapter 3", "Chapter 4", "five"]);
        let parsed = titles("- [ ] open\n* [x] done\n- [X] too\n- [ ]\n[x] y\n- [x]y");
        let parsed = parsed.expect("five lines and an empty one");
        let texts: Vec<&str> = parsed.iter().map(|title| &**title).collect();
        assert_eq!(texts, ["open", "done", "too", "[x] y", "[x]y"]);
        assert!(titles(" \n\n").is_err());
        assert_eq!(titles(&"x\n".repeat(101)).expect_err("too many").len(), 1);
    }
}
