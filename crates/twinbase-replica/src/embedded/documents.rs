//! A stream of documents out of a blocking read: bounded, and stopped when nobody listens.

use std::{ops::ControlFlow, pin::Pin, time::Duration};

use futures_util::{StreamExt as _, TryStreamExt as _, stream};
use tokio::{
    runtime::Handle,
    sync::mpsc::{channel, error::SendTimeoutError},
    task::JoinHandle,
};
use twinbase_core::{ReplicaError, replica::Documents};
use twinbase_docstore::{Find, Store};

use super::error;

/// How many documents wait between the reading thread and a slow reader.
const WAITING: usize = 32;

/// The reading thread's end: how it ended is told by its handle, so that a thread that panics is not taken for the end
/// of the documents.
type Reading = JoinHandle<Result<(), ReplicaError>>;

/// Starts the query; an error that comes before the first document is answered at once.
pub(super) async fn stream(
    store: Store,
    collection: String,
    query: Find,
    max_time: Duration,
    operation: &'static str,
) -> Result<Documents, ReplicaError> {
    let (sender, receiver) = channel(WAITING);
    let runtime = Handle::current();
    let reading: Reading = tokio::task::spawn_blocking(move || {
        let mut stalled = false;
        let pass_on = |document| {
            let sent = runtime.block_on(sender.send_timeout(document, max_time));
            stalled = matches!(sent, Err(SendTimeoutError::Timeout(_)));
            // Otherwise it stalled, or nobody listens any more.
            if sent.is_ok() {
                ControlFlow::Continue(())
            } else {
                ControlFlow::Break(())
            }
        };
        let read = store.find_each(&collection, &query, pass_on);
        read.map_err(|error| error::of(operation, error))?;
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
