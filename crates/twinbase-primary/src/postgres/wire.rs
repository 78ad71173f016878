//! Values in PostgreSQL's binary format, for drivers that take and give bytes.

use bytes::BytesMut;
use tokio_postgres::types::{FromSql as _, IsNull, ToSql as _};
pub use tokio_postgres::types::{Kind, Type};
use twinbase_core::{PrimaryError, Value};

use super::{bind::Bound, read::Cell};
use crate::{fail, render::Param};

/// A parameter of the type that the server has reported for it; `None` is null.
///
/// The type has to be exact, its kind too: [`Type::from_oid`] knows those of PostgreSQL itself, [`Type::new`] makes those of
/// the application (an enum, a domain).
pub fn encode(param: &Param, ty: &Type) -> Result<Option<Vec<u8>>, PrimaryError> {
    let mut bytes = BytesMut::new();
    let encoded = Bound(param).to_sql(ty, &mut bytes);
    match encoded.map_err(|error| fail::invalid_value("bind a parameter", error.to_string()))? {
        IsNull::Yes => Ok(None),
        IsNull::No => Ok(Some(bytes.to_vec())),
    }
}

/// The cell of an answer, of the type that the server has reported for its column.
pub fn decode(bytes: Option<&[u8]>, ty: &Type) -> Result<Value, PrimaryError> {
    let cell = Cell::from_sql_nullable(ty, bytes);
    let cell =
        cell.map_err(|error| fail::invalid_statement("read an answer", error.to_string()))?;
    Ok(cell.0)
}
