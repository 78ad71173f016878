//! A stream of documents out of a blocking read: bounded, and stopped when nobody listens.

use std::{ops::ControlFlow, pin::Pin, time::Duration};

use bson::Document;
use futures_util::{StreamExt as _, TryStreamExt as _, stream};
use tokio::{
    runtime::Handle,
    sync::mpsc::{channel, error::SendTimeoutError},
    task::JoinHandle,
};
use twinbase_core::{ReplicaError, replica::Documents};
use twinbase_docstore::Error;

use super::error;

/// How many documents wait between the reading thread and a slow reader.
const WAITING: usize = 32;

/// The reading thread's end: how it ended is told by its handle, so that a thread that panics is not taken for the end
/// of the documents.
type Reading = JoinHandle<Result<(), ReplicaError>>;

/// Gets each document of a read, until it wants no more.
pub(super) type Visit<'v> = &'v mut dyn FnMut(Document) -> ControlFlow<()>;

/// Starts the read; an error that comes before the first document is answered at once.
pub(super) async fn stream(
    max_time: Duration,
    operation: &'static str,
    read: impl FnOnce(Visit<'_>) -> Result<(), Error> + Send + 'static,
) -> Result<Documents, ReplicaError> {
    let (sender, receiver) = channel(WAITING);
    let runtime = Handle::current();
    let reading: Reading = tokio::task::spawn_blocking(move || {
        let mut stalled = false;
        let mut pass_on = |document| {
            let sent = runtime.block_on(sender.send_timeout(document, max_time));
            stalled = matches!(sent, Err(SendTimeoutError::Timeout(_)));
            // Otherwise it stalled, or nobody listens any more.
            if sent.is_ok() {
                ControlFlow::Continue(())
            } else {
                ControlFlow::Break(())
            }
        };
        read(&mut pass_on).map_err(|error| error::of(operation, error))?;
        if stalled {
            return Err(ReplicaError::LimitExceeded {
                reason: "the reader left the answer alone for too long".to_owned(),
            });
        }
        Ok(())
    });
    let documents = stream::try_unfold(
        (receiver, Some(reading)),
        move |(mut receiver, mut reading)| async move {
            if let Some(document) = receiver.recv().await {
                return Ok(Some((document, (receiver, reading))));
            }
            match reading.take() {
                Some(reading) => end(reading, operation).await.map(|()| None),
                None => Ok(None),
            }
        },
    );
    let mut documents = documents.boxed().peekable();
    if let Some(Err(_)) = Pin::new(&mut documents).peek().await {
        documents.try_next().await?;
    }
    Ok(documents.boxed())
}

async fn end(reading: Reading, operation: &'static str) -> Result<(), ReplicaError> {
    match reading.await {
        Ok(result) => result,
        Err(error) => Err(error::broken(operation, &error)),
    }
}
