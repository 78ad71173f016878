//! All that is somebody's, as one document, from the primary.

use serde::Serialize;
use twinbase::prelude::*;

use super::{Friends, PointEntry, friends};
use crate::domain::{Error, Form, Message, Report, Response, StudySession, Timer, Todo, User};

/// What a user takes along.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Export {
    /// When it was made.
    pub exported_at: Timestamp,
    /// The profile and its settings.
    pub user: User,
    /// All todos, oldest first.
    pub todos: Vec<Todo>,
    /// All study sessions, oldest first.
    pub sessions: Vec<StudySession>,
    /// The session that runs, if one does.
    pub timer: Option<Timer>,
    /// All daily reports, oldest first.
    pub reports: Vec<Report>,
    /// All forms, oldest first.
    pub forms: Vec<Form>,
    /// All responses with the user's name, oldest first.
    pub responses: Vec<Response>,
    /// The ledger of points, newest first.
    pub points: Vec<PointEntry>,
    /// Friends, requests and blocks, as the user sees them.
    pub friends: Friends,
    /// All messages that the user wrote or received, oldest first.
    pub messages: Vec<Message>,
}

/// The export of a user.
pub async fn export(twin: &Twinbase, user: &AggregateId, now: Timestamp) -> Result<Export, Error> {
    let found = twin.get::<User>(user).await?;
    Ok(Export {
        exported_at: now,
        user: found.ok_or(Error::NotFound { what: "user" })?.value,
        todos: all_of(
            twin,
            Todo::USER_ID.eq(user.clone()),
            Todo::CREATED_AT.ascending(),
        )
        .await?,
        sessions: all_of(
            twin,
            StudySession::USER_ID.eq(user.clone()),
            StudySession::STARTED_AT.ascending(),
        )
        .await?,
        timer: Timer::of(twin, user).await?,
        reports: all_of(
            twin,
            Report::USER_ID.eq(user.clone()),
            Report::LOCAL_DATE.ascending(),
        )
        .await?,
        forms: all_of(
            twin,
            Form::USER_ID.eq(user.clone()),
            Form::CREATED_AT.ascending(),
        )
        .await?,
        responses: all_of(
            twin,
            Response::USER_ID.eq(user.clone()),
            Response::CREATED_AT.ascending(),
        )
        .await?,
        points: super::points::whole_ledger(twin, user).await?,
        friends: friends(twin, user).await?,
        messages: messages_of(twin, user).await?,
    })
}

async fn messages_of(twin: &Twinbase, user: &AggregateId) -> Result<Vec<Message>, PrimaryError> {
    let order = || Message::CREATED_AT.ascending();
    let mut messages = all_of(twin, Message::SENDER_ID.eq(user.clone()), order()).await?;
    messages.extend(all_of(twin, Message::RECIPIENT_ID.eq(user.clone()), order()).await?);
    messages.sort_by_key(|message| (message.created_at, message.position));
    Ok(messages)
}

/// All aggregates of a type that meet a condition, in this order.
async fn all_of<A: Aggregate>(
    twin: &Twinbase,
    condition: Condition<A>,
    order: Order<A>,
) -> Result<Vec<A>, PrimaryError> {
    let select = Select {
        filter: Condition::all([condition]),
        order: Order::all([order]),
        ..Select::new(A::schema(), u32::MAX)
    };
    let found = twin.select::<A>(select).await?;
    Ok(found.into_iter().map(|found| found.value).collect())
}
