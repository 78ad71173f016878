//! A write that changes nothing: whether the primary takes writes now.

use jiff::Timestamp;
use twinbase_core::{
    HEARTBEAT, Primary, PrimaryError,
    write::{Action, Assignment, Comparison, Condition, Target, Write},
};

/// The time of the heartbeat's row.
const AT: &str = "at";

/// A heartbeat that comes in between has written too; only one after the other could keep the probe from it.
const TRIES: u32 = 3;

/// Gives the heartbeat's row the time that it has: a real write, without an event. A worker that
/// changes it meanwhile is not disturbed, because the row is found by that time.
pub(crate) async fn probe(primary: &dyn Primary) -> Result<(), PrimaryError> {
    for _ in 0..TRIES {
        let rows = primary.query(r#"select "at" from twinbase_heartbeat"#, &[]);
        let rows = rows.await?;
        let at = rows.first().and_then(|row| row.get::<Timestamp>(AT).ok());
        let at = at.unwrap_or(Timestamp::UNIX_EPOCH);
        let write = Write {
            target: Target::Plain(HEARTBEAT.table.clone().into()),
            action: Action::Update {
                set: vec![Assignment::set(AT, at.into())],
                filter: vec![Condition::compare(AT, Comparison::Equal, at.into())],
            },
            expected: None,
            traceparent: None,
        };
        if primary.write(&write).await?.count > 0 {
            break;
        }
    }
    Ok(())
}
