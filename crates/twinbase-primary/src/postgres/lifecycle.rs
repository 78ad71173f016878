//! The store: opening and migrating, and where its reads and changes go.

use std::{sync::Arc, time::Duration};

use async_trait::async_trait;
use jiff::Timestamp;
use tokio::time::timeout;
use tokio_postgres::{Client, SimpleQueryMessage, error::SqlState};
use twinbase_core::{
    AggregateId, Name, PrimaryError, Row, Schema, State, StatePage, StateRows, Value,
    primary::{MigrationReport, MigrationSet, PrimaryKind, Store, Transaction, Written},
    write::{Select, Write},
};

use super::{
    Postgres,
    error::{translate, translate_borrowed},
    lock, sql,
    transaction::Open,
};
use crate::fail;
use crate::{
    migrate::{Applied, Column, Plan, judge, plans},
    queue,
    render::{self, QUERY, SELECT},
};

const MIGRATE: &str = "migrate the database";

/// How long one migration may take, and how long it is waited for another process that migrates.
const MIGRATION_TIMEOUT: Duration = Duration::from_mins(10);

/// How often a migration that lost against another transaction is begun again.
const ATTEMPTS: u32 = 5;

#[async_trait]
impl Store for Postgres {
    fn kind(&self) -> PrimaryKind {
        self.kind
    }

    fn location(&self) -> String {
        self.location.clone()
    }

    async fn ping(&self) -> Result<(), PrimaryError> {
        const OPERATION: &str = "ping the server";
        let mut session = self.session(&self.pool, OPERATION).await?;
        session.query(OPERATION, &sql::PING, &[]).await.map(|_| ())
    }

    async fn now(&self) -> Result<Timestamp, PrimaryError> {
        queue::now(self).await
    }

    async fn migrate(&self, sets: &[MigrationSet]) -> Result<MigrationReport, PrimaryError> {
        let plans = plans(self.kind, sets)?;
        let mut client = self.own_connection().await?;
        let work = async {
            lock::acquire(&client, self.kind, MIGRATION_TIMEOUT).await?;
            let outcome = match self.refuse_second_set(&client).await {
                Ok(()) => run(&mut client, self.kind, &plans).await,
                Err(error) => Err(error),
            };
            lock::release(&client, self.kind).await?;
            outcome
        };
        timeout(MIGRATION_TIMEOUT * 2, work)
            .await
            .unwrap_or_else(|_| Err(fail::unavailable(MIGRATE, "it took too long")))
    }

    async fn pending_migrations(
        &self,
        sets: &[MigrationSet],
    ) -> Result<MigrationReport, PrimaryError> {
        let client = self.own_connection().await?;
        missing(&client, &plans(self.kind, sets)?).await
    }

    async fn register(&self, schemas: &[Arc<Schema>]) -> Result<(), PrimaryError> {
        queue::register(self, schemas).await
    }

    async fn outdated(&self, mappings: &[(Name, i64)]) -> Result<Vec<String>, PrimaryError> {
        queue::outdated(self, mappings).await
    }

    async fn close(&self) {
        self.pool.close();
        self.outbox.close();
    }

    async fn write(&self, write: &Write) -> Result<Written, PrimaryError> {
        let mut session = self.session(&self.pool, render::operation(write)).await?;
        session.write(write).await
    }

    async fn begin(&self) -> Result<Box<dyn Transaction>, PrimaryError> {
        let session = self.session(&self.pool, "begin a transaction").await?;
        Ok(Box::new(Open::begin(session).await?))
    }

    async fn select(&self, select: &Select) -> Result<Vec<State>, PrimaryError> {
        self.session(&self.pool, SELECT).await?.select(select).await
    }

    async fn query(&self, sql: &str, params: &[Value]) -> Result<Vec<Row>, PrimaryError> {
        let mut session = self.session(&self.pool, QUERY).await?;
        session.select_anything(sql, params).await
    }

    async fn states_after(
        &self,
        schema: &Schema,
        after: Option<&str>,
        until: Option<&str>,
        limit: u32,
    ) -> Result<StatePage, PrimaryError> {
        let sql = render::states_after(self.kind, schema, after, until, limit);
        let rows = StateRows::page_of(limit);
        let mut session = self.session(&self.pool, SELECT).await?;
        Ok(session.page(SELECT, &sql, rows).await?.page())
    }

    async fn states_of(
        &self,
        schema: &Schema,
        ids: &[AggregateId],
    ) -> Result<Vec<State>, PrimaryError> {
        let sql = render::states_of(self.kind, schema, ids);
        let mut session = self.session(&self.pool, SELECT).await?;
        let rows = session.page(SELECT, &sql, StateRows::all()).await?;
        Ok(rows.states())
    }
}

impl Postgres {
    /// Refuses to make a second set of our tables where a schema of this database has one that the search path does not find.
    /// A URL that names its schema says that it is meant.
    async fn refuse_second_set(&self, client: &Client) -> Result<(), PrimaryError> {
        if self.opener.names_schema {
            return Ok(());
        }
        let answer = client.query(&**sql::ELSEWHERE, &[]).await;
        let answer = answer.map_err(|error| translate(MIGRATE, error))?;
        let Some(row) = answer.first() else {
            return Ok(());
        };
        let (Ok(searched), Ok(found)) = (
            row.try_get::<_, String>("searched"),
            row.try_get::<_, String>("found"),
        ) else {
            return Ok(());
        };
        Err(fail::refused(
            MIGRATE,
            format!(
                "Twinbase's tables are in the schema `{found}`, and the search_path finds {searched}; \
                 name `schema={found}` in DATABASE_URL (grant usage on it if that is missing), \
                 or name the schema in which a second, empty set is to be made"
            ),
        ))
    }

    /// A connection beside the pool: migrations take longer than statements may,
    /// and whatever they set or lock ends with it.
    async fn own_connection(&self) -> Result<Client, PrimaryError> {
        if self.pool.is_closed() {
            return Err(fail::unavailable(MIGRATE, "it has been closed"));
        }
        // CockroachDB cannot make a trigger, or change a schema twice, in one transaction.
        let each_alone = match self.kind {
            PrimaryKind::Cockroach => "; set autocommit_before_ddl = on",
            PrimaryKind::Postgres | PrimaryKind::Sqlite => "",
        };
        let limit = MIGRATION_TIMEOUT.as_millis();
        let setup = format!("set statement_timeout = {limit}{each_alone}");
        let open = async {
            let (client, _task) = self.opener.open(|_| ()).await?;
            client.batch_execute(&setup).await.map(|()| client)
        };
        timeout(self.opener.limit, open)
            .await
            .map_err(|elapsed| fail::unavailable(MIGRATE, elapsed))?
            .map_err(|error| translate(MIGRATE, error))
    }
}

/// Refuses first, then applies: a database that is too new is not touched at all.
async fn run(
    client: &mut Client,
    kind: PrimaryKind,
    plans: &[Plan],
) -> Result<MigrationReport, PrimaryError> {
    let report = missing(client, plans).await?;
    judge_outbox(client, kind).await?;
    for plan in plans {
        let mut attempt = 0;
        while let Err(error) = plan.runner().run_async(client).await {
            attempt += 1;
            let error = Plan::error(&error, from_driver);
            if attempt >= ATTEMPTS || !matches!(error, PrimaryError::Contention { .. }) {
                return Err(error);
            }
        }
    }
    Ok(report)
}

async fn missing(client: &Client, plans: &[Plan]) -> Result<MigrationReport, PrimaryError> {
    let mut report = MigrationReport::default();
    for plan in plans {
        let applied = applied(client, plan).await?;
        report.migrations.extend(plan.missing(&applied)?);
    }
    Ok(report)
}

/// Refuses an `"Outbox"` of somebody else's that cannot be adopted.
async fn judge_outbox(client: &Client, kind: PrimaryKind) -> Result<(), PrimaryError> {
    let text = "select a.attname, format_type(a.atttypid, null), a.attnotnull and not a.atthasdef \
                and a.attidentity = '' from pg_attribute as a \
                where a.attrelid = to_regclass('\"Outbox\"') and a.attnum > 0 and not a.attisdropped";
    let answer = client.simple_query(text).await;
    let columns: Vec<Column> = answer
        .map_err(|error| translate(MIGRATE, error))?
        .iter()
        .filter_map(|message| match message {
            SimpleQueryMessage::Row(row) => Some(Column {
                name: row.get(0)?.to_owned(),
                kind: row.get(1)?.to_owned(),
                is_required: row.get(2) == Some("t"),
            }),
            _ => None,
        })
        .collect();
    if columns.is_empty() {
        return Ok(());
    }
    judge(&columns, kind == PrimaryKind::Postgres)
}

/// What a database's history lists of a set; nothing when there is none yet.
async fn applied(client: &Client, plan: &Plan) -> Result<Vec<Applied>, PrimaryError> {
    let text = format!(
        "select version, name from {} order by version",
        plan.table()
    );
    let answer = match client.simple_query(&text).await {
        Ok(answer) => answer,
        Err(error) if error.code() == Some(&SqlState::UNDEFINED_TABLE) => return Ok(Vec::new()),
        Err(error) => return Err(translate(MIGRATE, error)),
    };
    Ok(answer
        .iter()
        .filter_map(|message| match message {
            SimpleQueryMessage::Row(row) => {
                Some((row.get(0)?.parse().ok()?, row.get(1)?.to_owned()))
            }
            _ => None,
        })
        .collect())
}

/// The meaning of a driver's error that refinery wraps.
fn from_driver(source: &(dyn std::error::Error + 'static)) -> Option<PrimaryError> {
    let error = source.downcast_ref::<tokio_postgres::Error>()?;
    Some(translate_borrowed(MIGRATE, error))
}
