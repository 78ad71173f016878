//! What is old goes: events that are done, and the heads of aggregates that are gone.

use jiff::Timestamp;
use twinbase_core::{AggregateId, Key, PrimaryError, Value, Version, primary::Retired};

use super::{Postgres, bind::BoundValue, error::translate, outbox, sql};

impl Postgres {
    pub(super) async fn remove_events(
        &self,
        before: Timestamp,
        limit: u32,
    ) -> Result<Retired, PrimaryError> {
        const OPERATION: &str = "remove old events";
        // There events go by themselves; the heads of what was deleted do not.
        let retire = sql::of(self.kind, &sql::RETIRE, &sql::COCKROACH_DELETED);
        let before = Value::Timestamp(before);
        let mut session = self.outbox_session(OPERATION).await?;
        let answer = session
            .query(
                OPERATION,
                retire,
                &[&BoundValue(&before), &i64::from(limit)],
            )
            .await?;
        retired(&answer).map_err(|error| translate(OPERATION, error))
    }

    pub(super) async fn remove_heads(&self, heads: &[(Key, Version)]) -> Result<u64, PrimaryError> {
        const OPERATION: &str = "forget heads";
        if heads.is_empty() {
            return Ok(0);
        }
        let mut heads: Vec<&(Key, Version)> = heads.iter().collect();
        heads.sort_unstable_by_key(|(key, _)| (&key.aggregate_type, key.id.as_str()));
        let (types, ids, versions) = outbox::heads(&heads);
        self.outbox_session(OPERATION)
            .await?
            .execute(OPERATION, &sql::FORGET, &[&types, &ids, &versions])
            .await
    }
}

fn retired(answer: &[tokio_postgres::Row]) -> Result<Retired, tokio_postgres::Error> {
    let mut retired = Retired::default();
    for row in answer {
        retired.removed = u64::try_from(row.try_get::<_, i64>(0)?).unwrap_or(0);
        let (Some(of), Some(id), Some(version)) = (
            row.try_get::<_, Option<&str>>(1)?,
            row.try_get::<_, Option<&str>>(2)?,
            row.try_get(3)?,
        ) else {
            continue;
        };
        // A key that a foreign writer made and that no aggregate can have has no head to forget.
        if let Ok(id) = AggregateId::new(id) {
            let head = (Key::new(of, id), Version::new(version));
            retired.deleted.push(head);
        }
    }
    Ok(retired)
}
