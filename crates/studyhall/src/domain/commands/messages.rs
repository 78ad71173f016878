//! Direct messages: between friends alone, which is checked under the lock of their thread.

use twinbase::prelude::*;

use crate::domain::{
    Error, Message, MessageText, Pair, Rule, Topic, TypedName, note, note_both,
    queries::{NO_USER, visible},
    thread::{self, Thread, last_position, latest_remains, read_position},
};

/// Writes to a friend. `id` is the new message's.
pub async fn send_message(
    tx: &Tx,
    me: &AggregateId,
    name: &TypedName,
    id: &AggregateId,
    text: &MessageText,
) -> Result<Versioned<Message>, Error> {
    let other = visible(tx, me, name).await?;
    let (pair, _) = Pair::of(me, &other.id).ok_or(NO_USER)?;
    let mut thread = Thread::lock(tx, pair).await?;
    if thread.standing.is_blocked() {
        return Err(NO_USER);
    }
    if !thread.standing.are_friends() {
        return Err(Rule::NotFriends.into());
    }
    let message = Message {
        id: id.clone(),
        thread_id: thread.pair.id(),
        sender_id: me.clone(),
        recipient_id: other.id,
        text: text.clone(),
        position: thread.next_position(tx).await?,
        created_at: tx.now(),
    };
    Ok(tx.insert(&message).await?)
}

/// Deletes a message that the user wrote. Another's is answered like one that is not there.
pub async fn delete_message(
    tx: &Tx,
    me: &AggregateId,
    id: &AggregateId,
) -> Result<Versioned<Message>, Error> {
    let message = tx.get_for_update::<Message>(id).await?;
    let message = message.filter(|message| message.sender_id == *me);
    let message = message.ok_or(NO_MESSAGE)?;
    note_both(tx, me, &message.recipient_id, Topic::Message).await?;
    let deleted = tx.delete(id).await?.ok_or(NO_MESSAGE)?;
    latest_remains(tx, &message.thread_id).await?;
    Ok(deleted)
}

/// Notes that the user has read the thread with somebody up to a position, or to its end where that comes first.
/// Returns the position that holds. A lower one than before changes nothing, so a late call cannot make unread what was read.
pub async fn mark_read(
    tx: &Tx,
    me: &AggregateId,
    name: &TypedName,
    position: i32,
) -> Result<i32, Error> {
    let other = visible(tx, me, name).await?;
    let (pair, _) = Pair::of(me, &other.id).ok_or(NO_USER)?;
    let id = pair.id();
    let position = position.min(last_position(tx, &id).await?);
    if position > 0 {
        thread::mark_read(tx, me, &id, position).await?;
        note(tx, me, Topic::Thread).await?;
    }
    read_position(tx, me, &id).await
}

/// Deletes all messages of a user's threads, each with its event: those to a person who is gone have nobody to be read
/// with.
pub async fn delete_messages_of(tx: &Tx, user: &AggregateId) -> Result<(), Error> {
    tx.delete_where([Message::SENDER_ID.eq(user.clone())])
        .await?;
    tx.delete_where([Message::RECIPIENT_ID.eq(user.clone())])
        .await?;
    Ok(())
}

const NO_MESSAGE: Error = Error::NotFound { what: "message" };
