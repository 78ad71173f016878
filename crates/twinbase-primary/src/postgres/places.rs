//! Where the rows lie that were read, so that marking them need not look them up: a tenth of
//! what a mark costs the server.
//!
//! Hints: a row that moved, or that nobody remembers, is found by its index.

use std::{
    collections::HashMap,
    error::Error,
    sync::{Mutex, PoisonError},
};

use bytes::{BufMut as _, BytesMut};
use tokio_postgres::types::{FromSql, IsNull, ToSql, Type, accepts, to_sql_checked};
use twinbase_core::EventRef;

/// More than workers of one process have in their hands at a time.
const MOST: usize = 100_000;

/// A `tid` as the server sends it: a block and a row of it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Place([u8; 6]);

impl FromSql<'_> for Place {
    fn from_sql(_: &Type, raw: &[u8]) -> Result<Self, Box<dyn Error + Sync + Send>> {
        Ok(Self(raw.try_into()?))
    }

    accepts!(TID);
}

impl ToSql for Place {
    fn to_sql(&self, _: &Type, out: &mut BytesMut) -> Result<IsNull, Box<dyn Error + Sync + Send>> {
        out.put_slice(&self.0);
        Ok(IsNull::No)
    }

    accepts!(TID);

    to_sql_checked!();
}

/// The places of the events that were read and not yet marked.
#[derive(Debug, Default)]
pub(super) struct Places(Mutex<HashMap<EventRef, Place>>);

impl Places {
    pub(super) fn remember(&self, read: impl IntoIterator<Item = (EventRef, Place)>) {
        let mut places = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if places.len() >= MOST {
            places.clear();
        }
        places.extend(read);
    }

    /// The place of each event, if all are known; they are forgotten.
    pub(super) fn take(&self, events: &[EventRef]) -> Option<Vec<Place>> {
        let mut places = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        events.iter().map(|at| places.remove(at)).collect()
    }
}
