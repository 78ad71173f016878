//! Direct messages: threads, the history of one, and writing, reading and deleting.

use std::num::NonZeroU32;

use axum::{
    extract::{OriginalUri, State},
    response::Response,
};
use serde_json::json;
use twinbase::prelude::*;
use twinbase_web::{
    Body, IdempotencyKey, PathId, Problem, ReadRequest, Reply, answered, answered_page, body,
    cursor,
    openapi::{Op, Routes, schema},
};

use crate::{
    api::{AppState, named::PathName, session::CurrentUser},
    domain::{
        Message, MessageText, Rule,
        commands::{delete_message, mark_read, send_message},
        queries::{Part, history, threads, unread},
    },
};

const MOST_ITEMS: u32 = 100;

pub(super) fn routes() -> Routes<AppState> {
    let (id, at) = (
        "0194b7d2-52a0-7c3e-9a51-0c6f2f1d9f10",
        "2030-01-31T09:00:00Z",
    );
    let with = json!({ "id": id, "username": "ada", "avatar": null });
    let last = json!({ "senderId": id, "text": "Chapter 3?", "position": 7, "createdAt": at });
    let thread = schema::like(&json!({ "with": with, "last": last, "unread": 2 }));
    let mut part = schema::like(
        &json!({ "with": with, "areFriends": true, "readTo": 5, "before": 3, "after": null }),
    );
    let message = || schema::shown_as(schema::one::<Message>(), &json!({ "text": "Chapter 3?" }));
    part["properties"]["items"] = schema::list(&message());
    part["example"]["items"] = json!([message()["example"]]);
    part["required"] = json!(["with", "areFriends", "readTo", "items"]);
    let position = json!({ "type": "integer", "minimum": 1, "maximum": i32::MAX });
    let limit = json!({ "type": "integer", "minimum": 1, "maximum": MOST_ITEMS, "default": 50 });
    let history = Op::get(
        "Messages with somebody, the oldest first: the newest, or before or after a position",
        part,
    )
    .query(
        "before",
        &position,
        "The last messages before this position.",
    )
    .query(
        "after",
        &position,
        "The first messages after this position.",
    )
    .query("limit", &limit, "How many messages.");
    let read = schema::like(&json!({ "position": 7 }));
    Routes::new()
        .on(
            "/messages",
            Op::get("Your threads, the latest first", schema::page(&thread)).paged(MOST_ITEMS),
            list,
        )
        .on(
            "/unread",
            Op::get(
                "How many messages you have not read",
                schema::like(&json!({ "messages": 3 })),
            ),
            count,
        )
        .on(THREAD, history, read_thread)
        .on(
            THREAD,
            Op::create("Writes to a friend", message())
                .writes()
                .fails(Rule::NotFriends),
            send,
        )
        .on(
            "/messages/{name}/read",
            Op::post("Notes up to where you have read; the highest holds", read).writes(),
            mark,
        )
        .on(
            THREAD,
            Op::delete(
                "Deletes a message that you wrote, by its id in place of a name",
                schema::like(&json!({ "success": true })),
            )
            .writes(),
            delete,
        )
}

/// A name to read and to write, and the id of a message to delete. Neither axum nor OpenAPI lets two parameters of different names be in
/// one place: the description of each says what it is.
const THREAD: &str = "/messages/{name}";

struct Draft {
    text: MessageText,
}

body!(Draft { text: "Chapter 3?" });

struct Mark {
    position: NonZeroU32,
}

body!(Mark { position: 7 });

async fn list(
    State(state): State<AppState>,
    OriginalUri(uri): OriginalUri,
    user: CurrentUser,
    ReadRequest { mut params, .. }: ReadRequest,
) -> Result<Response, Problem> {
    let after = params.take("cursor", cursor::read)?;
    let limit = params.limit(MOST_ITEMS)?;
    params.finish()?;
    let page = threads(state.twin(), &user.id, after, limit).await?;
    Ok(answered_page(Answer::from_primary(page), &uri))
}

async fn count(
    State(state): State<AppState>,
    user: CurrentUser,
    request: ReadRequest,
) -> Result<Response, Problem> {
    request.params.finish()?;
    let unread = unread(state.twin(), &user.id).await?;
    Ok(answered(Answer::from_primary(
        json!({ "messages": unread }),
    )))
}

async fn read_thread(
    State(state): State<AppState>,
    user: CurrentUser,
    PathName(name): PathName,
    request: ReadRequest,
) -> Result<Response, Problem> {
    let ReadRequest {
        mut params,
        freshness,
    } = request;
    let part = match (
        params.take("before", position)?,
        params.take("after", position)?,
    ) {
        (None, None) => Part::Newest,
        (Some(at), None) => Part::Before(at),
        (None, Some(at)) => Part::After(at),
        (Some(_), Some(_)) => {
            return Err(Problem::invalid_parameter(
                "after",
                "cannot be given with `before`",
            ));
        }
    };
    let limit = params.limit(MOST_ITEMS)?;
    params.finish()?;
    let history = history(state.twin(), &user.id, &name, part, limit, &freshness).await?;
    Ok(answered(history))
}

fn position(text: &str) -> Result<i32, &'static str> {
    let position = text.parse().ok().filter(|position| *position > 0);
    position.ok_or("must be the position of a message")
}

async fn send(
    State(state): State<AppState>,
    user: CurrentUser,
    PathName(name): PathName,
    key: IdempotencyKey,
    body: Body<Draft>,
) -> Result<Reply, Problem> {
    let sent = json!({ "name": &*name, "body": body.sent });
    let claim = key.claim(&user.id, "POST /messages/{name}", &sent);
    let (me, name, text, id) = (&user.id, &name, &body.value.text, &state.twin().new_id());
    let run = |tx: Tx| async move {
        let message = send_message(&tx, me, name, id, text).await?;
        Ok(Reply::of(&message, &tx.token().await)?.created(None))
    };
    state.idempotency().write(claim, run).await
}

async fn mark(
    State(state): State<AppState>,
    user: CurrentUser,
    PathName(name): PathName,
    key: IdempotencyKey,
    body: Body<Mark>,
) -> Result<Reply, Problem> {
    let sent = json!({ "name": &*name, "body": body.sent });
    let claim = key.claim(&user.id, "POST /messages/{name}/read", &sent);
    let position = i32::try_from(body.value.position.get()).unwrap_or(i32::MAX);
    let (me, name) = (&user.id, &name);
    let run = |tx: Tx| async move {
        let position = mark_read(&tx, me, name, position).await?;
        Reply::ok(&json!({ "position": position }), &tx.token().await)
    };
    state.idempotency().write(claim, run).await
}

/// Answers `{"success": true}` as the seed does.
async fn delete(
    State(state): State<AppState>,
    user: CurrentUser,
    PathId(id): PathId,
) -> Result<Reply, Problem> {
    let (me, id) = (&user.id, &id);
    let run = |tx: Tx| async move { delete_message(&tx, me, id).await };
    let (_, token) = state.twin().write(run).await?;
    Reply::ok(&json!({ "success": true }), &token)
}
