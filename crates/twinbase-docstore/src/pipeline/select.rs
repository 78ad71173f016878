//! A select statement in the making. Its parts are filled in the order in which SQL performs them; a part that comes too late
//! for that begins a new statement around the old one.

use bson::Document;

use super::Group;
use crate::access::Access;
use crate::catalog::Collection;
use crate::filter::{self, Filter};
use crate::projection::{Dialect, Projection};
use crate::request::Direction;
use crate::sort::{Key, OrderBy, order_by};
use crate::sql::Params;
use crate::{Error, sql};

/// Documents on their way through filters, sorts and projections.
#[derive(Debug)]
pub(crate) struct Select<'c> {
    /// The collection, while its table is read directly.
    base: Option<&'c Collection>,
    /// What is asked of it, from which the parts of the statement are made when all of it is known.
    filters: Vec<Filter>,
    keys: Vec<Key>,
    source: String,
    conditions: Vec<String>,
    order: Vec<OrderBy>,
    skip: u64,
    limit: Option<u64>,
    /// The expression of the document that comes out.
    output: String,
    params: Params,
}

impl<'c> Select<'c> {
    /// Every document of a collection, tombstones left out.
    pub(crate) fn new(collection: &'c Collection) -> Self {
        let mut select = Self::from_source(String::new(), Params::default());
        select.base = Some(collection);
        select
    }

    fn from_source(source: String, params: Params) -> Self {
        Self {
            base: None,
            filters: Vec::new(),
            keys: Vec::new(),
            source,
            conditions: Vec::new(),
            order: Vec::new(),
            skip: 0,
            limit: None,
            output: "doc".to_owned(),
            params,
        }
    }

    fn is_cut(&self) -> bool {
        self.skip > 0 || self.limit.is_some()
    }

    fn is_changed(&self) -> bool {
        self.output != "doc"
    }

    pub(crate) fn filter(&mut self, filter: &Filter) -> Result<(), Error> {
        if self.is_cut() || self.is_changed() {
            self.nest()?;
        }
        if self.base.is_some() {
            self.filters.push(filter.clone());
            return Ok(());
        }
        let condition = filter::to_sql(filter, None, &mut self.params)?;
        if condition != "1" {
            self.conditions.push(condition);
        }
        Ok(())
    }

    pub(crate) fn sort(&mut self, keys: &[Key]) -> Result<(), Error> {
        // An order that is there goes with the old statement: the values that it binds are in the parameters.
        if self.is_cut() || self.is_changed() || !self.order.is_empty() {
            self.nest()?;
        }
        if self.base.is_some() {
            self.keys = keys.to_vec();
            return Ok(());
        }
        self.order = order_by(keys, None, &mut self.params)?;
        Ok(())
    }

    pub(crate) fn skip(&mut self, count: u64) {
        self.skip = self.skip.saturating_add(count);
        self.limit = self.limit.map(|limit| limit.saturating_sub(count));
    }

    pub(crate) fn limit(&mut self, count: u64) {
        self.limit = Some(self.limit.map_or(count, |limit| limit.min(count)));
    }

    pub(crate) fn project(&mut self, spec: &Document, dialect: Dialect) -> Result<(), Error> {
        let projection = Projection::to_bytes(spec, dialect)?;
        if self.is_changed() {
            self.nest()?;
        }
        self.output = format!("doc_project(doc, {})", self.params.bind(projection));
        Ok(())
    }

    /// Gives every document another form.
    pub(crate) fn reshape(&mut self, stage: Vec<u8>) -> Result<(), Error> {
        if self.is_changed() {
            self.nest()?;
        }
        self.output = format!("doc_reshape(doc, {})", self.params.bind(stage));
        Ok(())
    }

    /// A row for each position that a document has; what was sorted stays so, in the order of positions.
    pub(crate) fn unwind(&mut self, spec: Vec<u8>) -> Result<(), Error> {
        self.nest()?;
        let spec = self.params.bind(spec);
        let positions = format!(", json_each(doc_unwind_positions(doc, {spec})) as position");
        self.source.push_str(&positions);
        if !self.order.is_empty() {
            self.order.push(OrderBy {
                expression: "position.value".to_owned(),
                direction: Direction::Ascending,
            });
        }
        self.output = format!("doc_unwind(doc, {spec}, position.value)");
        Ok(())
    }

    /// Groups by the key of a small row per document, so that SQLite sorts those rows and not the documents.
    /// Where an accumulator depends on it, the rows of a group are folded in the order of the last sort.
    pub(crate) fn group(mut self, spec: Vec<u8>, group: &Group) -> Result<Self, Error> {
        let spec = self.params.bind(spec);
        let (mut columns, mut order) = (String::new(), String::new());
        let depends = group.depends_on_order();
        if !depends {
            self.forget_order();
        }
        self.settle()?;
        if depends && !self.order.is_empty() {
            self.nest()?;
            let by: Vec<String> = self.order.iter().map(OrderBy::sql).collect();
            order = format!(" order by {}", by.join(", "));
            for by in self.order.drain(..) {
                columns.extend([", ", &by.expression]);
            }
        } else {
            self.forget_order();
        }
        let inner = self.text(&format!("{} as doc{columns}", self.output), true);
        let params = self.params;
        // The limit keeps SQLite from merging the two statements, which would sort whole documents again.
        let rows =
            format!("select doc_group_row(doc, {spec}) as row{columns} from ({inner}) limit -1");
        let by = if group.has_constant_id() {
            "having count(*) > 0"
        } else {
            "group by doc_group_key(row)"
        };
        Ok(Self::from_source(
            format!("(select doc_group(row, {spec}{order}) as doc from ({rows}) {by})"),
            params,
        ))
    }

    /// How many documents come out.
    pub(crate) fn count(mut self) -> Result<(String, Params), Error> {
        self.forget_order();
        "1".clone_into(&mut self.output);
        let (inner, params) = self.finish()?;
        Ok((format!("select count(*) from ({inner})"), params))
    }

    /// Where only the set of documents matters, sorting them would be for nothing.
    fn forget_order(&mut self) {
        if !self.is_cut() {
            self.order.clear();
            self.keys.clear();
        }
    }

    /// Makes the parts of the statement of what was asked of the collection.
    fn settle(&mut self) -> Result<(), Error> {
        let Some(collection) = self.base.take() else {
            return Ok(());
        };
        let filters: Vec<&Filter> = self.filters.iter().collect();
        let cut = self.limit.map(|limit| limit.saturating_add(self.skip));
        let access = Access::new(collection, &filters, &self.keys, cut, &mut self.params)?;
        self.source = access.source;
        self.conditions = access.conditions;
        self.order = access.order;
        Ok(())
    }

    /// Begins a new statement around this one. The order is carried along as columns, because SQL promises none for a subquery.
    fn nest(&mut self) -> Result<(), Error> {
        self.settle()?;
        let mut columns = format!("{} as doc", self.output);
        let mut order = Vec::new();
        for (at, by) in self.order.iter().enumerate() {
            let name = format!("o{at}");
            columns.extend([", ", &by.expression, " as ", &name]);
            order.push(OrderBy {
                expression: name,
                direction: by.direction,
            });
        }
        let source = format!("({})", self.text(&columns, self.is_cut()));
        let params = std::mem::take(&mut self.params);
        *self = Self::from_source(source, params);
        self.order = order;
        Ok(())
    }

    /// The statement and its parameters.
    pub(crate) fn finish(mut self) -> Result<(String, Params), Error> {
        self.settle()?;
        let text = self.text(&format!("{} as doc", self.output), true);
        Ok((text, self.params))
    }

    fn text(&self, columns: &str, ordered: bool) -> String {
        let mut sql = format!("select {columns} from {}", self.source);
        if !self.conditions.is_empty() {
            sql.extend([" where ", &self.conditions.join(" and ")]);
        }
        if ordered && !self.order.is_empty() {
            let order: Vec<String> = self.order.iter().map(OrderBy::sql).collect();
            sql.extend([" order by ", &order.join(", ")]);
        }
        if self.is_cut() {
            sql.push_str(&sql::cut(self.limit, self.skip));
        }
        sql
    }
}
