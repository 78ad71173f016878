//! Events that may have ended a process or a task, and how the one at fault is found.
//!
//! Normally nothing is noted about what is in hand. When a worker dies without giving
//! its leases back, whoever takes over is careful for a while: it notes each batch
//! before it begins (*started*) and after it has ended (*finished*), one batch at a time. If that
//! kills it too, the notes name the suspects, and the next worker takes these one at a time. An event
//! that was alone in hand at [`DEADLY`] deaths is set aside as failed, for a person to look at; one
//! death alone proves nothing, for a process can be killed by anybody.
//!
//! A panic stays in this process: the events of the batch are suspects at once, and
//! the one that panics alone is charged like any other failure.

use std::{collections::HashMap, sync::Arc, time::Duration};

use tokio::time::Instant;
use twinbase_core::{Event, EventRef, primary::Suspect};

use super::{
    EngineError,
    batch::{Again, Batches, Settled, places},
    plan::Failure,
};

/// How many deaths an event must have been alone at.
const DEADLY: u32 = 3;

/// How long a worker notes what it has in hand after another one died without a word.
const CAREFUL: Duration = Duration::from_mins(1);

/// How many suspects are taken at a time, so that their batch does not grow old.
const AT_A_TIME: usize = 50;

/// How a task ended; its events are no longer in flight.
pub(crate) struct Ended {
    pub(crate) result: Result<Settled, EngineError>,
    /// Suspects that did no harm.
    pub(crate) cleared: Vec<EventRef>,
}

/// What is suspected, and until when to be careful.
#[derive(Debug, Default)]
pub(crate) struct Suspects {
    /// How often each was alone at a death.
    alone: HashMap<EventRef, u32>,
    careful_until: Option<Instant>,
}

/// Suspects to be questioned now, with the deaths they were alone at, and those that have to wait.
pub(crate) type Suspected = (Vec<(Event, u32)>, Vec<Event>);

impl Suspects {
    pub(crate) fn someone_died(&mut self, suspects: &[Suspect], now: Instant) {
        self.careful_until = Some(now + CAREFUL);
        self.alone
            .extend(suspects.iter().map(|suspect| (suspect.at, suspect.alone)));
    }

    pub(crate) fn someone_panicked(&mut self, events: &[EventRef]) {
        for event in events {
            self.alone.entry(*event).or_default();
        }
    }

    pub(crate) fn clear(&mut self, events: &[EventRef]) {
        for event in events {
            self.alone.remove(event);
        }
    }

    pub(crate) fn is_careful(&self, now: Instant) -> bool {
        self.careful_until.is_some_and(|until| now < until)
    }

    /// Takes the suspects out of what was read.
    pub(crate) fn split(&self, events: Vec<Event>) -> (Suspected, Vec<Event>) {
        if self.alone.is_empty() {
            return ((Vec::new(), Vec::new()), events);
        }
        let (suspected, others): (Vec<_>, Vec<_>) = events
            .into_iter()
            .partition(|event| self.alone.contains_key(&event.at));
        let mut suspected = suspected.into_iter();
        let now = suspected.by_ref().take(AT_A_TIME);
        let now = now.map(|event| (self.alone[&event.at], event));
        let now = now.map(|(alone, event)| (event, alone)).collect();
        ((now, suspected.collect()), others)
    }
}

impl Batches {
    /// A batch, with notes of its start and end when `worker` is given.
    pub(crate) async fn batch(
        self: Arc<Self>,
        events: Vec<Event>,
        worker: Option<String>,
        read_at: Instant,
    ) -> Ended {
        let result = match worker {
            None => self.run(events, read_at).await,
            Some(worker) => self.noted(events, &worker, read_at).await,
        };
        Ended {
            result,
            cleared: Vec::new(),
        }
    }

    async fn noted(
        &self,
        events: Vec<Event>,
        worker: &str,
        read_at: Instant,
    ) -> Result<Settled, EngineError> {
        let of = places(&events);
        self.sides.primary.started(worker, &of).await?;
        let result = self.run(events, read_at).await;
        self.sides.primary.finished(&of).await?;
        result
    }

    /// Takes suspects one at a time, each in a task of its own.
    pub(crate) async fn question(
        self: Arc<Self>,
        suspects: Vec<(Event, u32)>,
        worker: String,
        read_at: Instant,
    ) -> Ended {
        let mut total = Settled::default();
        let mut cleared = Vec::new();
        for (event, alone) in suspects {
            let at = event.at;
            match self
                .clone()
                .question_one(event, alone, &worker, read_at)
                .await
            {
                Ok(settled) => {
                    total = total.and(&settled);
                    cleared.push(at);
                }
                Err(error) => {
                    return Ended {
                        result: Err(error),
                        cleared,
                    };
                }
            }
        }
        Ended {
            result: Ok(total),
            cleared,
        }
    }

    async fn question_one(
        self: Arc<Self>,
        event: Event,
        alone: u32,
        worker: &str,
        read_at: Instant,
    ) -> Result<Settled, EngineError> {
        let primary = &self.sides.primary;
        let at = [event.at];
        if alone >= DEADLY {
            tracing::error!(
                deaths = alone,
                "an event is set aside: workers died with it in hand"
            );
            let error = format!("{alone} workers died with this event alone in hand");
            let failure = Failure::new("crash", error);
            let settled = self.charge(&event, failure, Again::Never).await?;
            primary.finished(&at).await?;
            return Ok(settled);
        }
        primary.started(worker, &at).await?;
        let this = self.clone();
        let alone = event.clone();
        let task = tokio::spawn(async move { this.run(vec![alone], read_at).await });
        let settled = match AbortOnDrop(task).join().await {
            Ok(result) => result,
            Err(panic) if panic.is_panic() => {
                tracing::error!(%panic, "applying an event panicked");
                let error = "applying it panicked; the log has the panic";
                let failure = Failure::new("panic", error);
                self.charge(&event, failure, Again::Later).await
            }
            Err(_) => Ok(Settled::default()),
        };
        primary.finished(&at).await?;
        settled
    }
}

/// A task that ends with whoever waits for it.
struct AbortOnDrop<T>(tokio::task::JoinHandle<T>);

impl<T> AbortOnDrop<T> {
    async fn join(mut self) -> Result<T, tokio::task::JoinError> {
        (&mut self.0).await
    }
}

impl<T> Drop for AbortOnDrop<T> {
    fn drop(&mut self) {
        self.0.abort();
    }
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;
    use twinbase_core::{Partition, Version};

    use super::*;

    fn event(seq: i64) -> Event {
        Event {
            at: EventRef {
                partition: Partition(0),
                seq,
            },
            event_type: "todo.created".into(),
            aggregate_type: "todo".into(),
            aggregate_id: seq.to_string(),
            version: Version::new(1),
            payload: Some("{}".into()),
            retry_count: 0,
            created_at: Timestamp::UNIX_EPOCH,
            traceparent: None,
        }
    }

    fn seqs<'a>(events: impl IntoIterator<Item = &'a Event>) -> Vec<i64> {
        events.into_iter().map(|event| event.at.seq).collect()
    }

    #[test]
    fn suspects_are_taken_out_a_few_at_a_time_with_the_deaths_they_were_alone_at() {
        let mut suspects = Suspects::default();
        let of = |seq, alone| Suspect {
            at: event(seq).at,
            alone,
        };
        let now = Instant::now();
        let all: Vec<_> = (0..80)
            .map(|seq| of(seq, u32::from(seq == 3) * 2))
            .collect();
        suspects.someone_died(&all, now);
        let ((first, rest), others) = suspects.split((0..100).map(event).collect());
        assert_eq!((first.len(), rest.len()), (AT_A_TIME, 30));
        assert_eq!(first[3].1, 2);
        assert_eq!(seqs(&others), (80..100).collect::<Vec<_>>());
        suspects.clear(&all.iter().map(|suspect| suspect.at).collect::<Vec<_>>());
        assert_eq!(suspects.split(vec![event(1)]).1.len(), 1);
    }

    #[test]
    fn a_death_makes_careful_for_a_while_and_a_panic_does_not() {
        let now = Instant::now();
        let mut suspects = Suspects::default();
        suspects.someone_panicked(&[event(1).at]);
        assert!(!suspects.is_careful(now));
        assert_eq!(suspects.split(vec![event(1)]).0.0.len(), 1);
        suspects.someone_died(&[], now);
        assert!(suspects.is_careful(now) && !suspects.is_careful(now + CAREFUL));
    }
}
