//! `POST /users`: signing up, with a first todo if one likes.

use axum::extract::State;
use serde::Serialize;
use serde_json::Value;
use twinbase::prelude::*;
use twinbase_web::{Body, Client, Form, FromForm, IdempotencyKey, Problem, Reply, form};

use crate::{
    api::AppState,
    domain::{
        EmailAddress, Password, Todo, User, Username,
        commands::{Account, NewAccount, TodoDraft, sign_up},
    },
};

/// What is sent.
pub(in crate::api::routes) struct SignUp {
    username: Username,
    email: EmailAddress,
    password: Password,
    show_profile: bool,
    todo: Option<TodoDraft>,
}

/// What is answered: the user, and the todo beside its fields when there is one.
#[derive(Serialize)]
struct SignedUp<'a> {
    #[serde(flatten)]
    user: &'a User,
    #[serde(skip_serializing_if = "Option::is_none")]
    todo: Option<&'a Todo>,
}

pub(in crate::api::routes) async fn create(
    State(state): State<AppState>,
    client: Client,
    key: IdempotencyKey,
    Body { value, sent }: Body<SignUp>,
) -> Result<Reply, Problem> {
    // Before the hash, which is the expensive part; a form that is refused costs nothing.
    let attempt = state.attempts().begin_sign_up(client, state.now())?;
    let signed_up = run(&state, key, &sent, value).await;
    if matches!(&signed_up, Err(problem) if problem.kind().status.is_server_error()) {
        // An outage costs nobody an attempt.
        state.attempts().give_sign_up_back(&attempt, state.now());
    }
    signed_up
}

async fn run(
    state: &AppState,
    key: IdempotencyKey,
    sent: &Value,
    form: SignUp,
) -> Result<Reply, Problem> {
    let (password, passwords) = (&form.password, state.passwords());
    let digest = async |salt| Ok(passwords.digest(password, salt).await?);
    let claim = key.claim_of_stranger("POST /users", sent, digest).await?;
    let account = &account(state, form).await?;
    let run = |tx: Tx| async move {
        let Account { user, todo } = sign_up(&tx, account).await?;
        let signed_up = SignedUp {
            user: &user,
            todo: todo.as_deref(),
        };
        let location = format!("/api/v1/users/{}", user.id);
        Ok(Reply::ok(&signed_up, &tx.token().await)?
            .created(Some(location))
            .with_version(user.version))
    };
    state.idempotency().write(claim, run).await
}

impl FromForm for SignUp {
    fn read(form: &mut Form<'_>) -> Option<Self> {
        let username = form.required("username", form::text(Username::parse));
        let email = form.required("email", form::text(EmailAddress::parse));
        let password = form.required("password", form::text(Password::parse));
        let show_profile = form.optional("showProfile", form::boolean);
        let todo = form.child("todo", TodoDraft::read);
        Some(Self {
            username: username?,
            email: email?,
            password: password?,
            show_profile: show_profile.unwrap_or(false),
            todo,
        })
    }
}

/// The rows, with their ids: hashing takes its time and belongs before the transaction.
async fn account(state: &AppState, form: SignUp) -> Result<NewAccount, Problem> {
    let password_hash = state.passwords().hash(&form.password).await?;
    let (id, now) = (state.twin().new_id(), state.now());
    let todo = form
        .todo
        .map(|draft| draft.into_todo(state.twin().new_id(), id.clone(), now));
    let user = User {
        id,
        username: form.username,
        email: form.email,
        password_hash: Some(password_hash).into(),
        total_points: 0,
        show_profile: form.show_profile,
        avatar: None,
        created_at: now,
        updated_at: now,
    };
    Ok(NewAccount { user, todo })
}
