//! A query that is composed before it runs.

use bson::Document;
use futures_util::TryStreamExt as _;
use serde::{Serialize, de::DeserializeOwned};
use twinbase_core::{
    ReplicaError, Schema,
    find::conjunction,
    mapping::FromDocument,
    replica::Find,
    schema::{Condition, Order},
    write::{self, Select},
};

use super::{Answer, Collection, Cursor, Page, ReadError, found::Found, or_primary};

/// A query that has not run yet.
///
/// What it says in columns ([`Query::filter`], [`Query::order`], [`Query::after`], [`Query::limit`]) runs on either side with
/// the same answer. What it says in MongoDB's language ([`Query::matching`], [`Query::sort`], [`Query::skip`]) only
/// the replica can answer.
#[must_use = "a query runs when its documents are asked for"]
pub struct Query<A> {
    collection: Collection<A>,
    select: Select,
    after: Option<Cursor>,
    /// What only the replica can answer, and the projection.
    raw: Find,
}

impl<A> Query<A> {
    pub(super) fn new(collection: Collection<A>) -> Self {
        let select = Select::new(&collection.schema, u32::MAX);
        Self {
            collection,
            select,
            after: None,
            raw: Find::default(),
        }
    }

    /// Only those that also meet these conditions on columns.
    pub fn filter(mut self, conditions: impl IntoIterator<Item = Condition<A>>) -> Self {
        self.select.filter.extend(Condition::all(conditions));
        self
    }

    /// In the order of these columns. End it with the key, or equal ones come in any order; a page adds it by itself.
    pub fn order(mut self, order: impl IntoIterator<Item = Order<A>>) -> Self {
        self.select.order.extend(Order::all(order));
        self
    }

    /// From this place on, of a page in the same order.
    pub fn after(mut self, place: impl Into<Option<Cursor>>) -> Self {
        self.after = place.into();
        self
    }

    /// From the place of this item on, in the order that was named before: those who come after it. The other way round,
    /// with each order reversed, those who come before it, nearest first.
    ///
    /// The item has the fields of the order under their names in documents. One that lacks a field ends the read in
    /// [`ReadError::InvalidCursor`].
    pub fn after_item(self, item: &impl Serialize) -> Self {
        let (schema, order) = (&self.collection.schema, &self.select.order);
        let place = Cursor::of_item(schema, order, item);
        // A cursor of no column fits no order.
        let place = place.unwrap_or_else(Cursor::nowhere);
        self.after(place)
    }

    /// Only those that also match a filter of MongoDB's query language.
    pub fn matching(mut self, filter: Document) -> Self {
        if !filter.is_empty() {
            self.raw.filter = conjunction([self.raw.filter, filter].into());
        }
        self
    }

    /// Sorts the documents, as MongoDB's query language says it.
    pub fn sort(mut self, sort: Document) -> Self {
        self.raw.sort = Some(sort);
        self
    }

    /// Passes over the first `count`.
    pub const fn skip(mut self, count: u64) -> Self {
        self.raw.skip = count;
        self
    }

    /// Returns at most `count`.
    pub fn limit(mut self, count: u64) -> Self {
        self.select.limit = u32::try_from(count).unwrap_or(u32::MAX);
        self
    }

    /// Fetches only these fields of documents, as MongoDB's query language says it. The primary gives whole rows.
    pub fn projection(mut self, fields: Document) -> Self {
        self.raw.projection = Some(fields);
        self
    }

    /// The replica's documents as they are.
    pub async fn documents(mut self) -> Result<Answer<Vec<Document>>, ReadError> {
        self.place()?;
        let find = self.to_find()?;
        let admitted = self.collection.admit().await?;
        let documents = admitted.reads.find(&admitted.schema, find).await?;
        admitted.answer(documents.try_collect().await?).await
    }

    /// All of them as the collection's type.
    pub async fn all(self) -> Result<Answer<Vec<A>>, ReadError>
    where
        A: FromDocument,
    {
        self.run(read::<A>).await
    }

    /// All of them as a type of the caller's, such as one for a projection.
    pub async fn fetch_as<T: DeserializeOwned>(self) -> Result<Answer<Vec<T>>, ReadError> {
        self.run(read_as::<T>).await
    }

    /// At most `limit` of them, and where the next page begins.
    pub async fn page(self, limit: u32) -> Result<Answer<Page<A>>, ReadError>
    where
        A: FromDocument,
    {
        self.paged(limit, read::<A>).await
    }

    /// As [`Query::page`], as a type of the caller's. A projection has the fields of the order.
    pub async fn page_as<T: DeserializeOwned>(
        self,
        limit: u32,
    ) -> Result<Answer<Page<T>>, ReadError> {
        self.paged(limit, read_as::<T>).await
    }

    async fn paged<T>(
        mut self,
        limit: u32,
        read: impl Fn(&Schema, Vec<Found>) -> Option<Vec<T>>,
    ) -> Result<Answer<Page<T>>, ReadError> {
        if self.raw.sort.is_some() || self.raw.skip > 0 {
            return refuse("a page is in the order of columns, and goes on after a place");
        }
        self.check_places()?;
        let key = self.select.schema.key().column.clone();
        if self.select.order.iter().all(|order| order.column != key) {
            let descending = self.select.order.last().is_some_and(|last| last.descending);
            self.select.order.push(write::Order {
                column: key,
                descending,
            });
        }
        let order = self.select.order.clone();
        // One more than is shown: there is a next page.
        self.select.limit = limit.saturating_add(1);
        let most = usize::try_from(limit).unwrap_or(usize::MAX);
        self.run(|schema, mut found| {
            let is_last = found.len() <= most;
            found.truncate(most);
            let next = match found.last() {
                Some(last) if !is_last => Some(Cursor::of(schema, &order, last)?),
                _ => None,
            };
            let items = read(schema, found)?;
            Some(Page { items, next })
        })
        .await
    }

    async fn run<T>(
        mut self,
        read: impl Fn(&Schema, Vec<Found>) -> Option<T>,
    ) -> Result<Answer<T>, ReadError> {
        self.place()?;
        let schema = self.collection.schema.clone();
        let read = |found| read(&schema, found).ok_or_else(|| ReadError::mistyped(&schema));
        let (select, freshness) = (self.select.clone(), self.collection.freshness.clone());
        let has_primary_form = self.raw.filter.is_empty()
            && self.raw.sort.is_none()
            && self.raw.skip == 0
            && self.collection.collation.is_none();
        let is_strict = !self.collection.or_primary;
        let replica = async {
            let found = self.documents().await?;
            found.try_map(|documents| read(documents.into_iter().map(Found::Document).collect()))
        };
        if is_strict {
            return replica.await;
        }
        if !has_primary_form {
            return replica.await.map_err(ReadError::without_primary_form);
        }
        or_primary(replica, async {
            let rows = freshness.sides.primary.select(&select).await?;
            read(rows.into_iter().map(Found::Row).collect())
        })
        .await
    }

    /// Of ids that a collation takes for equal, a place would pass some over.
    fn check_places(&self) -> Result<(), ReadError> {
        match self.collection.collation {
            Some(_) => refuse("a place in a list is told by bytes, and not by a collation"),
            None => Ok(()),
        }
    }

    /// Resolves the cursor against the order.
    fn place(&mut self) -> Result<(), ReadError> {
        if let Some(cursor) = self.after.take() {
            self.check_places()?;
            let values = cursor.values(&self.collection.schema, &self.select.order)?;
            self.select.after = Some(values);
        }
        Ok(())
    }

    fn to_find(&self) -> Result<Find, ReplicaError> {
        let find = self.select.to_find()?;
        let raw = self.raw.clone();
        let filters = [find.filter, raw.filter];
        let filters = filters.into_iter().filter(|filter| !filter.is_empty());
        Ok(Find {
            filter: conjunction(filters.collect()),
            sort: raw.sort.or(find.sort),
            limit: find.limit.filter(|limit| *limit < u32::MAX.into()),
            ..raw
        })
    }
}

fn refuse<T>(reason: &str) -> Result<T, ReadError> {
    let reason = reason.into();
    Err(ReplicaError::InvalidQuery { reason }.into())
}

fn read<A: FromDocument>(schema: &Schema, found: Vec<Found>) -> Option<Vec<A>> {
    found.into_iter().map(|found| found.read(schema)).collect()
}

fn read_as<T: DeserializeOwned>(_: &Schema, found: Vec<Found>) -> Option<Vec<T>> {
    found.into_iter().map(Found::read_as).collect()
}
