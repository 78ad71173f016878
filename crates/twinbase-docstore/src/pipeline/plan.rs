//! How a query runs: what SQLite does first, with its indexes, and the stages that follow on the documents that it gives.

use std::borrow::Cow;

use bson::Document;
use bson::raw::RawDocument;
use rusqlite::params_from_iter;

use super::select::{Columns, Select};
use super::stage;
use super::stream::{Chain, Doc, Flow, Query, Sink, Stage};
use crate::catalog::Collection;
use crate::fault::Fault;
use crate::filter::{self, Filter};
use crate::projection::Projection;
use crate::sql::{Params, sized};
use crate::store::{column, failure};
use crate::text::{self, Rank};
use crate::value::Order;
use crate::{Error, Find, Options, sort};

const QUERY: &str = "running a query";

/// A query that is checked and can run.
#[derive(Debug)]
pub(crate) struct Plan {
    /// `None` where there is no such collection.
    source: Option<(String, Params)>,
    stages: Vec<Box<dyn Stage>>,
    /// The names of the stages, for `explain`.
    names: Vec<String>,
    /// The indexes that would have served if their collation were that of the query.
    passed_over: Vec<String>,
}

impl Plan {
    pub(crate) fn of_find(
        collection: Option<&Collection>,
        find: &Find,
        options: &Options,
    ) -> Result<Self, Error> {
        let asked = [&find.sort, &find.projection];
        let mut builder = Builder::new(collection, options, columns(asked));
        let filter = filter::parse(&find.filter, options)?;
        let (fields, scores) = text::split(&find.projection)?;
        let projection = Projection::of_find(&fields, &filter, &options.order)?;
        builder.filter(&filter)?;
        builder.sort_by(&find.sort)?;
        if find.skip > 0 {
            builder.skip(find.skip)?;
        }
        if let Some(limit) = find.limit.filter(|limit| *limit > 0) {
            builder.limit(limit)?;
        }
        if !fields.is_empty() {
            builder.stage("a projection", Box::new(projection))?;
        }
        if !scores.is_empty() {
            let scores = scores.into();
            builder.check_score("$addFields", &scores, "a projection")?;
            let stage = stage::Reshape::parse("a projection", &scores)?;
            builder.stage("a projection", Box::new(stage))?;
        }
        builder.finish()
    }

    pub(crate) fn of_pipeline(
        collection: Option<&Collection>,
        pipeline: &[Document],
        options: &Options,
    ) -> Result<Self, Error> {
        let mut builder = Builder::new(collection, options, columns(pipeline));
        stage::add_all(&mut builder, pipeline, options)?;
        builder.finish()
    }

    /// Stages without a collection, for documents that come from elsewhere.
    pub(crate) fn of_stages(pipeline: &[Document], options: &Options) -> Result<Self, Error> {
        let mut builder = Builder::new(None, options, Columns::Documents);
        builder.select = None;
        stage::add_all(&mut builder, pipeline, options)?;
        builder.finish()
    }

    pub(crate) fn stages(&self) -> &[Box<dyn Stage>] {
        &self.stages
    }

    /// Gives each document to the sink, until there is none or the sink wants no more.
    pub(crate) fn run(&self, query: &Query<'_>, sink: Sink<'_>) -> Result<(), Fault> {
        let mut chain = Chain::start(&self.stages, query)?;
        // Once the receiver wants no more, what is left in the stages is not for it.
        let mut wanted = Flow::Continue(());
        let mut sink = |document: Doc<'_>| {
            if wanted.is_continue() {
                wanted = sink(document)?;
            }
            Ok(wanted)
        };
        if let Some((sql, params)) = &self.source {
            rows(query, sql, params, &mut |document| {
                chain.take(Cow::Borrowed(document), &mut sink)
            })?;
        }
        chain.finish(&mut sink)
    }

    /// SQLite's part as SQLite explains it, then a line for each stage that follows.
    pub(crate) fn explain(&self, query: &Query<'_>) -> Result<Vec<String>, Error> {
        let mut lines = Vec::new();
        if let Some((sql, params)) = &self.source {
            lines = query
                .connection
                .prepare(&format!("explain query plan {sql}"))
                .and_then(|mut statement| {
                    let values = params.values(statement.parameter_count());
                    statement
                        .query_map(params_from_iter(values), |row| row.get(3))?
                        .collect::<Result<_, _>>()
                })
                .map_err(failure("explaining a query"))?;
        }
        let names = self.passed_over.iter();
        lines.extend(names.map(|name| format!("NOT {name}: its collation is another one")));
        lines.extend(self.names.iter().map(|name| format!("THEN {name}")));
        Ok(lines)
    }
}

/// What the select of a query gives: the scores where any part of the query names them.
fn columns<'q>(query: impl IntoIterator<Item = &'q Document>) -> Columns {
    if query.into_iter().any(text::names_score) {
        Columns::Scored
    } else {
        Columns::Documents
    }
}

fn rows(
    query: &Query<'_>,
    sql: &str,
    params: &Params,
    visit: &mut dyn FnMut(&RawDocument) -> Result<Flow, Fault>,
) -> Result<(), Fault> {
    let failed = failure(QUERY);
    let mut statement = query.connection.prepare_cached(sql).map_err(&failed)?;
    let count = statement.parameter_count();
    let has_score = statement.column_count() > 1;
    let mut rows = statement
        .query(params_from_iter(params.values(count)))
        .map_err(&failed)?;
    while let Some(row) = rows.next().map_err(&failed)? {
        if has_score {
            query.set_score(row.get(1).map_err(&failed)?);
        }
        let bytes = column::bytes(row, 0).map_err(&failed)?.unwrap_or_default();
        if visit(RawDocument::from_bytes(bytes)?)?.is_break() {
            break;
        }
    }
    Ok(())
}

/// Puts a plan together: SQLite takes filters, one sort and one cut for as long as they come in this order, and from the first
/// thing that it does not take on, everything is a stage.
#[derive(Debug)]
pub(super) struct Builder<'c> {
    /// What SQLite does; `None` as soon as stages follow.
    select: Option<Select<'c>>,
    order: Order,
    source: Option<(String, Params)>,
    stages: Vec<Box<dyn Stage>>,
    names: Vec<String>,
    passed_over: Vec<String>,
    /// A sort that waits for a limit, which makes it cheaper: its keys, and how many documents are skipped after it.
    sort: Option<(Vec<sort::Key>, u64)>,
    /// Whether the next thing is the first one.
    is_new: bool,
    /// Whether the documents come one by one from a search.
    has_score: bool,
    /// What the select gives.
    columns: Columns,
}

impl<'c> Builder<'c> {
    fn new(collection: Option<&'c Collection>, options: &Options, columns: Columns) -> Self {
        let order = options.order.clone();
        Self {
            columns,
            select: Some(Select::new(collection, &order)),
            order,
            source: None,
            stages: Vec::new(),
            names: Vec::new(),
            passed_over: Vec::new(),
            sort: None,
            is_new: true,
            has_score: false,
        }
    }

    /// Refuses a stage that asks for a score that is not there.
    pub(super) fn check_score(
        &self,
        name: &str,
        value: &bson::Bson,
        place: &str,
    ) -> Result<(), Error> {
        text::check_stage(name, value, place, self.has_score)
    }

    pub(super) fn filter(&mut self, filter: &Filter) -> Result<(), Error> {
        if std::mem::take(&mut self.is_new) && self.select.is_some() {
            self.has_score = filter.has_text();
        } else if filter.has_text() {
            // The stage refuses it.
            stage::Match::new(filter, &self.order)?;
        }
        // A filter before a sort finds what it finds after it, as long as nothing is cut between them.
        if let Some(select) = self.select.as_mut().filter(|select| !select.is_cut())
            && self.sort.as_ref().is_none_or(|(_, skipped)| *skipped == 0)
        {
            select.filter(filter);
            return Ok(());
        }
        let stage = stage::Match::new(filter, &self.order)?;
        self.stage("$match", Box::new(stage))
    }

    /// A sort by paths, by the score, or by both.
    pub(super) fn sort_by(&mut self, spec: &Document) -> Result<(), Error> {
        let Some(ranks) = text::ranks(spec)? else {
            return self.sort(sort::parse(spec)?);
        };
        self.rank(ranks)
    }

    fn rank(&mut self, ranks: Vec<Rank>) -> Result<(), Error> {
        if !self.has_score {
            return Err(text::no_score("$sort"));
        }
        if self.sort.as_ref().is_some_and(|(_, skipped)| *skipped > 0) {
            self.end_sort(None)?;
        }
        match &mut self.select {
            Some(select) if !select.is_cut() => {
                self.sort = None;
                select.rank(ranks);
                Ok(())
            }
            _ => Err(Error::Unsupported {
                operator: "$meta in a $sort after other stages than $match and $sort".to_owned(),
                path: "$sort".to_owned(),
            }),
        }
    }

    /// Only the last one of several sorts counts.
    pub(super) fn sort(&mut self, keys: Vec<sort::Key>) -> Result<(), Error> {
        if keys.is_empty() {
            return Ok(());
        }
        self.is_new = false;
        if self.sort.as_ref().is_some_and(|(_, skipped)| *skipped > 0) {
            self.end_sort(None)?;
        }
        self.sort = Some((keys, 0));
        Ok(())
    }

    pub(super) fn skip(&mut self, count: u64) -> Result<(), Error> {
        self.is_new = false;
        if let Some((_, skipped)) = &mut self.sort {
            *skipped = skipped.saturating_add(count);
            return Ok(());
        }
        match &mut self.select {
            Some(select) => {
                select.skip(count);
                Ok(())
            }
            None => self.stage("$skip", Box::new(stage::Skip(count))),
        }
    }

    pub(super) fn limit(&mut self, count: u64) -> Result<(), Error> {
        self.is_new = false;
        if self.sort.is_some() {
            return self.end_sort(Some(count));
        }
        match &mut self.select {
            Some(select) => {
                select.limit(count);
                Ok(())
            }
            None => self.stage("$limit", Box::new(stage::Limit(count))),
        }
    }

    pub(super) fn stage(&mut self, name: &str, stage: Box<dyn Stage>) -> Result<(), Error> {
        self.end_sort(None)?;
        self.end_select()?;
        self.push(name, stage);
        Ok(())
    }

    fn push(&mut self, name: &str, stage: Box<dyn Stage>) {
        self.is_new = false;
        self.has_score &= text::keeps_score(name);
        self.names.push(name.to_owned());
        self.stages.push(stage);
    }

    fn end_select(&mut self) -> Result<(), Error> {
        if let Some(select) = self.select.take() {
            self.passed_over = select.passed_over();
            self.source = select.finish(self.columns)?.map(sized).transpose()?;
        }
        Ok(())
    }

    /// A whole collection is sorted by SQLite, which goes to the disk for what does not fit into memory, and so is one of which an
    /// index gives the first few; other first few, and what stages made, by a stage.
    fn end_sort(&mut self, limit: Option<u64>) -> Result<(), Error> {
        let Some((keys, skipped)) = self.sort.take() else {
            return Ok(());
        };
        let kept = limit.map(|limit| limit.saturating_add(skipped));
        if let Some(select) = self.select.as_mut().filter(|select| !select.is_cut())
            && kept.map_or(Ok(true), |kept| select.serves(&keys, kept))?
        {
            select.sort(keys);
            select.skip(skipped);
            if let Some(limit) = limit {
                select.limit(limit);
            }
            return Ok(());
        }
        self.end_select()?;
        self.push("$sort", Box::new(stage::Sort::new(keys, kept)));
        if skipped > 0 {
            self.push("$skip", Box::new(stage::Skip(skipped)));
        }
        Ok(())
    }

    fn finish(mut self) -> Result<Plan, Error> {
        self.end_sort(None)?;
        self.end_select()?;
        Ok(Plan {
            source: self.source,
            stages: self.stages,
            names: self.names,
            passed_over: self.passed_over,
        })
    }
}
