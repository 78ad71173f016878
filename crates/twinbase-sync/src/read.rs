//! Typed reads of the replica, with the freshness that the caller chooses.

use std::{marker::PhantomData, sync::Arc, time::Duration};

use bson::Document;
use futures_util::TryStreamExt as _;
use twinbase_core::{
    Aggregate, AggregateId, Replica, ReplicaError, Token, Versioned, mapping,
    replica::{Documents, Find, Reads},
};

use crate::{Freshness, NotCaughtUp, freshness::Seen};

/// What a read demands of the replica.
#[derive(Debug, Clone, Default)]
pub enum Consistency {
    /// Whatever is there.
    #[default]
    Eventual,
    /// Everything that the token names; wait for it at most so long.
    AtLeast(Token, Duration),
    /// Nothing older than this.
    MaxStaleness(Duration),
}

/// Which side gave an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Source {
    /// The document database.
    Replica,
    /// The SQL database.
    Primary,
}

/// An answer, where it came from and how old it may be.
#[derive(Debug, Clone)]
pub struct Answer<T> {
    /// The answer.
    pub value: T,
    /// Where it came from.
    pub source: Source,
    /// A bound on its age; `None` when none is known. Zero from the primary.
    pub staleness: Option<Duration>,
}

impl<T> Answer<T> {
    /// An answer of the primary, which is never stale.
    pub const fn from_primary(value: T) -> Self {
        Self {
            value,
            source: Source::Primary,
            staleness: Some(Duration::ZERO),
        }
    }

    /// The same answer with another value.
    pub fn map<U>(self, map: impl FnOnce(T) -> U) -> Answer<U> {
        Answer {
            value: map(self.value),
            source: self.source,
            staleness: self.staleness,
        }
    }
}

/// Why a read has no answer.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    /// The replica is not as fresh as the read demands.
    #[error("the read asks for more than the replica has")]
    NotCaughtUp(#[source] NotCaughtUp),
    /// The replica did not answer, or refused.
    #[error(transparent)]
    Replica(#[from] ReplicaError),
    /// A document is not of the aggregate's type.
    #[error("a document of `{collection}` does not fit its type")]
    Mistyped {
        /// The collection.
        collection: &'static str,
    },
}

impl From<NotCaughtUp> for ReadError {
    fn from(error: NotCaughtUp) -> Self {
        match error {
            NotCaughtUp::Replica(error) => Self::Replica(error),
            error => Self::NotCaughtUp(error),
        }
    }
}

impl ReadError {
    /// Whether the primary should be asked instead, where the read has a form for it.
    pub fn wants_primary(&self) -> bool {
        match self {
            Self::NotCaughtUp(_) | Self::Mistyped { .. } => true,
            Self::Replica(error) => match error {
                ReplicaError::Unavailable { .. }
                | ReplicaError::Refused { .. }
                | ReplicaError::Unexpected { .. } => true,
                ReplicaError::InvalidQuery { .. } | ReplicaError::LimitExceeded { .. } => false,
            },
        }
    }
}

/// The documents of an aggregate.
#[derive(Clone)]
pub struct Collection<A> {
    replica: Arc<dyn Replica>,
    freshness: Arc<Freshness>,
    consistency: Consistency,
    of: PhantomData<fn() -> A>,
}

impl<A: Aggregate> Collection<A> {
    /// The collection of `A`, read with eventual consistency.
    pub fn new(replica: Arc<dyn Replica>, freshness: Arc<Freshness>) -> Self {
        Self {
            replica,
            freshness,
            consistency: Consistency::Eventual,
            of: PhantomData,
        }
    }

    /// Reads that see every write the token names; they wait for it at most `wait`.
    #[must_use]
    pub fn at_least(self, token: &Token, wait: Duration) -> Self {
        self.consistency(Consistency::AtLeast(token.clone(), wait))
    }

    /// Reads of nothing older than `most`.
    #[must_use]
    pub fn max_staleness(self, most: Duration) -> Self {
        self.consistency(Consistency::MaxStaleness(most))
    }

    /// Reads with this consistency.
    #[must_use]
    pub fn consistency(mut self, consistency: Consistency) -> Self {
        self.consistency = consistency;
        self
    }

    /// Documents that match a filter of MongoDB's query language.
    pub fn find(self, filter: Document) -> Query<A> {
        Query {
            collection: self,
            what: What::Find(Box::new(Find {
                filter,
                ..Find::default()
            })),
        }
    }

    /// The result of a pipeline.
    pub fn aggregate(self, pipeline: Vec<Document>) -> Query<A> {
        Query {
            collection: self,
            what: What::Aggregate(pipeline),
        }
    }

    /// How many documents match.
    pub async fn count(self, filter: Document) -> Result<Answer<u64>, ReadError> {
        let admission = self.admit().await?;
        let count = admission.reads.count(A::SCHEMA, filter).await?;
        admission.age.answer(count)
    }

    /// The document with this id and its version.
    pub async fn get(self, id: &AggregateId) -> Result<Answer<Option<Versioned<A>>>, ReadError> {
        let admission = self.admit().await?;
        let ids = std::slice::from_ref(id);
        let found = admission.reads.get(A::SCHEMA, ids).await?;
        let value = found
            .into_iter()
            .find_map(|stored| Some((stored.document?, stored.version)))
            .map(|(document, version)| {
                Ok::<_, ReadError>(Versioned {
                    id: id.clone(),
                    version,
                    value: typed::<A>(document)?,
                })
            })
            .transpose()?;
        admission.age.answer(value)
    }

    /// Waits until the replica is as fresh as demanded.
    async fn admit(&self) -> Result<Admission, ReadError> {
        let (reads, seen, most): (Arc<dyn Reads>, _, _) = match &self.consistency {
            Consistency::Eventual => (self.replica.clone(), self.freshness.last_seen(), None),
            Consistency::AtLeast(token, wait) => {
                let reads = self.freshness.caught_up(token, *wait).await?;
                (reads, self.freshness.last_seen(), None)
            }
            Consistency::MaxStaleness(most) => {
                let seen = self.freshness.at_most(*most).await?;
                (self.replica.clone(), Some(seen), Some(*most))
            }
        };
        Ok(Admission {
            reads,
            age: Bound { seen, most },
        })
    }
}

/// A read that may run.
struct Admission {
    reads: Arc<dyn Reads>,
    age: Bound,
}

/// What is known of the age of what is read, and what is demanded of it.
struct Bound {
    /// What the primary said before anything was read.
    seen: Option<Seen>,
    most: Option<Duration>,
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

/// A query that has not run yet.
#[must_use = "a query runs when its documents are asked for"]
pub struct Query<A> {
    collection: Collection<A>,
    what: What,
}

enum What {
    Find(Box<Find>),
    Aggregate(Vec<Document>),
}

impl<A: Aggregate> Query<A> {
    /// Sorts the documents; for a pipeline, its results.
    pub fn sort(self, sort: Document) -> Self {
        let stage = sort.clone();
        self.with(|find| find.sort = Some(sort), "$sort", stage)
    }

    /// Passes over the first `count`.
    pub fn skip(self, count: u64) -> Self {
        let stage = i64::try_from(count).unwrap_or(i64::MAX);
        self.with(|find| find.skip = count, "$skip", stage)
    }

    /// Returns at most `count`.
    pub fn limit(self, count: u64) -> Self {
        let stage = i64::try_from(count).unwrap_or(i64::MAX);
        self.with(|find| find.limit = Some(count), "$limit", stage)
    }

    /// Returns only these fields.
    pub fn projection(self, fields: Document) -> Self {
        let stage = fields.clone();
        self.with(|find| find.projection = Some(fields), "$project", stage)
    }

    fn with(
        mut self,
        set: impl FnOnce(&mut Find),
        stage: &str,
        value: impl Into<bson::Bson>,
    ) -> Self {
        match &mut self.what {
            What::Find(find) => set(find),
            What::Aggregate(pipeline) => {
                let mut document = Document::new();
                document.insert(stage, value);
                pipeline.push(document);
            }
        }
        self
    }

    /// The documents one by one, as they come. How old they may be is of the moment when the first is there.
    pub async fn stream(self) -> Result<Answer<Documents>, ReadError> {
        let (admission, documents) = self.run().await?;
        admission.age.answer(documents)
    }

    /// All documents as they are.
    pub async fn documents(self) -> Result<Answer<Vec<Document>>, ReadError> {
        let (admission, documents) = self.run().await?;
        admission.age.answer(documents.try_collect().await?)
    }

    /// All documents as the aggregate's type.
    pub async fn all(self) -> Result<Answer<Vec<A>>, ReadError> {
        let Answer {
            value,
            source,
            staleness,
        } = self.documents().await?;
        Ok(Answer {
            value: value.into_iter().map(typed).collect::<Result<_, _>>()?,
            source,
            staleness,
        })
    }

    async fn run(self) -> Result<(Admission, Documents), ReadError> {
        let admission = self.collection.admit().await?;
        let documents = match self.what {
            What::Find(find) => admission.reads.find(A::SCHEMA, *find).await?,
            What::Aggregate(pipeline) => admission.reads.aggregate(A::SCHEMA, pipeline).await?,
        };
        Ok((admission, documents))
    }
}

fn typed<A: Aggregate>(document: Document) -> Result<A, ReadError> {
    serde_json::from_value(mapping::to_json(document).into()).map_err(|_| ReadError::Mistyped {
        collection: A::SCHEMA.collection,
    })
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
