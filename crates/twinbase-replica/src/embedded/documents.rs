//! A stream of documents out of a blocking read: bounded, and stopped when nobody listens.

use std::{ops::ControlFlow, time::Duration};

use bson::Document;
use futures_util::{StreamExt as _, stream};
use tokio::{
    runtime::Handle,
    sync::mpsc::{Receiver, Sender, channel, error::TrySendError},
    task::JoinHandle,
};
use twinbase_core::{ReplicaError, replica::Documents};
use twinbase_docstore::{Find, Store};

use super::{blocking, error};

/// How many documents wait between the reading thread and a slow reader.
const WAITING: usize = 32;

/// The reading thread's end: how it ended is told by its handle, so that a thread that panics is not taken for the end
/// of the documents.
type Reading = JoinHandle<Result<(), ReplicaError>>;

/// Starts the query; an error that comes before the first document is answered at once.
pub(super) async fn stream(
    store: Store,
    collection: &'static str,
    query: Find,
    stall_timeout: Duration,
    operation: &'static str,
) -> Result<Documents, ReplicaError> {
    let (sender, mut receiver) = channel(WAITING);
    let runtime = Handle::current();
    let reading: Reading = tokio::task::spawn_blocking(move || {
        read(&store, collection, &query, operation, |document| {
            pass_on(&runtime, &sender, document, stall_timeout)
        })
    });
    match receiver.recv().await {
        Some(first) => {
            let rest = rest(receiver, reading, operation);
            Ok(stream::iter([Ok(first)]).chain(rest).boxed())
        }
        None => end(reading, operation)
            .await
            .map(|()| stream::empty().boxed()),
    }
}

fn rest(receiver: Receiver<Document>, reading: Reading, operation: &'static str) -> Documents {
    stream::try_unfold(
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
    )
    .boxed()
}

async fn end(reading: Reading, operation: &'static str) -> Result<(), ReplicaError> {
    match reading.await {
        Ok(result) => result,
        Err(error) => Err(blocking::broken(operation, &error)),
    }
}

/// What became of one document on its way to the reader.
enum Passed {
    On,
    NobodyListens,
    Stalled,
}

fn read(
    store: &Store,
    collection: &'static str,
    query: &Find,
    operation: &'static str,
    mut pass: impl FnMut(Document) -> Passed,
) -> Result<(), ReplicaError> {
    let mut stalled = false;
    store
        .find_each(collection, query, |document| match pass(document) {
            Passed::On => ControlFlow::Continue(()),
            Passed::NobodyListens => ControlFlow::Break(()),
            Passed::Stalled => {
                stalled = true;
                ControlFlow::Break(())
            }
        })
        .map_err(|error| error::of(operation, error))?;
    if stalled {
        return Err(ReplicaError::LimitExceeded {
            reason: "the reader left the answer alone for too long".to_owned(),
        });
    }
    Ok(())
}

fn pass_on(
    runtime: &Handle,
    sender: &Sender<Document>,
    document: Document,
    stall_timeout: Duration,
) -> Passed {
    use tokio::sync::mpsc::error::SendTimeoutError;
    match sender.try_send(document) {
        Ok(()) => Passed::On,
        Err(TrySendError::Closed(_)) => Passed::NobodyListens,
        Err(TrySendError::Full(document)) => {
            match runtime.block_on(sender.send_timeout(document, stall_timeout)) {
                Ok(()) => Passed::On,
                Err(SendTimeoutError::Closed(_)) => Passed::NobodyListens,
                Err(SendTimeoutError::Timeout(_)) => Passed::Stalled,
            }
        }
    }
}
