//! All that is somebody's, as one document, from the primary.

use serde::Serialize;
use twinbase::prelude::*;

use super::PointEntry;
use crate::domain::{Error, Form, Response, Todo, User};

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
    /// All forms, oldest first.
    pub forms: Vec<Form>,
    /// All responses with the user's name, oldest first.
    pub responses: Vec<Response>,
    /// The ledger of points, newest first.
    pub points: Vec<PointEntry>,
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
    })
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
