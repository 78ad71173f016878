//! The documents of an aggregate, and how fresh a read of them must be.

use std::{marker::PhantomData, sync::Arc, time::Duration};

use bson::{Bson, Document, doc};
use futures_util::TryStreamExt as _;
use twinbase_core::{
    Aggregate, AggregateId, Column, Field, FromValue, Schema, Token, Versioned, find,
    mapping::{self, FromDocument},
    replica::{Collation, Reads},
    schema::{Condition, IdOf},
    write::Select,
};

use super::{
    Answer, Query, ReadError, Source,
    admitted::{Admitted, Bound},
    or_primary,
};
use crate::Freshness;

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

/// The documents of an aggregate: `A` is its type, or [`Document`] where it has none.
#[derive(Clone)]
pub struct Collection<A> {
    pub(super) freshness: Arc<Freshness>,
    pub(super) schema: Arc<Schema>,
    consistency: Consistency,
    /// The primary answers where the replica does not in time.
    pub(super) or_primary: bool,
    /// By which the replica compares strings; only the replica can.
    pub(super) collation: Option<Collation>,
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
            or_primary: false,
            collation: None,
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

    /// Reads that the primary answers when the replica is not fresh enough in time, cannot be reached, or holds something
    /// unreadable. A read without a form for the primary, such as a pipeline, ends in [`ReadError::NoPrimaryForm`] then.
    #[must_use]
    pub const fn or_primary(mut self) -> Self {
        self.or_primary = true;
        self
    }

    /// Queries that compare strings by a collation, so that a name is found in whichever case it is written.
    ///
    /// The primary does not answer them, and they have no pages: a place in a list is told by bytes.
    #[must_use]
    pub fn collated(mut self, collation: Collation) -> Self {
        self.collation = Some(collation);
        self
    }

    /// Those that meet all of these conditions on columns.
    pub fn filter(self, conditions: impl IntoIterator<Item = Condition<A>>) -> Query<A> {
        Query::new(self).filter(conditions)
    }

    /// Documents that match a filter of MongoDB's query language.
    pub fn find(self, filter: Document) -> Query<A> {
        Query::new(self).matching(filter)
    }

    /// The result of a pipeline.
    pub async fn aggregate(
        self,
        pipeline: Vec<Document>,
    ) -> Result<Answer<Vec<Document>>, ReadError> {
        self.on_the_replica(async {
            let mut admitted = self.admit().await?;
            let pipeline = admitted.rename(pipeline);
            let reads = &admitted.reads;
            let documents = reads.aggregate(&admitted.schema, pipeline).await?;
            admitted.answer(documents.try_collect().await?).await
        })
        .await
    }

    /// How many documents match.
    pub async fn count(self, filter: Document) -> Result<Answer<u64>, ReadError> {
        self.on_the_replica(async {
            let admitted = self.admit().await?;
            let count = admitted.reads.count(&admitted.schema, filter).await?;
            admitted.answer(count).await
        })
        .await
    }

    /// The values that a column has in the documents that match, each once and in any order.
    ///
    /// Columns without an order that both sides share (JSON, decimals, bytes, lists) are refused.
    pub async fn distinct<T: FromValue>(
        self,
        column: Column<A, T>,
        filter: Document,
    ) -> Result<Answer<Vec<T>>, ReadError> {
        let schema = self.schema.clone();
        let read = |field: &Field, value: Bson| {
            let (_, json) = mapping::to_json(doc! { "value": value })
                .into_iter()
                .next()?;
            T::from_value(&find::value(field, &find::shown(field, &json))?)
        };
        self.on_the_replica(async {
            let (field, name) = find::ordered(&schema, column.name())?;
            let admitted = self.admit().await?;
            let reads = &admitted.reads;
            let values = reads.distinct(&admitted.schema, name, filter).await?;
            let values = values.into_iter().map(|value| read(field, value));
            let values = values.collect::<Option<_>>();
            let values = values.ok_or_else(|| ReadError::mistyped(&schema))?;
            admitted.answer(values).await
        })
        .await
    }

    /// The aggregate with this id and its version.
    ///
    /// With [`Collection::or_primary`], that there is none is said by the primary alone: what was just written may not
    /// have reached the replica.
    pub async fn get(self, id: &impl IdOf<A>) -> Result<Answer<Option<Versioned<A>>>, ReadError>
    where
        A: FromDocument,
    {
        let id = id.id();
        let replica = self.document(id);
        if !self.or_primary {
            return replica.await;
        }
        let answer = or_primary(replica, self.row(id)).await?;
        match answer {
            Answer {
                value: None,
                source: Source::Replica,
                ..
            } => Ok(Answer::from_primary(self.row(id).await?)),
            answer => Ok(answer),
        }
    }

    async fn document(&self, id: &AggregateId) -> Result<Answer<Option<Versioned<A>>>, ReadError>
    where
        A: FromDocument,
    {
        let admitted = self.admit().await?;
        let reads = &admitted.reads;
        let found = reads
            .get(&admitted.schema, std::slice::from_ref(id))
            .await?;
        let mut found = found.into_iter();
        let found = found.find_map(|stored| Some((stored.version, stored.document?)));
        let Some((version, document)) = found else {
            return admitted.answer(None).await;
        };
        let value = A::from_document(document).ok_or_else(|| ReadError::mistyped(&self.schema))?;
        let found = Versioned {
            id: id.clone(),
            version,
            value,
        };
        admitted.answer(Some(found)).await
    }

    async fn row(&self, id: &AggregateId) -> Result<Option<Versioned<A>>, ReadError>
    where
        A: FromDocument,
    {
        let one = Select::one(&self.schema, id);
        let mut rows = self.freshness.sides.primary.select(&one).await?.into_iter();
        let Some(row) = rows.next() else {
            return Ok(None);
        };
        let value =
            A::from_row(&self.schema, &row).ok_or_else(|| ReadError::mistyped(&self.schema))?;
        Ok(Some(Versioned {
            id: row.id,
            version: row.version,
            value,
        }))
    }

    /// The answer of a read that has no form for the primary.
    async fn on_the_replica<T>(
        &self,
        answer: impl Future<Output = Result<Answer<T>, ReadError>>,
    ) -> Result<Answer<T>, ReadError> {
        let answer = answer.await;
        if self.or_primary {
            answer.map_err(ReadError::without_primary_form)
        } else {
            answer
        }
    }

    /// Waits until the replica is as fresh as demanded.
    pub(super) async fn admit(&self) -> Result<Admitted, ReadError> {
        let freshness = &self.freshness;
        let pointer = freshness.pointers.current().await;
        let (reads, seen, most): (Arc<dyn Reads>, _, _) = match &self.consistency {
            Consistency::Eventual => {
                let reads = freshness.sides.replica.clone();
                // What the primary knows bounds no copy of the replica.
                let seen = freshness.age.last().filter(|_| !reads.may_lag());
                (reads, seen, None)
            }
            Consistency::AtLeast(token, wait) => {
                let caught_up = freshness.caught_up_at(&pointer, token, *wait);
                let reads = Box::pin(caught_up).await?;
                (reads, freshness.age.last(), None)
            }
            Consistency::MaxStaleness(most) => {
                let seen = freshness.age.at_most(*most).await?;
                // Begun after the primary was asked: it sees all that was applied by then.
                let reads: Arc<dyn Reads> = if freshness.sides.replica.may_lag() {
                    freshness.sides.replica.session().await?
                } else {
                    freshness.sides.replica.clone()
                };
                (reads, Some(seen), Some(*most))
            }
        };
        let reads = match &self.collation {
            Some(collation) => reads.collated(collation)?,
            None => reads,
        };
        let schema = pointer.generations.serving(&self.schema);
        Ok(Admitted::new(
            freshness,
            reads,
            schema,
            pointer,
            Bound { seen, most },
        ))
    }
}
