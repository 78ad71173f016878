//! Friends: who is one, who asks to be, and who is not to be seen.

use axum::{extract::State, response::Response};
use serde_json::{Value, json};
use twinbase::prelude::*;
use twinbase_web::{
    Body, IdempotencyKey, Problem, ReadRequest, Reply, answered, body,
    openapi::{Op, Routes, schema},
};

use crate::{
    api::{AppState, named::PathName, session::CurrentUser},
    domain::{
        Rule, TypedName,
        commands::{Act, ask},
        queries::friends,
    },
};

pub(super) fn routes() -> Routes<AppState> {
    let (id, since) = (
        "0194b7d2-52a0-7c3e-9a51-0c6f2f1d9f10",
        "2030-01-31T09:00:00Z",
    );
    let friend = json!([{ "id": id, "username": "ada", "avatar": null, "since": since }]);
    let sent = json!([{ "username": "eve", "sentAt": since }]);
    let lists = schema::like(&json!({
        "friends": friend, "received": friend, "sent": sent, "blocked": friend, "hidden": friend,
    }));
    let done = || schema::like(&json!({ "success": true }));
    let asks = "Asks whoever has this name to be friends; the answer is the same whether somebody has it or not";
    let asks = Op::post(asks, done())
        .writes()
        .fails(Rule::Yourself)
        .fails(Rule::BlockedByYou)
        .fails(Rule::TooManyRequests);
    let ends = Op::delete(summary(Act::Remove), done()).writes();
    let routes = Routes::new()
        .on(
            "/friends",
            Op::get("Your friends, requests and blocks, exact", lists),
            list,
        )
        .on("/friends", asks, create)
        .on("/friends/{name}", ends, remove);
    Act::ALL.into_iter().fold(routes, |routes, act| {
        let handler =
            move |state: State<AppState>,
                  user: CurrentUser,
                  name: PathName,
                  key: IdempotencyKey| done_to(state, user, name, key, act);
        let op = Op::post(summary(act), done()).writes();
        routes.on(&format!("/friends/{{name}}/{}", act.name()), op, handler)
    })
}

const fn summary(act: Act) -> &'static str {
    match act {
        Act::Accept => "Accepts a request",
        Act::Decline => "Declines a request; whoever asked is not told",
        Act::Withdraw => "Takes your own request back",
        Act::Remove => "Ends a friendship; messages stay readable",
        Act::Block => "Blocks somebody: friendship and requests end, and neither sees the other",
        Act::Unblock => "Takes a block back; what it ended stays ended",
        Act::Hide => "Hides somebody from the boards that you see",
        Act::Unhide => "Shows somebody on boards again",
    }
}

struct Request {
    username: TypedName,
}

body!(Request { username: "eve" });

async fn list(
    State(state): State<AppState>,
    user: CurrentUser,
    request: ReadRequest,
) -> Result<Response, Problem> {
    request.params.finish()?;
    let friends = friends(state.twin(), &user.id).await?;
    Ok(answered(Answer::from_primary(friends)))
}

async fn create(
    State(state): State<AppState>,
    user: CurrentUser,
    key: IdempotencyKey,
    body: Body<Request>,
) -> Result<Reply, Problem> {
    let claim = key.claim(&user.id, "POST /friends", &body.sent);
    let (me, name) = (&user.id, &body.value.username);
    let run = |tx: Tx| async move {
        ask(&tx, me, name).await?;
        answer(&Token::default())
    };
    state.idempotency().write(claim, run).await
}

async fn done_to(
    State(state): State<AppState>,
    user: CurrentUser,
    PathName(name): PathName,
    key: IdempotencyKey,
    act: Act,
) -> Result<Reply, Problem> {
    let route = format!("POST /friends/{{name}}/{}", act.name());
    let claim = key.claim(&user.id, &route, &json!(&*name));
    let (me, name) = (&user.id, &name);
    let run = |tx: Tx| async move { answer(&act.run(&tx, me, name).await?) };
    state.idempotency().write(claim, run).await
}

async fn remove(
    State(state): State<AppState>,
    user: CurrentUser,
    PathName(name): PathName,
) -> Result<Reply, Problem> {
    let (me, name) = (&user.id, &name);
    let run = |tx: Tx| async move { Act::Remove.run(&tx, me, name).await };
    let (_, token) = state.twin().write(run).await?;
    answer(&token)
}

fn answer(token: &Token) -> Result<Reply, Problem> {
    let success: Value = json!({ "success": true });
    Reply::ok(&success, token)
}
