//! Reading pending events.

use std::{collections::HashMap, ops::ControlFlow, sync::Arc};

use tokio_postgres::{Error, Row};
use twinbase_core::{
    Event, EventRef, Partition, PrimaryError, Value, Version,
    primary::{Pending, PendingRequest},
};

use super::{Postgres, bind::BoundValue, read, sql};

const OPERATION: &str = "read pending events";

impl Postgres {
    /// See [`twinbase_core::primary::Outbox::pending`].
    pub(super) async fn read_pending(
        &self,
        request: &PendingRequest,
    ) -> Result<Pending, PrimaryError> {
        if request.cursors.is_empty() || request.limit == 0 || request.per_partition == 0 {
            let cut = !request.cursors.is_empty();
            return Ok(Pending {
                events: vec![],
                cut,
            });
        }
        let (partitions, after): (Vec<i16>, Vec<i64>) = request
            .cursors
            .iter()
            .map(|(p, after)| (p.0, *after))
            .unzip();
        let (types, hashes): (Vec<&str>, Vec<i64>) = request.mappings.iter().copied().unzip();
        let now = Value::Timestamp(request.now);
        let (each, all) = (i64::from(request.per_partition), i64::from(request.limit));
        // The server counts bytes as it stores them: fewer than it sends, where it compresses, or more, of
        // many short fields. So what ends a read is mostly counted here.
        let bytes = i64::try_from(request.max_bytes)
            .unwrap_or(i64::MAX)
            .saturating_mul(2)
            .max(1);
        let mut reading = Reading::new(request);
        self.session(OPERATION)
            .await?
            .visit(
                OPERATION,
                sql::pending(self.kind),
                &[
                    &partitions,
                    &after,
                    &BoundValue(&now),
                    &each,
                    &all,
                    &request.except,
                    &types,
                    &hashes,
                    &bytes,
                ],
                |row| reading.take(row),
            )
            .await?;
        Ok(reading.pending())
    }
}

/// A read under way.
struct Reading<'a> {
    request: &'a PendingRequest,
    types: Vec<Arc<str>>,
    events: Vec<Event>,
    bytes: usize,
    full: bool,
}

impl<'a> Reading<'a> {
    const fn new(request: &'a PendingRequest) -> Self {
        Self {
            request,
            types: Vec::new(),
            events: Vec::new(),
            bytes: 0,
            full: false,
        }
    }

    fn take(&mut self, row: &Row) -> Result<ControlFlow<()>, Error> {
        let event = self.event(row)?;
        self.bytes += event.payload.as_ref().map_or(0, String::len);
        self.events.push(event);
        self.full = self.bytes >= self.request.max_bytes;
        let ends = self.full;
        self.full |= row.try_get::<_, bool>("is_last")?;
        Ok(if ends {
            ControlFlow::Break(())
        } else {
            ControlFlow::Continue(())
        })
    }

    fn event(&mut self, row: &Row) -> Result<Event, Error> {
        let retry_count: i64 = row.try_get(7)?;
        Ok(Event {
            at: EventRef {
                partition: Partition(row.try_get(0)?),
                seq: row.try_get(1)?,
            },
            event_type: self.interned(row.try_get(2)?),
            aggregate_type: self.interned(row.try_get(3)?),
            aggregate_id: row.try_get(4)?,
            version: Version::new(row.try_get(5)?),
            mapping: row.try_get(6)?,
            payload: row.try_get(10)?,
            traceparent: row.try_get::<_, Option<&str>>(9)?.map(Box::from),
            retry_count: u32::try_from(retry_count).unwrap_or(0),
            // Infinity is a time for PostgreSQL: it must not hold an event up.
            created_at: row
                .try_get::<_, read::Time>(8)
                .map(|at| at.0)
                .unwrap_or_default(),
        })
    }

    /// The same text for all events of a type: there are few types, and many events.
    fn interned(&mut self, text: &str) -> Arc<str> {
        /// More are a foreign writer's doing, and not worth looking through.
        const MOST: usize = 64;
        if let Some(known) = self.types.iter().find(|known| &***known == text) {
            return Arc::clone(known);
        }
        let new: Arc<str> = Arc::from(text);
        if self.types.len() < MOST {
            self.types.push(Arc::clone(&new));
        }
        new
    }

    /// The events, and whether there may be more of them.
    fn pending(self) -> Pending {
        let mut counts = HashMap::new();
        for event in &self.events {
            *counts.entry(event.at.partition).or_insert(0_u32) += 1;
        }
        let each = self.request.per_partition;
        let cut = self.full
            || self.events.len() >= self.request.limit as usize
            || counts.values().any(|count| *count >= each);
        Pending {
            events: self.events,
            cut,
        }
    }
}
