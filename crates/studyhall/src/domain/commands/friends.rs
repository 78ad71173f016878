//! Friendships. What may be done is said by [`Standing::after`]; here it is done, under the lock of the pair's thread.

use twinbase::prelude::*;

use crate::domain::{
    Deed, Error, Friendship, FriendshipState, Pair, Rule, Side, Standing, Tie, Topic, TypedName,
    note, note_both,
    queries::{NO_USER, Other, named, visible, visible_without_blocks},
    request,
    thread::{Thread, mark_read},
};

/// Asks whoever has this name to be friends. Two who ask each other are friends then: also where the other asked while there was a block,
/// or was declined, for to them their request waits.
///
/// It ends alike whether somebody has the name or not, and whether that person has blocked the user or not: nobody
/// learns which names exist by asking. A token would tell, so callers answer none.
pub async fn ask(tx: &Tx, me: &AggregateId, name: &TypedName) -> Result<(), Error> {
    let other = named(tx, name).await?;
    let Some(other) = other else {
        note(tx, me, Topic::Friends).await?;
        return request::note(tx, me, name, None).await;
    };
    let (pair, side) = Pair::of(me, &other.id).ok_or(Rule::Yourself)?;
    let thread = Thread::lock(tx, pair).await?;
    if thread.standing.is_blocked_by(side) {
        return Err(Rule::BlockedByYou.into());
    }
    let standing = thread.standing;
    let is_crossed = request::is_sent_to(tx, &other.id, me).await?;
    let before = is_crossed.then(|| standing.after(side.other(), Deed::Ask));
    let before = before.flatten().unwrap_or(standing);
    let after = before.after(side, Deed::Ask).unwrap_or(before);
    note(tx, me, Topic::Friends).await?;
    write(tx, &thread, after).await?;
    if after.tie == Tie::Friends {
        return forget_requests(tx, me, &other.id).await;
    }
    // A name in the list stands for one person: whoever had it before is not asked any more.
    if request::sent_to(tx, me, name)
        .await?
        .is_some_and(|before| before.as_ref() != Some(&other.id))
    {
        withdraw(tx, me, name).await?;
    }
    request::note(tx, me, name, Some(&other.id)).await
}

/// Accepts or declines what somebody asks, ends a friendship, blocks, or takes a block back. Returns the friendship
/// as it is then; `None` where nothing is left of it.
pub async fn settle(
    tx: &Tx,
    me: &AggregateId,
    name: &TypedName,
    deed: Deed,
) -> Result<Option<Versioned<Friendship>>, Error> {
    let other = match deed {
        // Whoever is blocked is not visible, and the block must end all the same.
        Deed::Unblock => named(tx, name).await?.ok_or(NO_USER)?,
        // Whoever is blocked may block back.
        Deed::Block => visible_without_blocks(tx, me, name).await?.0,
        _ => visible(tx, me, name).await?,
    };
    let (pair, side) = Pair::of(me, &other.id).ok_or(NO_USER)?;
    let thread = Thread::lock(tx, pair).await?;
    // Seen again under the lock: a block may have come between.
    let is_hidden = thread.standing.is_blocked() && !thread.standing.is_blocked_by(side);
    if is_hidden && deed != Deed::Block {
        return Err(NO_USER);
    }
    let after = thread.standing.after(side, deed).ok_or(match deed {
        Deed::Unblock => NO_USER,
        Deed::Remove => Error::NotFound { what: "friend" },
        _ => Error::NotFound {
            what: "friend request",
        },
    })?;
    let written = write(tx, &thread, after).await?;
    match deed {
        Deed::Accept => forget_requests(tx, me, &other.id).await?,
        Deed::Block => {
            // The other's own list stays as it is: it must not tell that there is a block.
            request::forget_to(tx, me, &other.id).await?;
            for reader in [me, &other.id] {
                mark_read(tx, reader, &thread.pair.id(), thread.position).await?;
            }
        }
        _ => {}
    }
    Ok(written)
}

/// Takes a request to a name back: from whoever had the name when it was asked, or has it now. It ends alike whether there was one or
/// not.
pub async fn withdraw(tx: &Tx, me: &AggregateId, name: &TypedName) -> Result<(), Error> {
    let asked = request::sent_to(tx, me, name).await?.flatten();
    request::forget(tx, me, name).await?;
    note(tx, me, Topic::Friends).await?;
    let other = match asked {
        Some(id) => Some(id),
        None => named(tx, name).await?.map(|Other { id, .. }| id),
    };
    let Some((pair, side)) = other.as_ref().and_then(|id| Pair::of(me, id)) else {
        return Ok(());
    };
    // It stands there by another name, where that was changed since.
    request::forget_to(tx, me, pair.person(side.other())).await?;
    let thread = Thread::lock(tx, pair).await?;
    if let Some(after) = thread.standing.after(side, Deed::Withdraw) {
        write(tx, &thread, after).await?;
    }
    Ok(())
}

/// Deletes all friendships of a user, and the requests that wait for an answer, each with its event.
pub async fn delete_friendships_of(tx: &Tx, user: &AggregateId) -> Result<(), Error> {
    tx.delete_where([Friendship::LOW_ID.eq(user.clone())])
        .await?;
    tx.delete_where([Friendship::HIGH_ID.eq(user.clone())])
        .await?;
    Ok(())
}

/// Writes how two stand: a row, what differs in it, or none where there is nothing to say.
async fn write(
    tx: &Tx,
    thread: &Thread,
    after: Standing,
) -> Result<Option<Versioned<Friendship>>, Error> {
    let pair = &thread.pair;
    let (state, asker_id) = match after.tie {
        Tie::Strangers => (FriendshipState::Strangers, None),
        Tie::AskedBy(side) => (FriendshipState::Pending, Some(pair.person(side).clone())),
        Tie::Friends => {
            // Who asked first, where that was kept.
            let asker = thread.friendship.as_deref();
            let asker = asker.and_then(|before| before.asker_id.clone());
            (FriendshipState::Accepted, asker)
        }
    };
    let (blocked_by_low, blocked_by_high) = (
        after.is_blocked_by(Side::Low),
        after.is_blocked_by(Side::High),
    );
    Ok(match &thread.friendship {
        None if after.is_nothing() => None,
        None => {
            let friendship = Friendship {
                id: pair.id(),
                low_id: pair.person(Side::Low).clone(),
                high_id: pair.person(Side::High).clone(),
                state,
                asker_id,
                blocked_by_low,
                blocked_by_high,
                created_at: tx.now(),
                updated_at: tx.now(),
            };
            Some(tx.insert(&friendship).await?)
        }
        Some(before) if after == thread.standing && !after.is_nothing() => Some(before.clone()),
        Some(before) if after.is_nothing() => {
            tx.delete::<Friendship>(&before.id).await?;
            for topic in [Topic::Friends, Topic::Thread] {
                note_both(tx, pair.person(Side::Low), pair.person(Side::High), topic).await?;
            }
            None
        }
        Some(before) => {
            let set = [
                Friendship::STATE.set(state),
                Friendship::ASKER_ID.set(asker_id),
                Friendship::BLOCKED_BY_LOW.set(blocked_by_low),
                Friendship::BLOCKED_BY_HIGH.set(blocked_by_high),
                Friendship::UPDATED_AT.set(tx.now()),
            ];
            tx.update(&before.id, set).await?
        }
    })
}

/// They are friends: neither waits for an answer any more.
async fn forget_requests(tx: &Tx, me: &AggregateId, other: &AggregateId) -> Result<(), Error> {
    request::forget_to(tx, me, other).await?;
    request::forget_to(tx, other, me).await
}
