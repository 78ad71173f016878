//! A read that may begin: where it reads, and what must be true of its answer once it is complete.

use std::{sync::Arc, time::Duration};

use bson::Document;
use twinbase_core::{Schema, replica::Reads};

use super::{Answer, ReadError, Source};
use crate::{
    Freshness, NotCaughtUp,
    freshness::Seen,
    generations::{Confirmed, Pointer},
};

/// A read that may begin.
pub(super) struct Admitted {
    pub(super) reads: Arc<dyn Reads>,
    /// With the collection in which the documents lie.
    pub(super) schema: Arc<Schema>,
    freshness: Arc<Freshness>,
    pointer: Pointer,
    /// Every collection that is read.
    used: Vec<Arc<Schema>>,
    bound: Bound,
}

/// What is known of the age of what is read, and what is demanded of it.
pub(super) struct Bound {
    /// What the primary said before anything was read.
    pub(super) seen: Option<Seen>,
    pub(super) most: Option<Duration>,
}

impl Admitted {
    pub(super) fn new(
        freshness: &Arc<Freshness>,
        reads: Arc<dyn Reads>,
        schema: Arc<Schema>,
        pointer: Pointer,
        bound: Bound,
    ) -> Self {
        Self {
            reads,
            used: vec![Arc::clone(&schema)],
            schema,
            freshness: Arc::clone(freshness),
            pointer,
            bound,
        }
    }

    /// The pipeline with the names of physical collections.
    pub(super) fn rename(&mut self, mut pipeline: Vec<Document>) -> Vec<Document> {
        let registry = &self.freshness.sides.registry;
        let used = self.pointer.generations.rename(&mut pipeline, registry);
        self.used.extend(used);
        pipeline
    }

    /// An answer that was just read.
    pub(super) async fn answer<T>(&self, value: T) -> Result<Answer<T>, ReadError> {
        let pointers = &self.freshness.pointers;
        match pointers.confirm(&self.pointer, &self.used).await? {
            Confirmed::Sure => self.bound.answer(value),
            // It may be a collection that changes do not go to any more: nothing is known of its age.
            Confirmed::Unsure if self.bound.most.is_none() => Ok(Answer {
                value,
                source: Source::Replica,
                staleness: None,
            }),
            Confirmed::Unsure | Confirmed::Gone => Err(NotCaughtUp::Moved.into()),
        }
    }
}

impl Bound {
    /// An answer that was just read. The time that the query took counts: it may have become too old meanwhile.
    fn answer<T>(&self, value: T) -> Result<Answer<T>, ReadError> {
        let staleness = self.seen.map(Seen::staleness);
        if let (Some(staleness), Some(most)) = (staleness, self.most)
            && staleness > most
        {
            return Err(NotCaughtUp::TooOld { staleness }.into());
        }
        Ok(Answer {
            value,
            source: Source::Replica,
            staleness,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn the_time_that_a_query_takes_makes_its_answer_older() {
        let seconds = Duration::from_secs;
        let age = Bound {
            seen: Some(Seen::now(seconds(1))),
            most: Some(seconds(3)),
        };
        tokio::time::advance(seconds(2)).await;
        assert_eq!(age.answer(()).unwrap().staleness, Some(seconds(3)));
        tokio::time::advance(seconds(1)).await;
        let late = age.answer(()).unwrap_err();
        assert!(late.wants_primary(), "{late}");
    }
}
