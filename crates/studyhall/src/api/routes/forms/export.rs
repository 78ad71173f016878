//! `GET /forms/{id}/results.csv`: the responses to one version of the questions, row by row while they are read. A question of which
//! several choices can be taken has a column for each, with 1 where it was: joined texts could not be told apart again.

use std::num::NonZeroU32;

use axum::{
    body::{Body, Bytes},
    extract::State,
    http::{HeaderValue, header},
    response::Response,
};
use futures_util::stream;
use serde_json::Value;
use twinbase::prelude::*;
use twinbase_web::{
    Freshness, Part as _, PathId, Problem, ReadRequest, answered_file, csv, csv::Csv,
};

use crate::{
    api::{AppState, session::CurrentUser},
    domain::{
        Choice, Error, Question, QuestionKind,
        queries::{Exported, ExportedResponse, exported},
    },
};

/// The parameter `version`.
pub(super) fn schema() -> Value {
    NonZeroU32::schema()
}

fn version(text: &str) -> Result<i32, &'static str> {
    let version = text.parse().ok().filter(|version| *version > 0);
    version.ok_or("must be a number from 1 on")
}

pub(super) async fn read(
    State(state): State<AppState>,
    user: CurrentUser,
    PathId(id): PathId,
    request: ReadRequest,
) -> Result<Response, Problem> {
    let ReadRequest {
        mut params,
        freshness,
    } = request;
    let version = params.take("version", version)?;
    params.finish()?;
    let of = exported(state.twin(), &user.id, &id, version).await?;
    // The first page is read before the answer begins: until then an error can be answered as one.
    let first = of.page(state.twin(), None, &freshness).await?;
    let name = format!("responses-{}-v{}.csv", of.form.id, of.version);
    let (source, staleness) = (first.source, first.staleness);
    let file = File {
        twin: state.twin().clone(),
        freshness,
        csv: Csv::with_headings(headings(&of).iter().map(String::as_str)),
        of,
    };
    let body = Body::from_stream(stream::try_unfold(
        Some((file, Next::Page(first.value))),
        step,
    ));
    let answer = Answer {
        value: body,
        source,
        staleness,
    };
    let mut response = answered_file(answer, csv::MEDIA_TYPE, &name);
    let private = HeaderValue::from_static("private, no-store");
    response
        .headers_mut()
        .insert(header::CACHE_CONTROL, private);
    Ok(response)
}

/// A file that is being sent.
struct File {
    twin: Twinbase,
    freshness: Freshness,
    of: Exported,
    csv: Csv,
}

/// What is to be sent next.
enum Next {
    Page(Page<ExportedResponse>),
    After(Cursor),
}

type Rest = Option<(File, Next)>;

/// Sends a page. An error ends the connection before the file's end, so that its reader does not take it for whole.
async fn step(rest: Rest) -> Result<Option<(Bytes, Rest)>, Error> {
    let Some((mut file, next)) = rest else {
        return Ok(None);
    };
    let page = match next {
        Next::Page(page) => page,
        Next::After(place) => {
            let page = file
                .of
                .page(&file.twin, Some(place), &file.freshness)
                .await?;
            page.value
        }
    };
    for response in &page.items {
        let cells = cells(&file.of, response);
        file.csv.row(cells.iter().map(String::as_str));
    }
    let text = Bytes::from(file.csv.take());
    let rest = page.next.map(|place| (file, Next::After(place)));
    Ok(Some((text, rest)))
}

/// How a file can begin.
pub(super) const EXAMPLE: &str = "Answered at,Answered by,How useful was it?,Which days? [Monday],Which days? [Friday]\r\n2030-01-31T09:00:00Z,ada,4,,1\r\n";

fn headings(of: &Exported) -> Vec<String> {
    let mut all = vec!["Answered at".to_owned()];
    if !of.form.is_anonymous {
        all.push("Answered by".to_owned());
    }
    for question in of.questions.iter() {
        let text = question.text.to_string();
        match choices(question) {
            Some(choices) => all.extend(choices.iter().map(|choice| format!("{text} [{choice}]"))),
            None => all.push(text),
        }
    }
    all
}

fn cells(of: &Exported, ExportedResponse { response, username }: &ExportedResponse) -> Vec<String> {
    let at = response.created_at.to_string();
    let mut all = if of.form.is_anonymous {
        // The day is all that is known.
        vec![at.chars().take_while(|c| *c != 'T').collect()]
    } else {
        vec![at, username.clone().unwrap_or_default()]
    };
    for question in of.questions.iter() {
        let answer = response.answers.to(question);
        if let Some(choices) = choices(question) {
            let chosen = answer
                .and_then(Value::as_array)
                .map_or(&[][..], Vec::as_slice);
            let mark = |choice: &Choice| chosen.iter().any(|one| **choice == *one);
            all.extend(
                choices
                    .iter()
                    .map(|choice| if mark(choice) { "1" } else { "" }.to_owned()),
            );
        } else {
            all.push(answer.map_or_else(String::new, cell));
        }
    }
    all
}

/// The choices of a question that have a column each.
fn choices(question: &Question) -> Option<&[Choice]> {
    match &question.kind {
        QuestionKind::ManyOf { choices } => Some(choices),
        _ => None,
    }
}

/// An answer as a person reads it.
fn cell(answer: &Value) -> String {
    match answer {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}
