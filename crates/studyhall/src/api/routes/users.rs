//! Users: signing up, with a first todo if one likes, and one's own profile.

use axum::{
    extract::{FromRequestParts, RawPathParams, State},
    http::request::Parts,
    response::Response,
};
use serde::Serialize;
use twinbase::prelude::*;
use twinbase_web::{
    Body, Client, IdempotencyKey, IfMatch, IfNoneMatch, Nullable, PathId, Problem, ReadRequest,
    Reply, View, answered_one, body,
    openapi::{Described, Op, Operation, Routes, schema},
};

use super::todos::TodoDraft;
use crate::{
    api::{AppState, Code, session::CurrentUser},
    domain::{
        EmailAddress, Error, Password, Rule, Todo, TypedZone, User, UserChange, Username,
        commands::{change_user, sign_up},
    },
};

pub(super) fn routes() -> Routes<AppState> {
    let user = || {
        let fields = serde_json::json!({
            "username": "ada", "email": "ada@example.com", "avatar": null, "timeZone": "Europe/Berlin", "week": "2030-01-28",
            "excusedDays": [], "daySince": null, "dayFloor": null,
            "formerSettings": { "days": [], "aims": [] },
        });
        schema::shown_as(schema::one::<User>(), &fields)
    };
    let signed_up = schema::with(&user(), &serde_json::json!({ "todo": {} }));
    let new = Op::create("Signs up, with a first todo if you like", signed_up).writes();
    let new = new.fails(Rule::UsernameTaken).fails(Rule::EmailTaken);
    let new = new
        .fails(twinbase_web::Code::TooManyAttempts)
        .fails(twinbase_web::Code::Busy);
    let routes = Routes::new().on("/users", new, create);
    ["/users/me", "/users/{id}"]
        .into_iter()
        .fold(routes, |routes, path| {
            let change = Op::patch("Changes your own profile", user()).writes();
            let change = change.fails(Rule::UsernameTaken).fails(Rule::EmailTaken);
            let change = change.fails(Rule::DayOffOver);
            routes
                .on(path, Op::get("Your own profile, exact", user()), read)
                .on(path, change, update)
        })
}

pub(crate) struct SignUp {
    pub(crate) username: Username,
    email: EmailAddress,
    pub(crate) password: Password,
    show_profile: Option<bool>,
    time_zone: Nullable<TypedZone>,
    todo: Nullable<TodoDraft>,
}

body!(SignUp {
    username: "ada", email: "ada@example.com", password: "correct horse", show_profile: true,
    time_zone: "Europe/Berlin",
    todo: { "title": "Chapter 1" },
});
body!(UserChange {
    username: "ada.l",
    email: "ada.l@example.com",
    show_profile: false,
    avatar: null,
    time_zone: "Europe/Berlin",
    day_start: 4,
    weekly_aim: 5,
    holidays: ["2030-12-25", "2030-12-26"]
});

/// The user who sends it, when the path names nobody else, whether there is such a user or not.
struct Myself(AggregateId);

impl FromRequestParts<AppState> for Myself {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &AppState) -> Result<Self, Problem> {
        let user = CurrentUser::from_request_parts(parts, state).await?;
        let params = RawPathParams::from_request_parts(parts, state).await;
        if !params.is_ok_and(|params| params.iter().next().is_none())
            && PathId::from_request_parts(parts, state).await?.0 != user.id
        {
            let detail = "You can see and change your own profile only.";
            return Err(Problem::new(Code::Forbidden, detail));
        }
        // `/users/me` is another profile for each.
        parts.extensions.insert(View::of(&user.id));
        Ok(Self(user.id))
    }
}

impl Described for Myself {
    fn describe(operation: &mut Operation) {
        CurrentUser::describe(operation);
        PathId::describe(operation);
        operation.problem(Code::Forbidden);
    }
}

/// What is answered: the user, and the todo beside its fields when there is one.
#[derive(Serialize)]
struct SignedUp<'a> {
    #[serde(flatten)]
    user: &'a User,
    #[serde(skip_serializing_if = "Option::is_none")]
    todo: Option<&'a Todo>,
}

async fn create(
    State(state): State<AppState>,
    client: Client,
    key: IdempotencyKey,
    body: Body<SignUp>,
) -> Result<Reply, Problem> {
    create_user(&state, client, key, body).await
}

/// Signs somebody up, unless this client does so too often.
pub(crate) async fn create_user(
    state: &AppState,
    client: Client,
    key: IdempotencyKey,
    body: Body<SignUp>,
) -> Result<Reply, Problem> {
    // Before the hash, which is the expensive part; a form that is refused costs nothing.
    let attempt = state.attempts().begin_sign_up(client, state.now())?;
    let signed_up = run(state, key, body).await;
    if matches!(&signed_up, Err(problem) if problem.kind().status.is_server_error()) {
        // An outage costs nobody an attempt.
        state.attempts().give_sign_up_back(&attempt, state.now());
    }
    signed_up
}

async fn run(
    state: &AppState,
    key: IdempotencyKey,
    Body { value, sent }: Body<SignUp>,
) -> Result<Reply, Problem> {
    let (password, passwords) = (&value.password, state.passwords());
    let digest = async |salt| Ok(passwords.digest(password, salt).await?);
    let claim = key.claim_of_stranger("POST /users", &sent, digest).await?;
    // The rows with their ids are made here: hashing takes its time, and a repeated transaction writes the same again.
    let (id, now) = (state.twin().new_id(), state.now());
    let todo = value
        .todo
        .flatten()
        .map(|draft| draft.into_todo(state, &id));
    let hash = passwords.hash(&value.password).await?;
    let user = &User {
        show_profile: value.show_profile.unwrap_or(false),
        time_zone: value
            .time_zone
            .flatten()
            .map(|zone| zone.0)
            .unwrap_or_default(),
        ..User::new(id, value.username, value.email, hash, now)
    };
    let todo = todo.as_ref();
    let run = |tx: Tx| async move {
        let (user, todo) = sign_up(&tx, user, todo).await?;
        let signed_up = SignedUp {
            user: &user,
            todo: todo.as_deref(),
        };
        let location = Some(format!("/api/v1/users/{}", user.id));
        let reply = Reply::ok(&signed_up, &tx.token().await)?.created(location);
        Ok(reply.with_version_in(&View::of(&user.id), user.version))
    };
    state.idempotency().write(claim, run).await
}

async fn read(
    State(state): State<AppState>,
    Myself(id): Myself,
    have: IfNoneMatch,
    request: ReadRequest,
) -> Result<Response, Problem> {
    request.params.finish()?;
    let found = state.twin().get::<User>(&id).await?;
    let found = found.ok_or(Error::NotFound { what: "user" })?;
    Ok(answered_one(Answer::from_primary(found), &have))
}

async fn update(
    State(state): State<AppState>,
    Myself(id): Myself,
    IfMatch(expected): IfMatch,
    Body { value: change, .. }: Body<UserChange>,
) -> Result<Reply, Problem> {
    let (id, change, expected) = (&id, &change, &expected);
    let run = |tx: Tx| async move { change_user(&tx, id, change, expected).await };
    let (user, mut token) = state.twin().write(run).await?;
    // Where nothing was to be written, what is answered is to be seen all the same.
    token.merge(user.token());
    Ok(Reply::ok(&user.value, &token)?.with_version_in(&View::of(id), user.version))
}
