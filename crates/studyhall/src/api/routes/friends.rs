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
        Deed, Error, Rule, Username,
        commands::{ask, hide, settle, unhide, withdraw},
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
    let ends = Op::delete("Ends a friendship; messages stay readable", done()).writes();
    let routes = Routes::new()
        .on(
            "/friends",
            Op::get("Your friends, requests and blocks, exact", lists),
            list,
        )
        .on("/friends", asks, create)
        .on("/friends/{name}", ends, remove);
    DEEDS
        .into_iter()
        .fold(routes, |routes, (path, summary, deed)| {
            let op = Op::post(summary, done()).writes();
            let handler = move |state: State<AppState>,
                                user: CurrentUser,
                                name: PathName,
                                key: IdempotencyKey| {
                act(state, user, name, key, (path, deed))
            };
            routes.on(path, op, handler)
        })
}

/// What is done to somebody by name, without a body.
#[derive(Debug, Clone, Copy)]
enum Act {
    Settle(Deed),
    Withdraw,
    Hide,
    Unhide,
}

impl Act {
    /// Whether the answer's token is more than an empty one: that of a request would tell whether anybody has the name.
    const fn is_told(self) -> bool {
        matches!(self, Self::Settle(_))
    }
}

const DEEDS: [(&str, &str, Act); 7] = [
    (
        "/friends/{name}/accept",
        "Accepts a request",
        Act::Settle(Deed::Accept),
    ),
    (
        "/friends/{name}/decline",
        "Declines a request; whoever asked is not told",
        Act::Settle(Deed::Decline),
    ),
    (
        "/friends/{name}/withdraw",
        "Takes your own request back",
        Act::Withdraw,
    ),
    (
        "/friends/{name}/block",
        "Blocks somebody: friendship and requests end, and neither sees the other",
        Act::Settle(Deed::Block),
    ),
    (
        "/friends/{name}/unblock",
        "Takes a block back; what it ended stays ended",
        Act::Settle(Deed::Unblock),
    ),
    (
        "/friends/{name}/hide",
        "Hides somebody from the boards that you see",
        Act::Hide,
    ),
    (
        "/friends/{name}/unhide",
        "Shows somebody on boards again",
        Act::Unhide,
    ),
];

struct Request {
    username: Username,
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
        done(&Token::default())
    };
    state.idempotency().write(claim, run).await
}

async fn act(
    State(state): State<AppState>,
    user: CurrentUser,
    PathName(name): PathName,
    key: IdempotencyKey,
    (path, act): (&str, Act),
) -> Result<Reply, Problem> {
    let claim = key.claim(&user.id, &format!("POST {path}"), &json!(&*name));
    let (me, name) = (&user.id, &name);
    let run = |tx: Tx| async move {
        match act {
            Act::Settle(deed) => settle(&tx, me, name, deed).await.map(drop),
            Act::Withdraw => withdraw(&tx, me, name).await,
            Act::Hide => hide(&tx, me, name).await,
            Act::Unhide => unhide(&tx, me, name).await,
        }?;
        let token = if act.is_told() {
            tx.token().await
        } else {
            Token::default()
        };
        done(&token)
    };
    state.idempotency().write(claim, run).await
}

async fn remove(
    State(state): State<AppState>,
    user: CurrentUser,
    PathName(name): PathName,
) -> Result<Reply, Problem> {
    let (me, name) = (&user.id, &name);
    let run = |tx: Tx| async move { settle(&tx, me, name, Deed::Remove).await };
    let (_, token) = state.twin().write::<_, Error, _, _>(run).await?;
    done(&token)
}

fn done(token: &Token) -> Result<Reply, Problem> {
    let success: Value = json!({ "success": true });
    Reply::ok(&success, token)
}
