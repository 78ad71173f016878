//! The select statement at the beginning of a plan: filters, a sort and a cut, in the order in which SQL performs them.

use crate::access::{Access, Usable};
use crate::catalog::Collection;
use crate::filter::{Filter, conjuncts};
use crate::sort::Key;
use crate::sql::Params;
use crate::text::{self, Rank};
use crate::{Error, sql};

/// What SQLite does for a query.
#[derive(Debug)]
pub(crate) struct Select<'c> {
    /// `None` stands for a collection that does not exist: a query is checked before it finds nothing.
    collection: Option<&'c Collection>,
    filters: Vec<Filter>,
    keys: Vec<Key>,
    /// The order of a search, instead of the keys.
    ranks: Vec<Rank>,
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
            ranks: Vec::new(),
            skip: 0,
            limit: None,
        }
    }

    /// Whether a filter or a sort would come too late.
    pub(crate) fn is_cut(&self) -> bool {
        self.skip > 0 || self.limit.is_some()
    }

    /// Whether an index can give this order.
    pub(crate) fn serves(&self, keys: &[Key]) -> bool {
        self.collection.is_some_and(|collection| {
            let filters: Vec<&Filter> = self.filters.iter().collect();
            let usable = Usable::new(collection, &conjuncts(&filters));
            keys.iter()
                .all(|(path, _)| path.text() == "_id" || usable.has_single_values(path))
        })
    }

    pub(crate) fn filter(&mut self, filter: Filter) {
        self.filters.push(filter);
    }

    pub(crate) fn sort(&mut self, keys: Vec<Key>) {
        self.ranks = keys.iter().cloned().map(Rank::Path).collect();
        self.keys = keys;
    }

    /// A sort of what a search finds.
    pub(crate) fn rank(&mut self, ranks: Vec<Rank>) {
        self.ranks = ranks;
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
        let mut params = Params::default();
        let Some(access) = self.access(&mut params)? else {
            return Ok(None);
        };
        let has_text = self.filters.iter().any(Filter::has_text);
        let columns = if has_text { "doc, score" } else { "doc" };
        let (source, rest) = (&access.source, access.behind_source());
        let mut sql = format!("select {columns} from {source}{rest}");
        if self.is_cut() {
            // SQLite counts in signed numbers, where -1 is no limit; nobody stores more documents than fit.
            let limit = self.limit.map_or(-1, sql::signed);
            sql.push_str(&format!(" limit {limit} offset {}", sql::signed(self.skip)));
        }
        Ok(Some((sql, params)))
    }

    /// The statement that counts them.
    pub(crate) fn count(self) -> Result<Option<(String, Params)>, Error> {
        let mut params = Params::default();
        let access = self.access(&mut params)?;
        Ok(access.map(|access| {
            let sql = format!(
                "select count(*) from {}{}",
                access.source,
                access.behind_source()
            );
            (sql, params)
        }))
    }

    fn access(&self, params: &mut Params) -> Result<Option<Access>, Error> {
        let Some(collection) = self.collection else {
            return Ok(None);
        };
        let filters: Vec<&Filter> = self.filters.iter().collect();
        let cut = self.limit.map(|limit| limit.saturating_add(self.skip));
        let found = text::found(collection, &conjuncts(&filters), &self.ranks, cut, params)?;
        if found.is_some() {
            return Ok(found);
        }
        Access::new(collection, &filters, &self.keys, cut, params).map(Some)
    }
}
