//! The routes of notes: create, read, list an author's, change, delete.

use axum::{
    Router,
    extract::{OriginalUri, State},
    response::Response,
    routing::get,
};
use serde_json::json;
use twinbase::prelude::*;
use twinbase_web::{
    Body, Idempotency, IdempotencyKey, IfMatch, IfNoneMatch, PathId, Problem, ReadRequest, Reply,
    answered_one, answered_page, cursor,
};

use crate::note::{Note, NoteChange, Words};

type Keys = State<Idempotency>;

pub(crate) fn router() -> Router<Idempotency> {
    Router::new()
        .route("/notes", get(list).post(create))
        .route("/notes/{id}", get(read).patch(change).delete(delete))
}

/// A new note, as JSON or from an HTML form.
struct New {
    author: Words,
    text: Words,
}

twinbase_web::body!(New {
    author: "ada",
    text: "Buy milk"
});

/// Another text for a note.
struct Text {
    text: Words,
}

twinbase_web::body!(Text {
    text: "Buy oat milk"
});

async fn create(keys: Keys, key: IdempotencyKey, body: Body<New>) -> Result<Reply, Problem> {
    let claim = key.claim("everybody", "POST /notes", &body.sent);
    let now = keys.twin().now();
    let note = &Note {
        id: keys.twin().new_id(),
        author: body.value.author,
        text: body.value.text,
        draft: None.into(),
        created_at: now,
        updated_at: now,
    };
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
    Ok(answered_one(note.await?.ok_or_else(absent)?, &have))
}

async fn list(keys: Keys, uri: OriginalUri, mut read: ReadRequest) -> Result<Response, Problem> {
    let limit = read.params.limit(100)?;
    let author = read.params.take("author", Words::parse)?;
    let after: Option<Cursor> = read.params.take("cursor", cursor::read)?;
    read.params.finish()?;
    let notes = read.freshness.collection::<Note>(keys.twin());
    let notes = notes.filter(author.map(|author| Note::AUTHOR.eq(author)));
    let notes = notes.order([Note::ID.ascending()]).after(after);
    Ok(answered_page(notes.page(limit).await?, &uri))
}

async fn change(
    keys: Keys,
    PathId(id): PathId,
    IfMatch(expected): IfMatch,
    body: Body<Text>,
) -> Result<Reply, Problem> {
    let change = NoteChange {
        text: Some(body.value.text),
        ..NoteChange::default()
    };
    let note = keys.twin().change(&id, &expected, &change).await?;
    let note = note.ok_or_else(absent)?;
    Reply::of(&note, &note.token())
}

async fn delete(keys: Keys, PathId(id): PathId) -> Result<Reply, Problem> {
    let note = keys.twin().delete::<Note>(&id).await?;
    let note = note.ok_or_else(absent)?;
    Reply::ok(&json!({ "success": true }), &note.token())
}

fn absent() -> Problem {
    Problem::not_found("note")
}
