//! The one task of a process that learns of changes, while a page is open: three small queries a second, however many pages there are.
//!
//! What workers have applied it follows as [`Twinbase::changes`] tells it, what no event tells as it is noted in the primary; so
//! it does not matter which process wrote and which applied. What was deleted is told twice: when it is noted, and when the
//! replica has it. A week begins by the clock.

use std::{
    collections::{HashMap, HashSet},
    sync::Arc,
    time::Duration,
};

use jiff::{SignedDuration, Timestamp};
use tokio::time::{Instant, sleep, timeout};
use twinbase::prelude::*;

use super::{
    Inner,
    record::Whom,
    whose::{Changed, of_events},
};
use crate::domain::{Error, Topic, noted_since, week_of};

/// How often notes and the week are read at least.
const EVERY: Duration = Duration::from_secs(1);
/// After a failure.
const AGAIN: Duration = Duration::from_secs(5);
/// Changes that come so close are told together.
const GATHER: Duration = Duration::from_millis(100);
/// So much may the clocks of processes differ, and a transaction take, until a note is not found.
const OVERLAP: SignedDuration = SignedDuration::from_secs(10);
/// Everybody's points change the board: its readers are told at most so often.
const BOARD_EVERY: Duration = Duration::from_secs(10);
/// For so long whoever deleted something is told when the replica has deleted something of the kind.
const DELETING: Duration = Duration::from_mins(1);

type Change = (Whom, Topic);

/// What the task knows.
struct Watch {
    /// What was noted lately, and when.
    noted: HashMap<(AggregateId, Topic), Timestamp>,
    /// Noted changes, until the replica has them for sure.
    deleting: HashMap<Change, Instant>,
    week: jiff::civil::Date,
    board_told: Option<Instant>,
    /// The board has changed since it was told.
    board_waits: bool,
}

/// Watches until no page is open any more, or the process stops.
pub(super) async fn run(inner: Arc<Inner>) {
    let stop = inner.stop.clone();
    tokio::select! {
        () = stop.cancelled() => {}
        () = watch(&inner) => {}
    }
}

async fn watch(inner: &Inner) {
    while let Err(error) = follow(inner).await {
        if !inner.is_blind() {
            tracing::warn!(
                error = &error as &dyn std::error::Error,
                "changes cannot be followed; open pages ask for them now and then"
            );
        }
        inner.lose_record();
        sleep(AGAIN).await;
        if !inner.goes_on() {
            return;
        }
    }
}

async fn follow(inner: &Inner) -> Result<(), Error> {
    let twin = &inner.twin;
    let mut changes = twin.changes().await?;
    let mut watch = Watch {
        noted: HashMap::new(),
        deleting: HashMap::new(),
        week: week_of(twin.now()),
        board_told: None,
        board_waits: false,
    };
    // What was noted before is not new.
    watch.notes(twin).await?;
    inner.begin_record();
    while inner.goes_on() {
        let events = match timeout(EVERY, changes.next()).await {
            Ok(events) => events?,
            Err(_) => Vec::new(),
        };
        // After the events: what deleted something has noted it then.
        let notes = watch.notes(twin).await?;
        let of_events = of_events(twin, &events).await?;
        let told = watch.after(of_events, notes, twin.now());
        if !told.is_empty() {
            inner.tell(told);
        }
        sleep(GATHER).await;
    }
    Ok(())
}

impl Watch {
    /// What was noted since the last time.
    async fn notes(&mut self, twin: &Twinbase) -> Result<Vec<(AggregateId, Topic)>, Error> {
        let now = twin.now();
        let since = now.checked_sub(OVERLAP).unwrap_or(now);
        let mut new = Vec::new();
        let mut noted = HashMap::new();
        for (user, topic, at) in noted_since(twin, since).await? {
            if self.noted.get(&(user.clone(), topic)) != Some(&at) {
                new.push((user.clone(), topic));
            }
            noted.insert((user, topic), at);
        }
        self.noted = noted;
        Ok(new)
    }

    /// What is to be told now.
    fn after(
        &mut self,
        events: Changed,
        notes: Vec<(AggregateId, Topic)>,
        now: Timestamp,
    ) -> HashSet<Change> {
        let instant = Instant::now();
        let mut changes = events.changes;
        let notes = notes.into_iter();
        for note in notes.map(|(user, topic)| (Whom::One(user), topic)) {
            self.deleting.insert(note.clone(), instant);
            changes.insert(note);
        }
        self.deleting
            .retain(|_, since| instant.duration_since(*since) < DELETING);
        let deleted = self.deleting.keys();
        let deleted = deleted.filter(|(_, topic)| events.deleted.contains(topic));
        changes.extend(deleted.cloned());

        let board = (Whom::Everybody, Topic::Board);
        self.board_waits |= changes.remove(&board);
        let told_lately = self
            .board_told
            .is_some_and(|told| instant.duration_since(told) < BOARD_EVERY);
        if self.board_waits && !told_lately {
            self.board_waits = false;
            self.board_told = Some(instant);
            changes.insert(board);
        }
        let week = week_of(now);
        if week != self.week {
            self.week = week;
            changes.insert((Whom::Everybody, Topic::Week));
        }
        changes
    }
}
