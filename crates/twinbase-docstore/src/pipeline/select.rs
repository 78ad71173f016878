//! The select statement at the beginning of a plan: filters, a sort and a cut, in the order in which SQL performs them.

use crate::catalog::Collection;
use crate::filter::{self, Filter};
use crate::sort::{Key, OrderBy, order_by};
use crate::sql::{Params, table};
use crate::{Error, sql};

/// What SQLite does for a query.
#[derive(Debug)]
pub(crate) struct Select<'c> {
    /// `None` stands for a collection that does not exist: a query is checked before it finds nothing.
    collection: Option<&'c Collection>,
    conditions: Vec<String>,
    order: Vec<OrderBy>,
    skip: u64,
    limit: Option<u64>,
    params: Params,
}

impl<'c> Select<'c> {
    /// Every document of a collection, tombstones left out.
    pub(crate) fn new(collection: Option<&'c Collection>) -> Self {
        Self {
            collection,
            conditions: vec!["deleted = 0".to_owned()],
            order: Vec::new(),
            skip: 0,
            limit: None,
            params: Params::default(),
        }
    }

    /// Whether a filter or a sort would come too late.
    pub(crate) fn is_cut(&self) -> bool {
        self.skip > 0 || self.limit.is_some()
    }

    /// Whether an index can give this order.
    pub(crate) fn serves(&self, keys: &[Key]) -> bool {
        self.collection.is_some_and(|collection| {
            keys.iter()
                .all(|(path, _)| path.text() == "_id" || collection.indexes_single_values(path))
        })
    }

    pub(crate) fn filter(&mut self, filter: &Filter) -> Result<(), Error> {
        let condition = filter::to_sql(filter, self.collection, &mut self.params)?;
        if condition != "1" {
            self.conditions.push(condition);
        }
        Ok(())
    }

    pub(crate) fn sort(&mut self, keys: &[Key]) -> Result<(), Error> {
        self.order = order_by(keys, self.collection, &mut self.params)?;
        Ok(())
    }

    pub(crate) fn skip(&mut self, count: u64) {
        self.skip = self.skip.saturating_add(count);
        self.limit = self.limit.map(|limit| limit.saturating_sub(count));
    }

    pub(crate) fn limit(&mut self, count: u64) {
        self.limit = Some(self.limit.map_or(count, |limit| limit.min(count)));
    }

    /// The statement that gives the documents, and its parameters.
    pub(crate) fn finish(self) -> Option<(String, Params)> {
        let mut sql = self.text("doc")?;
        if !self.order.is_empty() {
            let order: Vec<String> = self.order.iter().map(OrderBy::sql).collect();
            sql.extend([" order by ", &order.join(", ")]);
        }
        if self.is_cut() {
            // SQLite counts in signed numbers, where -1 is no limit; nobody stores more documents than fit.
            let limit = self.limit.map_or(-1, sql::signed);
            let offset = sql::signed(self.skip);
            sql.extend([format!(" limit {limit} offset {offset}")]);
        }
        Some((sql, self.params))
    }

    /// The statement that counts them.
    pub(crate) fn count(self) -> Option<(String, Params)> {
        Some((self.text("count(*)")?, self.params))
    }

    fn text(&self, columns: &str) -> Option<String> {
        let table = table(self.collection?.id);
        let conditions = self.conditions.join(" and ");
        Some(format!("select {columns} from {table} where {conditions}"))
    }
}
