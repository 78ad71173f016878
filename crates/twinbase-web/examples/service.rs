//! A whole service on Twinbase: one aggregate, with tokens, freshness, versions, idempotency, pages and problems.
//! `cargo run -p twinbase-web --example service` listens at localhost:3002, and keeps its databases where it is started.

use std::{error::Error, time::Duration};

use axum::{Router, extract::OriginalUri, extract::State, response::Response};
use serde::{Deserialize, Serialize};
use twinbase::prelude::*;
use twinbase_web::{
    Body, Edge, Idempotency, IdempotencyKey, IfNoneMatch, PathId, Problem, ReadRequest, Reply,
    answered_one, answered_page, cursor, idempotency,
    openapi::{Info, Op, Routes, pages, schema},
};

twinbase_web::text! {
    /// Up to 500 characters.
    struct Text: Rules::of(1, 500);
}

#[derive(Clone, Aggregate, Serialize, Deserialize)]
#[aggregate(name = "note", table = "notes")]
struct Note {
    #[key]
    id: AggregateId,
    text: Text,
}

/// What is sent, as JSON or from an HTML form.
struct Draft {
    text: Text,
}

twinbase_web::body!(Draft { text: "Buy milk" });

type Keys = State<Idempotency>;

async fn create(keys: Keys, key: IdempotencyKey, body: Body<Draft>) -> Result<Reply, Problem> {
    let claim = key.claim("everybody", "POST /notes", &body.sent);
    let (id, text) = (keys.twin().new_id(), body.value.text);
    let note = &Note { id, text };
    let run = |tx: Tx| async move {
        let note = tx.insert(note).await?;
        let location = format!("/notes/{}", note.id);
        Ok(Reply::of(&note, &note.token())?.created(Some(location)))
    };
    keys.write(claim, run).await
}

async fn read(
    keys: Keys,
    PathId(id): PathId,
    have: IfNoneMatch,
    ReadRequest { params, freshness }: ReadRequest,
) -> Result<Response, Problem> {
    params.finish()?;
    let note = freshness.get::<Note>(keys.twin(), &id, |_| true);
    let note = note.await?.ok_or_else(|| Problem::not_found("note"))?;
    Ok(answered_one(note, &have))
}

async fn list(keys: Keys, uri: OriginalUri, mut read: ReadRequest) -> Result<Response, Problem> {
    let limit = read.params.limit(100)?;
    let after: Option<Cursor> = read.params.take("cursor", cursor::read)?;
    read.params.finish()?;
    let notes = read.freshness.collection::<Note>(keys.twin());
    let notes = notes.filter([]).order([Note::ID.ascending()]).after(after);
    Ok(answered_page(notes.page(limit).await?, &uri))
}

pub(crate) async fn open(folder: &str) -> Result<Twinbase, Box<dyn Error>> {
    let sql = |_| "create table if not exists notes (id text primary key, text text not null)";
    let (number, name) = (1, "notes");
    let migrations = vec![Migration { number, name, sql }];
    let twin = Twinbase::builder()
        .primary(&format!("sqlite:{folder}/notes.db"))
        .replica(&format!("embedded:{folder}/documents.db"))
        .aggregate::<Note>()
        .migrations(MigrationSet { name, migrations })
        .migrations(idempotency::migrations());
    let twin = twin.open().await?;
    twin.migrate().await?;
    Ok(twin)
}

pub(crate) fn router(twin: &Twinbase) -> Router {
    let limit = Duration::from_secs(30);
    let note = schema::one::<Note>();
    let all = Op::get("All notes", schema::page(&note)).paged(100);
    let new = Op::create("Writes a note down", note.clone()).writes();
    let routes = Routes::new()
        .on("/notes", all, list)
        .on("/notes", new, create)
        .on("/notes/{id}", Op::get("One note", note), read);
    let info = Info::new("notes", "Notes", "Notes of everybody.");
    let routes = Router::new()
        .merge(routes.router())
        .nest("/api", pages(info, routes))
        .fallback(twinbase_web::not_found)
        .with_state(Idempotency::new(twin.clone(), limit));
    Edge::new("notes", twin, limit).around(routes)
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let twin = open(".").await?;
    let _worker = twin.start_worker(WorkerOptions::default())?;
    let listener = tokio::net::TcpListener::bind("127.0.0.1:3002").await?;
    Ok(axum::serve(listener, router(&twin)).await?)
}
