//! Typed reads of the replica, with the freshness that the caller chooses.

use std::{marker::PhantomData, sync::Arc, time::Duration};

use bson::Document;
use futures_util::TryStreamExt as _;
use serde::de::DeserializeOwned;
use twinbase_core::{
    Aggregate, AggregateId, Name, ReplicaError, Schema, Token, Versioned,
    mapping::{self, FromDocument},
    replica::{Find, Reads},
};

use crate::{Freshness, NotCaughtUp, freshness::Seen};

/// What a read demands of the replica.
#[derive(Debug, Clone)]
enum Consistency {
    /// Whatever is there.
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
        collection: Name,
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

/// The documents of an aggregate: `A` is its type, or [`Document`] where it has none.
#[derive(Clone)]
pub struct Collection<A> {
    freshness: Arc<Freshness>,
    schema: Arc<Schema>,
    consistency: Consistency,
    of: PhantomData<fn() -> A>,
}

impl<A: Aggregate> Collection<A> {
    /// The collection of `A`, read with eventual consistency.
    pub fn new(freshness: Arc<Freshness>) -> Self {
        Self::of_schema(freshness, A::schema().clone())
    }
}

impl Collection<Document> {
    /// The collection of a schema, read with eventual consistency.
    pub const fn untyped(freshness: Arc<Freshness>, schema: Arc<Schema>) -> Self {
        Self::of_schema(freshness, schema)
    }
}

impl<A> Collection<A> {
    const fn of_schema(freshness: Arc<Freshness>, schema: Arc<Schema>) -> Self {
        Self {
            freshness,
            schema,
            consistency: Consistency::Eventual,
            of: PhantomData,
        }
    }

    /// Reads that see every write the token names; they wait for it at most `wait`.
    #[must_use]
    pub fn at_least(mut self, token: &Token, wait: Duration) -> Self {
        self.consistency = Consistency::AtLeast(token.clone(), wait);
        self
    }

    /// Reads of nothing older than `most`.
    #[must_use]
    pub fn max_staleness(mut self, most: Duration) -> Self {
        self.consistency = Consistency::MaxStaleness(most);
        self
    }

    /// Documents that match a filter of MongoDB's query language.
    pub fn find(self, filter: Document) -> Query<A> {
        let find = Find {
            filter,
            ..Find::default()
        };
        Query {
            collection: self,
            find,
        }
    }

    /// The result of a pipeline.
    pub async fn aggregate(
        self,
        pipeline: Vec<Document>,
    ) -> Result<Answer<Vec<Document>>, ReadError> {
        let (reads, age) = self.admit().await?;
        let documents = reads.aggregate(&self.schema, pipeline).await?;
        age.answer(documents.try_collect().await?)
    }

    /// How many documents match.
    pub async fn count(self, filter: Document) -> Result<Answer<u64>, ReadError> {
        let (reads, age) = self.admit().await?;
        age.answer(reads.count(&self.schema, filter).await?)
    }

    /// The document with this id and its version.
    pub async fn get(self, id: &AggregateId) -> Result<Answer<Option<Versioned<A>>>, ReadError>
    where
        A: FromDocument,
    {
        let (reads, age) = self.admit().await?;
        let found = reads.get(&self.schema, std::slice::from_ref(id)).await?;
        let mut found = found.into_iter();
        let found = found.find_map(|stored| Some((stored.version, stored.document?)));
        let Some((version, document)) = found else {
            return age.answer(None);
        };
        let value = A::from_document(document).ok_or_else(|| mistyped(&self.schema))?;
        age.answer(Some(Versioned {
            id: id.clone(),
            version,
            value,
        }))
    }

    /// Waits until the replica is as fresh as demanded.
    async fn admit(&self) -> Result<(Arc<dyn Reads>, Bound), ReadError> {
        let freshness = &self.freshness;
        let (reads, seen, most): (Arc<dyn Reads>, _, _) = match &self.consistency {
            Consistency::Eventual => (freshness.sides.replica.clone(), freshness.age.last(), None),
            Consistency::AtLeast(token, wait) => {
                let reads = freshness.caught_up(token, *wait).await?;
                (reads, freshness.age.last(), None)
            }
            Consistency::MaxStaleness(most) => {
                let seen = freshness.age.at_most(*most).await?;
                (freshness.sides.replica.clone(), Some(seen), Some(*most))
            }
        };
        Ok((reads, Bound { seen, most }))
    }
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
    find: Find,
}

impl<A> Query<A> {
    /// Sorts the documents.
    pub fn sort(mut self, sort: Document) -> Self {
        self.find.sort = Some(sort);
        self
    }

    /// Passes over the first `count`.
    pub const fn skip(mut self, count: u64) -> Self {
        self.find.skip = count;
        self
    }

    /// Returns at most `count`.
    pub const fn limit(mut self, count: u64) -> Self {
        self.find.limit = Some(count);
        self
    }

    /// Returns only these fields.
    pub fn projection(mut self, fields: Document) -> Self {
        self.find.projection = Some(fields);
        self
    }

    /// All documents as they are.
    pub async fn documents(self) -> Result<Answer<Vec<Document>>, ReadError> {
        let (reads, age) = self.collection.admit().await?;
        let documents = reads.find(&self.collection.schema, self.find).await?;
        age.answer(documents.try_collect().await?)
    }

    /// All documents as the collection's type.
    pub async fn all(self) -> Result<Answer<Vec<A>>, ReadError>
    where
        A: FromDocument,
    {
        self.read(A::from_document).await
    }

    /// All documents as a type of the caller's, such as one for a projection.
    pub async fn fetch_as<T: DeserializeOwned>(self) -> Result<Answer<Vec<T>>, ReadError> {
        self.read(mapping::deserialize).await
    }

    async fn read<T>(
        self,
        read: impl Fn(Document) -> Option<T>,
    ) -> Result<Answer<Vec<T>>, ReadError> {
        let schema = self.collection.schema.clone();
        let found = self.documents().await?;
        let value: Option<Vec<T>> = found.value.into_iter().map(read).collect();
        Ok(Answer {
            value: value.ok_or_else(|| mistyped(&schema))?,
            source: found.source,
            staleness: found.staleness,
        })
    }
}

fn mistyped(schema: &Schema) -> ReadError {
    ReadError::Mistyped {
        collection: schema.collection.clone(),
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
