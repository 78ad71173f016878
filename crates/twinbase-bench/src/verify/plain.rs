//! Both sides of what is verified: filled in bulk, and read by the plain drivers.

use std::{ops::RangeInclusive, path::Path};

use bson::{RawDocumentBuf, doc};
use futures_util::{TryStreamExt as _, pin_mut};
use mongodb::options::ReadConcern;
use rusqlite::Connection;
use twinbase::{
    core::{Body, Change, Version},
    prelude::*,
};

use crate::{
    app::{self, CREATED, DESCRIPTION, TITLE, Todo, USER},
    servers::{self, Pair},
};

/// Documents that are written, or read, at once: as many as verification reads, because the stand-in for MongoDB reads its whole collection
/// for each page.
const PAGE: u32 = 3_000;

/// The columns that documents are made of.
const COLUMNS: &str = "select id, user_id, title, description, completed, priority, created_at from todos order by id";

/// How both sides are reached plainly.
#[derive(Clone, Copy)]
pub(crate) enum Plain<'a> {
    /// The file of the primary; the store's own reads are plain.
    Files(&'a Path),
    Servers(&'a Pair),
}

impl Plain<'_> {
    /// Rows, heads and documents of these numbers, without events.
    pub(crate) async fn fill(
        self,
        twin: &Twinbase,
        numbers: RangeInclusive<u64>,
    ) -> anyhow::Result<()> {
        let (first, last) = (numbers.start(), numbers.end());
        let values = format!("'{USER}', '{TITLE}', '{DESCRIPTION}'");
        let heads = "insert into aggregate_version (aggregate_type, aggregate_id, version)
            select 'todo', id, 1 from todos where true on conflict do nothing";
        match self {
            Self::Files(file) => Connection::open(file)?.execute_batch(&format!(
                "begin; with recursive n(i) as (select {first} union all select i + 1 from n where i < {last})
                insert into todos select printf('0199f0e2-0000-7000-8000-%012d', i), {values}, 0, 3, '{CREATED}' from n;
                {heads}; commit"
            ))?,
            Self::Servers(pair) => {
                pair.sql.batch_execute(&format!(
                "insert into todos select '0199f0e2-0000-7000-8000-' || lpad(i::text, 12, '0'), {values}, false, 3, '{CREATED}'
                from generate_series({first}, {last}) as i; {heads}"
                )).await?;
                // Or the server does it by itself in the middle of what is measured.
            pair.sql
                .batch_execute("vacuum analyze todos, aggregate_version")
                .await?;
            }
        }
        let replica = &twin.sides().replica;
        for first in numbers.clone().step_by(PAGE as usize) {
            let page = first..=(first + u64::from(PAGE) - 1).min(*last);
            let changes = page.map(|n| {
                Ok(Change {
                    id: AggregateId::new(app::id(n))?,
                    version: Version::new(1),
                    body: Body::Document(app::document()),
                })
            });
            let changes = changes.collect::<anyhow::Result<Vec<_>>>()?;
            replica.apply(Todo::schema(), &changes).await?;
        }
        Ok(())
    }

    /// Every column of every row, in the order of keys.
    pub(crate) async fn read_rows(self, rows: u64) -> anyhow::Result<()> {
        let found = match self {
            Self::Files(file) => {
                let file = file.to_owned();
                tokio::task::spawn_blocking(move || read_file(&file)).await??
            }
            Self::Servers(pair) => {
                let client = servers::connect(&pair.primary.url).await?;
                let rows = client.query_raw(COLUMNS, Vec::<String>::new()).await?;
                pin_mut!(rows);
                let mut count = 0;
                while let Some(row) = rows.try_next().await? {
                    let title: &str = row.try_get(2)?;
                    count += u64::from(!title.is_empty());
                }
                count
            }
        };
        anyhow::ensure!(found == rows, "{found} rows");
        Ok(())
    }

    /// Every document as it is stored, in the order of ids, page by page: as whatever reads that may be interrupted.
    pub(crate) async fn read_documents(
        self,
        twin: &Twinbase,
        documents: u64,
    ) -> anyhow::Result<()> {
        let mut count = 0;
        match self {
            Self::Files(_) => {
                let (replica, mut after) = (&twin.sides().replica, None::<String>);
                loop {
                    let page = replica.documents_after(Todo::schema(), after.as_deref(), PAGE);
                    let page = page.await?;
                    count += page.found.len() as u64;
                    after = page.next;
                    if after.is_none() {
                        break;
                    }
                }
            }
            Self::Servers(pair) => {
                let todos = pair.documents.clone_with_type::<RawDocumentBuf>();
                let mut after = String::new();
                loop {
                    let before = count;
                    let find = todos
                        .find(doc! {"_id": {"$gt": &after}})
                        .sort(doc! {"_id": 1})
                        .read_concern(ReadConcern::majority());
                    let mut page = find.limit(PAGE.into()).batch_size(PAGE).await?;
                    while let Some(document) = page.try_next().await? {
                        count += 1;
                        document.get_str("_id")?.clone_into(&mut after);
                    }
                    if count - before < u64::from(PAGE) {
                        break;
                    }
                }
            }
        }
        anyhow::ensure!(count == documents, "{count} documents");
        Ok(())
    }
}

fn read_file(file: &Path) -> anyhow::Result<u64> {
    let connection = Connection::open(file)?;
    let mut statement = connection.prepare(COLUMNS)?;
    let mut rows = statement.query([])?;
    let mut count = 0;
    while let Some(row) = rows.next()? {
        let texts = [0, 1, 2, 3, 6].map(|at| row.get::<_, Option<String>>(at));
        for text in texts {
            text?;
        }
        let _ = (row.get::<_, bool>(4)?, row.get::<_, i64>(5)?);
        count += 1;
    }
    Ok(count)
}
