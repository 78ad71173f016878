//! Sends statements in as many commands as it takes.

use super::{
    Statement,
    answer::{self, Reply},
    batch,
};
use crate::mongo::{
    Mongo,
    codes::{self, Meaning},
    error::Failure,
};

/// The replies, in the order of the statements.
pub(super) async fn all(
    mongo: &Mongo,
    collection: &str,
    statements: &[Statement<'_>],
) -> Result<Vec<Reply>, Failure> {
    let mut replies = vec![Reply::Contended; statements.len()];
    let mut to_send = batch::ranges(statements);
    to_send.reverse();
    while let Some(range) = to_send.pop() {
        match command(mongo, collection, &statements[range.clone()]).await {
            Ok(answered) => replies[range].clone_from_slice(&answered),
            // The whole command was undone; all of it goes again.
            Err(Failure::Contended(_)) => {}
            Err(Failure::Request { code, .. }) if is_document_fault(code) => {
                // One of the documents is at fault, and the server does not say which.
                if range.len() == 1 {
                    replies[range.start] = Reply::Refused(code);
                } else {
                    to_send.extend(range.rev().map(|place| place..place + 1));
                }
            }
            Err(failure) => return Err(failure),
        }
    }
    Ok(replies)
}

fn is_document_fault(code: i32) -> bool {
    matches!(codes::meaning(code), Meaning::Document(_))
}

async fn command(
    mongo: &Mongo,
    collection: &str,
    statements: &[Statement<'_>],
) -> Result<Vec<Reply>, Failure> {
    let deadline = mongo.options.call_timeout;
    let wait = i64::try_from(deadline.as_millis()).unwrap_or(i64::MAX);
    let command = batch::command(collection, statements, wait);
    let answer = mongo
        .connection
        .within(deadline, mongo.database().run_raw_command(command))
        .await?;
    answer::replies(&answer, statements)
}
