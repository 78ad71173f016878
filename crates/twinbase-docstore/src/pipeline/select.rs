//! The select statement at the beginning of a plan: filters, a sort and a cut, in the order in which SQL performs them.

use crate::Error;
use crate::access::Access;
use crate::catalog::{Collection, Index};
use crate::filter::{Filter, conjuncts};
use crate::path::Path;
use crate::sort::Key;
use crate::sql::{self, Params};
use crate::text::{self, Rank};
use crate::value::Order;

/// What a statement gives of what it finds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Columns {
    Documents,
    /// Of a search, also the score of each.
    Scored,
    Count,
}

impl Columns {
    fn sql(self) -> &'static str {
        match self {
            Self::Documents => "doc",
            Self::Scored => "doc, score",
            Self::Count => "count(*)",
        }
    }
}

/// What SQLite does for a query. The statement is made when all of it is known: which indexes serve depends on all of it.
#[derive(Debug)]
pub(crate) struct Select<'c> {
    /// `None` stands for a collection that does not exist: a query is checked before it finds nothing.
    collection: Option<&'c Collection>,
    order: Order,
    filters: Vec<Filter>,
    keys: Vec<Key>,
    /// The order of what a search finds, in place of the keys.
    ranks: Option<Vec<Rank>>,
    skip: u64,
    limit: Option<u64>,
}

impl<'c> Select<'c> {
    /// Every document of a collection, tombstones left out.
    pub(crate) fn new(collection: Option<&'c Collection>, order: &Order) -> Self {
        Self {
            collection,
            order: order.clone(),
            filters: Vec::new(),
            keys: Vec::new(),
            ranks: None,
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
        let mut params = Params::new(self.order.clone());
        let access = self.access(Columns::Documents, keys, Some(limit), &mut params)?;
        Ok(access.is_none_or(|access| access.gives_order))
    }

    pub(crate) fn filter(&mut self, filter: &Filter) {
        self.filters.push(filter.clone());
    }

    pub(crate) fn sort(&mut self, keys: Vec<Key>) {
        self.keys = keys;
        self.ranks = None;
    }

    /// A sort of what a search finds, by its score among others.
    pub(crate) fn rank(&mut self, ranks: Vec<Rank>) {
        self.ranks = Some(ranks);
    }

    pub(crate) fn skip(&mut self, count: u64) {
        self.skip = self.skip.saturating_add(count);
        self.limit = self.limit.map(|limit| limit.saturating_sub(count));
    }

    pub(crate) fn limit(&mut self, count: u64) {
        self.limit = Some(self.limit.map_or(count, |limit| limit.min(count)));
    }

    /// The indexes on a path that is asked for or sorted by, whose collation is another one.
    pub(crate) fn passed_over(&self) -> Vec<String> {
        let filters: Vec<&Filter> = self.filters.iter().collect();
        let mut paths: Vec<&Path> = self.keys.iter().map(|(path, _)| path).collect();
        paths.extend(conjuncts(&filters).into_iter().filter_map(Filter::path));
        let serves = |index: &&Index| {
            let first = index.definition.keys.first();
            index.definition.order != self.order
                && first.is_some_and(|(first, _)| paths.contains(&first))
        };
        let indexes = self.collection.into_iter().flat_map(|c| &c.indexes);
        indexes
            .filter(serves)
            .map(|index| index.definition.name.clone())
            .collect()
    }

    /// The statement that gives the documents, and its parameters. To score what a search finds costs more than to find it.
    /// So the scores come only where a search is asked for them.
    pub(crate) fn finish(self, columns: Columns) -> Result<Option<(String, Params)>, Error> {
        let has_text = self.filters.iter().any(Filter::has_text);
        self.statement(if has_text {
            columns
        } else {
            Columns::Documents
        })
    }

    /// The statement that counts them.
    pub(crate) fn count(mut self) -> Result<Option<(String, Params)>, Error> {
        self.keys.clear();
        self.ranks = None;
        self.statement(Columns::Count)
    }

    fn statement(&self, columns: Columns) -> Result<Option<(String, Params)>, Error> {
        let mut params = Params::new(self.order.clone());
        let limit = self.limit.map(|limit| limit.saturating_add(self.skip));
        let Some(access) = self.access(columns, &self.keys, limit, &mut params)? else {
            return Ok(None);
        };
        let mut sql = format!(
            "select {} from {}{}",
            columns.sql(),
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
        columns: Columns,
        keys: &[Key],
        limit: Option<u64>,
        params: &mut Params,
    ) -> Result<Option<Access>, Error> {
        let Some(collection) = self.collection else {
            return Ok(None);
        };
        let filters: Vec<&Filter> = self.filters.iter().collect();
        if filters.iter().any(|filter| filter.has_text()) {
            let by_keys = || keys.iter().cloned().map(Rank::Path).collect();
            let ranks = self.ranks.clone().unwrap_or_else(by_keys);
            let conjuncts = conjuncts(&filters);
            let found = text::found(collection, &conjuncts, columns, &ranks, limit, params);
            return found.map(Some);
        }
        Access::new(collection, &filters, keys, limit, params).map(Some)
    }
}

#[cfg(test)]
mod tests {
    use bson::{Document, doc};
    use rusqlite::{Connection, params_from_iter};

    use super::Select;
    use crate::store::Clock;
    use crate::value::Order;
    use crate::{Direction, IndexSpec, Options, Store, catalog, filter, functions};

    /// How SQLite counts what a filter finds.
    fn plan(filter: &Document) -> String {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("docs.db");
        let store = Store::open(&path, Options::default()).unwrap();
        let index = IndexSpec {
            name: "board".into(),
            keys: vec![
                ("shown".into(), Direction::Ascending),
                ("points".into(), Direction::Descending),
                ("_id".into(), Direction::Ascending),
            ],
            ..IndexSpec::default()
        };
        store.ensure_collection("users", &[index]).unwrap();
        let connection = Connection::open(&path).unwrap();
        functions::register(&connection, &Clock::new()).unwrap();
        let users = catalog::lookup(&connection, "users").unwrap().unwrap();
        let mut select = Select::new(Some(&users), &Order::default());
        select.filter(&filter::parse(filter, &Options::default()).unwrap());
        let (sql, params) = select.count().unwrap().unwrap();
        let mut statement = connection
            .prepare(&format!("explain query plan {sql}"))
            .unwrap();
        let count = statement.parameter_count();
        let lines = statement
            .query_map(params_from_iter(params.values(count)), |row| row.get(3))
            .unwrap();
        lines
            .collect::<Result<Vec<String>, _>>()
            .unwrap()
            .join("; ")
    }

    #[test]
    fn what_an_index_says_is_counted_without_a_document() {
        for filter in [
            doc! {"shown": true},
            doc! {"shown": true, "points": 5},
            doc! {"shown": true, "points": {"$gt": 5}},
            doc! {"shown": true, "points": {"$in": [5, 7]}, "_id": {"$gt": "u"}},
        ] {
            let plan = plan(&filter);
            assert!(plan.contains("USING COVERING INDEX"), "{filter}: {plan}");
        }
        let other = plan(&doc! {"shown": true, "name": "a"});
        assert!(!other.contains("COVERING"), "{other}");
    }

    #[test]
    fn documents_that_are_named_are_fetched_by_their_ids() {
        for ids in [doc! {"$in": ["a", "b", "c"]}, doc! {"$eq": "a"}] {
            let plan = plan(&doc! {"shown": true, "points": {"$gt": 5}, "_id": ids});
            assert!(plan.contains("sqlite_autoindex_c1_1 (_id=?)"), "{plan}");
        }
    }
}
