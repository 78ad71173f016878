//! Sends statements in as many commands as it takes, and finds the one that spoils a command for the others.

use super::{
    Statement,
    answer::{self, Reply},
    batch,
};
use crate::mongo::{Mongo, error::Failure};

/// So many statements in a row, and none that succeeds, are not poisonous each: the server is.
const MAX_REFUSED_AT_FIRST: usize = 8;

/// The replies, in the order of the statements.
pub(super) async fn all(
    mongo: &Mongo,
    collection: &str,
    statements: &[Statement<'_>],
) -> Result<Vec<Reply>, Failure> {
    let mut replies = vec![Reply::Contended; statements.len()];
    let mut to_send = batch::ranges(statements);
    to_send.reverse();
    let (mut any_answered, mut refused) = (false, 0);
    while let Some(range) = to_send.pop() {
        match command(mongo, collection, &statements[range.clone()]).await {
            Ok(answered) => {
                any_answered = true;
                replies[range].clone_from_slice(&answered);
            }
            // The whole command was undone; all of it goes again.
            Err(Failure::Contended(_)) => {}
            // Most refusals are one statement's, but some (BSON that is nested too deeply) come for the whole command.
            // Halving finds the one at fault, so that the others do not wait for it.
            Err(Failure::Request { .. } | Failure::TooMuch { .. }) if range.len() > 1 => {
                let middle = range.start + range.len() / 2;
                to_send.push(middle..range.end);
                to_send.push(range.start..middle);
            }
            Err(Failure::Request { code, .. } | Failure::TooMuch { code, .. })
                if any_answered || refused < MAX_REFUSED_AT_FIRST =>
            {
                refused += 1;
                replies[range.start] = Reply::Refused(code);
            }
            Err(failure) => return Err(failure),
        }
    }
    Ok(replies)
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
    answer::replies(&answer, statements.len())
}
