//! A transaction of sqlx as what Twinbase sends statements in. For another driver the same three things are to be said: how
//! a statement is sent, what its rows are, and what its errors mean.

use std::sync::Arc;

use sqlx::{
    AssertSqlSafe, Column as _, Either, Encode, Executor as _, PgConnection, Postgres, Row as _,
    SqlSafeStr as _, Statement as _, TypeInfo as _, ValueRef as _,
    encode::IsNull,
    error::BoxDynError,
    postgres::{PgArgumentBuffer, PgColumn, PgRow, PgTypeInfo, PgTypeKind},
};
use twinbase::{
    prelude::*,
    primary::{
        driver::{Driver, Statement},
        postgres::wire::{self, Kind, Type},
    },
};

/// The connection of an open transaction of sqlx.
#[derive(Debug)]
pub struct Sqlx<'a>(pub &'a mut PgConnection);

impl Driver for Sqlx<'_> {
    async fn rows(&mut self, statement: Statement<'_>) -> Result<Vec<Row>, PrimaryError> {
        let failed = |error| failed(statement, error);
        // sqlx keeps the statement prepared, so that the server tells the types of its parameters once.
        let text = AssertSqlSafe(statement.text).into_sql_str();
        let prepared = self.0.prepare(text).await.map_err(failed)?;
        let types = match prepared.parameters() {
            Some(Either::Left(types)) => types,
            _ => &[],
        };
        let mut query = prepared.query();
        for (param, ty) in statement.params.iter().zip(types) {
            let bytes = wire::encode(param, &type_of(ty))?;
            let ty = ty.clone();
            query = query.bind(Encoded { ty, bytes });
        }
        let rows = query.fetch_all(&mut *self.0).await.map_err(failed)?;
        let columns = prepared.columns();
        let names: Arc<[String]> = columns
            .iter()
            .map(|column| column.name().to_owned())
            .collect();
        let row = |row| {
            Ok(Row::new(
                Arc::clone(&names),
                values(statement, columns, row)?,
            ))
        };
        rows.iter().map(row).collect()
    }
}

fn values(
    statement: Statement<'_>,
    columns: &[PgColumn],
    row: &PgRow,
) -> Result<Vec<Value>, PrimaryError> {
    let cell = |(at, column): (usize, &PgColumn)| {
        let cell = row
            .try_get_raw(at)
            .map_err(|error| failed(statement, error))?;
        let bytes = (!cell.is_null()).then(|| cell.as_bytes()).transpose();
        let bytes = bytes.map_err(|error| failed(statement, sqlx::Error::Decode(error)))?;
        wire::decode(bytes, &type_of(column.type_info()))
    };
    columns.iter().enumerate().map(cell).collect()
}

/// A value that is encoded already, of the type that the server wants.
struct Encoded {
    ty: PgTypeInfo,
    bytes: Option<Vec<u8>>,
}

impl sqlx::Type<Postgres> for Encoded {
    fn type_info() -> PgTypeInfo {
        <str as sqlx::Type<Postgres>>::type_info()
    }
}

impl Encode<'_, Postgres> for Encoded {
    fn encode_by_ref(&self, buffer: &mut PgArgumentBuffer) -> Result<IsNull, BoxDynError> {
        let Some(bytes) = &self.bytes else {
            return Ok(IsNull::Yes);
        };
        buffer.extend_from_slice(bytes);
        Ok(IsNull::No)
    }

    fn produces(&self) -> Option<PgTypeInfo> {
        Some(self.ty.clone())
    }
}

/// The same type in the words of Twinbase: one of PostgreSQL's own by its number, one of the application's by its kind.
fn type_of(of: &PgTypeInfo) -> Type {
    let oid = of.oid().map_or(0, |oid| oid.0);
    Type::from_oid(oid).unwrap_or_else(|| {
        let kind = match of.kind() {
            PgTypeKind::Domain(base) => Kind::Domain(type_of(base)),
            PgTypeKind::Array(element) => Kind::Array(type_of(element)),
            PgTypeKind::Enum(values) => Kind::Enum(values.to_vec()),
            _ => Kind::Simple,
        };
        Type::new(of.name().to_owned(), oid, kind, String::new())
    })
}

/// What an error of sqlx means to the caller: run the transaction again, change the input, or nothing answers.
fn failed(statement: Statement<'_>, error: sqlx::Error) -> PrimaryError {
    if let Some(answer) = error.as_database_error() {
        let code = answer.code().unwrap_or_default();
        return statement.error(&code, answer.message(), answer.constraint());
    }
    PrimaryError::Unavailable {
        operation: statement.operation,
        source: error.into(),
    }
}
