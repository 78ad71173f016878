//! The select statement at the beginning of a plan: filters, a sort and a cut, in the order in which SQL performs them.

use crate::Error;
use crate::access::Access;
use crate::catalog::Collection;
use crate::filter::Filter;
use crate::sort::Key;
use crate::sql::{self, Params};

/// What SQLite does for a query. The statement is made when all of it is known: which indexes serve depends on all of it.
#[derive(Debug)]
pub(crate) struct Select<'c> {
    /// `None` stands for a collection that does not exist: a query is checked before it finds nothing.
    collection: Option<&'c Collection>,
    filters: Vec<Filter>,
    keys: Vec<Key>,
    skip: u64,
    limit: Option<u64>,
}

impl<'c> Select<'c> {
    /// Every document of a collection, tombstones left out.
    pub(crate) fn new(collection: Option<&'c Collection>) -> Self {
        Self {
            collection,
            filters: Vec::new(),
            keys: Vec::new(),
            skip: 0,
            limit: None,
        }
    }

    /// Whether a filter or a sort would come too late.
    pub(crate) fn is_cut(&self) -> bool {
        self.skip > 0 || self.limit.is_some()
    }

    /// Whether indexes give the first documents in this order, so that not all of them have to be sorted.
    pub(crate) fn serves(&self, keys: &[Key], limit: u64) -> Result<bool, Error> {
        let access = self.access(keys, Some(limit), &mut Params::default())?;
        Ok(access.is_none_or(|access| access.gives_order))
    }

    pub(crate) fn filter(&mut self, filter: &Filter) {
        self.filters.push(filter.clone());
    }

    pub(crate) fn sort(&mut self, keys: Vec<Key>) {
        self.keys = keys;
    }

    pub(crate) fn skip(&mut self, count: u64) {
        self.skip = self.skip.saturating_add(count);
        self.limit = self.limit.map(|limit| limit.saturating_sub(count));
    }

    pub(crate) fn limit(&mut self, count: u64) {
        self.limit = Some(self.limit.map_or(count, |limit| limit.min(count)));
    }

    /// The statement that gives the documents, and its parameters.
    pub(crate) fn finish(self) -> Result<Option<(String, Params)>, Error> {
        self.statement("doc")
    }

    /// The statement that counts them.
    pub(crate) fn count(mut self) -> Result<Option<(String, Params)>, Error> {
        self.keys.clear();
        self.statement("count(*)")
    }

    fn statement(&self, columns: &str) -> Result<Option<(String, Params)>, Error> {
        let mut params = Params::default();
        let limit = self.limit.map(|limit| limit.saturating_add(self.skip));
        let Some(access) = self.access(&self.keys, limit, &mut params)? else {
            return Ok(None);
        };
        let mut sql = format!(
            "select {columns} from {}{}",
            access.source,
            access.behind_source()
        );
        if self.is_cut() {
            sql.push_str(&sql::cut(self.limit, self.skip));
        }
        Ok(Some((sql, params)))
    }

    fn access(
        &self,
        keys: &[Key],
        limit: Option<u64>,
        params: &mut Params,
    ) -> Result<Option<Access>, Error> {
        let filters: Vec<&Filter> = self.filters.iter().collect();
        self.collection
            .map(|collection| Access::new(collection, &filters, keys, limit, params))
            .transpose()
    }
}
