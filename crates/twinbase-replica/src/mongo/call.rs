//! One call to the server, never longer than its deadline.

use std::{future::Future, time::Duration};

use bson::Document;
use mongodb::error::Result as DriverResult;
use twinbase_core::ReplicaError;

use super::{
    Mongo,
    error::{Cause, Failure},
};

/// The call's answer, or what went wrong, the deadline included.
pub(super) async fn within<T>(
    deadline: Duration,
    call: impl IntoFuture<Output = DriverResult<T>>,
) -> Result<T, Failure> {
    bounded(deadline, call.into_future()).await
}

async fn bounded<T>(
    deadline: Duration,
    call: impl Future<Output = DriverResult<T>>,
) -> Result<T, Failure> {
    match tokio::time::timeout(deadline, call).await {
        Ok(Ok(answer)) => Ok(answer),
        Ok(Err(error)) => Err(Failure::of(&error)),
        Err(_) => Err(Failure::Away(Cause::new(format!(
            "no answer within {deadline:?}"
        )))),
    }
}

impl Mongo {
    /// Runs a command of ours on the database.
    pub(super) async fn command(
        &self,
        operation: &'static str,
        command: Document,
    ) -> Result<Document, ReplicaError> {
        within(
            self.options.call_timeout,
            self.database.run_command(command),
        )
        .await
        .map_err(|failure| failure.into_error(operation))
    }
}
