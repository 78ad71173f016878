//! What people have with each other: friendships, requests, blocks, and messages between friends.

use jiff::{SignedDuration, Timestamp};
use studyhall::domain::{
    Friendship, FriendshipState, Invalid, Message, MessageText, Pair, Side, TypedName,
    commands::Past,
};
use twinbase::prelude::AggregateId;

use super::{
    dice::{Dice, Purpose, earlier, later},
    person::{Part, Person},
    talk,
};

/// The most that one person has with people who were there before.
const MOST_TIES: usize = 12;

/// What a person has with those who were there before.
pub(super) fn ties(
    people: &[Person],
    index: usize,
    seed: u64,
    days: u32,
    now: Timestamp,
) -> Result<Past, Invalid> {
    let mut past = Past::default();
    let me = &people[index];
    if me.part == Part::Newcomer || earlier(now, SignedDuration::from_hours(1)) < me.joined {
        return Ok(past);
    }
    let mut dice = Dice::new(seed, Purpose::Ties, index);
    for other in partners(people, index, &mut dice) {
        let mut tie = Tie {
            me,
            other,
            now,
            dice: &mut dice,
        };
        tie.bind(&mut past, days)?;
    }
    Ok(past)
}

/// With whom: the host knows many.
fn partners<'a>(people: &'a [Person], index: usize, dice: &mut Dice) -> Vec<&'a Person> {
    let mut places: Vec<usize> = Vec::new();
    let count = dice.count(1..=MOST_TIES);
    if index == 1 || (index > 3 && index < 40 && dice.chance(0.6)) {
        places.push(0);
    }
    // Those nearby came at the same time, as classes do; some are from anywhere.
    for _ in 0..count.min(index) {
        let nearby = index.saturating_sub(dice.count(1..=40));
        let anywhere = dice.count(0..=index - 1);
        places.push(if dice.chance(0.7) { nearby } else { anywhere });
    }
    places.sort_unstable();
    places.dedup();
    let others = places.into_iter().map(|place| &people[place]);
    others
        .filter(|other| other.part != Part::Newcomer)
        .collect()
}

struct Tie<'a> {
    me: &'a Person,
    other: &'a Person,
    now: Timestamp,
    dice: &'a mut Dice,
}

impl Tie<'_> {
    fn bind(&mut self, past: &mut Past, days: u32) -> Result<(), Invalid> {
        let Some((pair, side)) = Pair::of(&self.me.id, &self.other.id) else {
            return Ok(());
        };
        let both = self.me.joined.max(self.other.joined);
        let asked = self.dice.between(
            both,
            earlier(self.now, SignedDuration::from_mins(50)).max(both),
        );
        let answered = later(asked, self.dice.minutes(5..=2_000)).min(self.now);
        let are_shown = self.me.part == Part::Friend && self.other.part == Part::Host;
        let of = Friendship {
            id: pair.id(),
            low_id: pair.person(Side::Low).clone(),
            high_id: pair.person(Side::High).clone(),
            state: FriendshipState::Accepted,
            asker_id: Some(self.me.id.clone()),
            blocked_by_low: false,
            blocked_by_high: false,
            created_at: asked,
            updated_at: answered,
        };
        let kind = if are_shown { 1.0 } else { self.dice.part() };
        if kind < 0.03 {
            past.friendships.push(Friendship {
                state: FriendshipState::Strangers,
                asker_id: None,
                blocked_by_low: side == Side::Low,
                blocked_by_high: side == Side::High,
                ..of
            });
        } else if kind < 0.1 {
            past.friendships.push(Friendship {
                state: FriendshipState::Pending,
                updated_at: asked,
                ..of
            });
            let name = TypedName::parse(&self.other.username)?;
            let name = (name, self.other.id.clone());
            past.requests.push((self.me.id.clone(), name, asked));
        } else {
            past.friendships.push(of);
            self.talk(past, &pair.id(), answered, days)?;
        }
        Ok(())
    }

    /// Conversations of a few messages, some minutes apart.
    fn talk(
        &mut self,
        past: &mut Past,
        thread: &AggregateId,
        since: Timestamp,
        days: u32,
    ) -> Result<(), Invalid> {
        let is_with_host = self.other.part == Part::Host;
        let are_close = is_with_host || self.dice.chance(0.3);
        let most = if are_close { 16 } else { 2 };
        // As many as fit into the time that there was.
        let most = (most * days as usize).div_ceil(365);
        let conversations = self.dice.count(usize::from(is_with_host)..=most);
        let mut begins: Vec<_> = (0..conversations)
            .map(|_| self.dice.between(since, self.now))
            .collect();
        if is_with_host {
            // Something new for whoever signs in.
            let today = earlier(self.now, SignedDuration::from_hours(20));
            begins.push(self.dice.between(since.max(today), self.now));
        }
        begins.sort_unstable();
        let first = past.messages.len();
        let (mut at, mut position, mut read) = (since, 0, (0, 0));
        for begin in begins {
            at = at.max(begin);
            let mut is_mine = self.dice.chance(0.5);
            for turn in 0..self.dice.count(1..=6) {
                if at >= self.now {
                    break;
                }
                position += 1;
                past.messages
                    .push(self.message(thread, is_mine, position, turn, at)?);
                // Whoever writes has read what was there.
                if is_mine {
                    read.0 = position;
                } else {
                    read.1 = position;
                }
                is_mine = self.dice.chance(0.3) == is_mine;
                at = later(at, self.dice.minutes(1..=25));
            }
        }
        if self.me.part == Part::Friend && is_with_host {
            let at = at.max(earlier(self.now, SignedDuration::from_mins(12)));
            position += 1;
            past.messages
                .push(self.message(thread, true, position, 0, at.min(self.now))?);
            read.0 = position;
        }
        self.marks(past, thread, position, read);
        // Some regret what they wrote; the last of a thread stays.
        for message in past.messages[first..].iter().rev().skip(1) {
            if self.dice.chance(0.02) {
                past.deleted_messages.push(message.id.clone());
            }
        }
        Ok(())
    }

    fn message(
        &mut self,
        thread: &AggregateId,
        is_mine: bool,
        position: i32,
        turn: usize,
        at: Timestamp,
    ) -> Result<Message, Invalid> {
        let (from, to) = if is_mine {
            (self.me, self.other)
        } else {
            (self.other, self.me)
        };
        Ok(Message {
            id: self.dice.id(at),
            thread_id: thread.clone(),
            sender_id: from.id.clone(),
            recipient_id: to.id.clone(),
            text: MessageText::parse(&talk::line(self.dice, turn, &from.subjects))?,
            position,
            created_at: at,
        })
    }

    /// Most have read everything, and whoever has not has something new.
    fn marks(&mut self, past: &mut Past, thread: &AggregateId, last: i32, read: (i32, i32)) {
        for (person, wrote) in [(self.me, read.0), (self.other, read.1)] {
            let is_host = person.part == Part::Host;
            let has_new = (is_host && self.me.part == Part::Friend)
                || self.dice.chance(if is_host { 0.3 } else { 0.1 });
            let position = if has_new { wrote } else { last };
            if position > 0 {
                past.marks
                    .push((person.id.clone(), thread.clone(), position));
            }
        }
    }
}
