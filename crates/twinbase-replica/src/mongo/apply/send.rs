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
    let deadline = mongo.options.call_timeout;
    let wait = i64::try_from(deadline.as_millis()).unwrap_or(i64::MAX);
    let mut replies = vec![Reply::Contended; statements.len()];
    let mut to_send = batch::ranges(statements);
    to_send.reverse();
    while let Some(range) = to_send.pop() {
        let statements = &statements[range.clone()];
        let command = batch::command(collection, statements, wait);
        let database = mongo.database();
        let call = database.run_raw_command(command);
        let answer = mongo.connection.within(deadline, call).await;
        match answer.and_then(|answer| answer::replies(&answer, statements)) {
            Ok(answered) => replies[range].clone_from_slice(&answered),
            // The whole command was undone; all of it goes again.
            Err(Failure::Contended(_)) => {}
            Err(Failure::Request { code, .. })
                if matches!(codes::meaning(code), Meaning::Document(_)) =>
            {
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
