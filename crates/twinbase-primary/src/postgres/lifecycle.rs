//! Opening, migrating and closing.

use async_trait::async_trait;
use tokio::time::timeout;
use tokio_postgres::{Client, SimpleQueryMessage, error::SqlState};
use twinbase_core::{
    PrimaryError, Schema,
    primary::{Lifecycle, MigrationReport, MigrationSet, PrimaryKind},
};

use super::{
    Postgres,
    connect::{Found, Opener},
    error::{translate, translate_borrowed},
    lock, sql,
};
use crate::migrate::{Applied, Plan, plans};

const MIGRATE: &str = "migrate the database";

/// How often a migration that lost against another transaction is begun again.
const ATTEMPTS: u32 = 5;

#[async_trait]
impl Lifecycle for Postgres {
    fn kind(&self) -> PrimaryKind {
        self.kind
    }

    fn location(&self) -> String {
        self.target.location.clone()
    }

    async fn ping(&self) -> Result<(), PrimaryError> {
        const OPERATION: &str = "ask whether the server is there";
        let mut session = self.session(OPERATION).await?;
        session.query(OPERATION, sql::PING, &[]).await.map(|_| ())
    }

    async fn migrate(&self, sets: &[MigrationSet]) -> Result<MigrationReport, PrimaryError> {
        let plans = plans(self.kind, sets)?;
        let mut client = self.own_connection().await?;
        let work = async {
            lock::acquire(&client, self.kind, self.options.migration_timeout).await?;
            let outcome = run(&mut client, &plans).await;
            lock::release(&client, self.kind).await?;
            outcome
        };
        timeout(self.options.migration_timeout * 2, work)
            .await
            .unwrap_or_else(|_| {
                Err(PrimaryError::Unavailable {
                    operation: MIGRATE,
                    source: "it took too long".into(),
                })
            })
    }

    async fn pending_migrations(
        &self,
        sets: &[MigrationSet],
    ) -> Result<MigrationReport, PrimaryError> {
        let client = self.own_connection().await?;
        let mut report = MigrationReport::default();
        for plan in plans(self.kind, sets)? {
            let applied = applied(&client, &plan).await?;
            report.migrations.extend(plan.missing(&applied)?);
        }
        Ok(report)
    }

    async fn register(&self, schemas: &[&'static Schema]) -> Result<(), PrimaryError> {
        const OPERATION: &str = "register the fields of aggregates";
        let (types, fields): (Vec<&str>, Vec<&str>) = schemas
            .iter()
            .flat_map(|schema| {
                schema
                    .mapped()
                    .map(|(_, name)| (schema.aggregate_type, name))
            })
            .unzip();
        let mut session = self.session(OPERATION).await?;
        // First what is new: a writer must not find a type with a field missing.
        session
            .execute(OPERATION, sql::REGISTER_FIELDS, &[&types, &fields])
            .await?;
        session
            .execute(OPERATION, sql::RELEASE_FIELDS, &[&types, &fields])
            .await?;
        Ok(())
    }

    async fn close(&self) {
        self.pool.close();
        self.lookout.close();
    }
}

impl Postgres {
    /// A connection beside the pool: migrations take longer than statements may,
    /// and whatever they set or lock ends with it.
    async fn own_connection(&self) -> Result<Client, PrimaryError> {
        if self.pool.is_closed() {
            return Err(PrimaryError::Unavailable {
                operation: MIGRATE,
                source: "it has been closed".into(),
            });
        }
        let opener = Opener::new(&self.target, &self.options, Found::default())?;
        let open = opener.open(&self.target.config);
        let (client, _task) = timeout(self.options.connect_timeout * 2, open)
            .await
            .map_err(|elapsed| PrimaryError::Unavailable {
                operation: MIGRATE,
                source: Box::new(elapsed),
            })?
            .map_err(|error| translate(MIGRATE, error))?;
        let limit = self.options.migration_timeout.as_millis();
        client
            .batch_execute(&format!("set statement_timeout = {limit}"))
            .await
            .map_err(|error| translate(MIGRATE, error))?;
        Ok(client)
    }
}

/// Refuses first, then applies: a database that is too new is not touched at all.
async fn run(client: &mut Client, plans: &[Plan]) -> Result<MigrationReport, PrimaryError> {
    for plan in plans {
        plan.missing(&applied(client, plan).await?)?;
    }
    let mut report = MigrationReport::default();
    for plan in plans {
        let missing = plan.missing(&applied(client, plan).await?)?;
        let mut attempt = 0;
        while let Err(error) = plan.runner().run_async(client).await {
            attempt += 1;
            let error = Plan::error(&error, from_driver);
            if attempt >= ATTEMPTS || !matches!(error, PrimaryError::Contention { .. }) {
                return Err(error);
            }
        }
        report.migrations.extend(missing);
    }
    Ok(report)
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
            SimpleQueryMessage::Row(row) => Some(Applied {
                number: row.get(0)?.parse().ok()?,
                name: row.get(1)?.to_owned(),
            }),
            _ => None,
        })
        .collect())
}

/// The meaning of a driver's error that refinery wraps.
fn from_driver(source: &(dyn std::error::Error + 'static)) -> Option<PrimaryError> {
    let error = source.downcast_ref::<tokio_postgres::Error>()?;
    Some(translate_borrowed(MIGRATE, error))
}
