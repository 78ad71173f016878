//! Operations, as the real primaries keep them, but that nothing is forgotten.

use std::time::Duration;

use async_trait::async_trait;
use jiff::{SignedDuration, Timestamp};
use twinbase_core::{
    PrimaryError,
    primary::{
        FOLLOWED, HOLD, NewOperation, OperationRecord, OperationReport, OperationState, Operations,
        SILENT,
    },
};

use super::SimPrimary;

/// An operation and who holds it.
#[derive(Clone)]
pub(in crate::simulation) struct OperationRow {
    record: OperationRecord,
    holder: String,
    held_until: Timestamp,
}

impl OperationRow {
    /// As it is read at this time.
    fn seen(&self, now: Timestamp) -> OperationRecord {
        OperationRecord {
            is_held: self.held_until >= now,
            is_silent: self.held_until < until(now, HOLD.saturating_sub(SILENT)),
            ..self.record.clone()
        }
    }

    fn runs(&self) -> bool {
        self.record.operation.state == OperationState::Running
    }

    fn is_counted(&self) -> bool {
        self.runs() && !FOLLOWED.contains(&&*self.record.operation.kind)
    }
}

fn until(now: Timestamp, hold: Duration) -> Timestamp {
    let hold = SignedDuration::try_from(hold).unwrap_or_default();
    now.saturating_add(hold).unwrap_or(now)
}

#[async_trait]
impl Operations for SimPrimary {
    async fn add_operation(
        &self,
        new: &NewOperation,
        holder: &str,
        hold: Duration,
        most: u32,
    ) -> Result<bool, PrimaryError> {
        let (new, holder) = (new.clone(), holder.to_owned());
        self.call("add_operation", 0, move |world| {
            let now = world.now();
            let rows = &mut world.database.operations;
            let is_over = new.state.is_over();
            let running = rows.values().filter(|row| row.is_counted()).count();
            let is_limited = !is_over && !FOLLOWED.contains(&&*new.kind);
            if rows.contains_key(&new.id) || (is_limited && running >= most as usize) {
                return false;
            }
            let record = OperationRecord {
                operation: new.clone(),
                progress: String::new(),
                is_cancelling: false,
                is_held: true,
                is_silent: false,
                started_at: now,
                finished_at: is_over.then_some(now),
            };
            let row = OperationRow {
                record,
                holder: holder.clone(),
                held_until: until(now, hold),
            };
            rows.insert(new.id.clone(), row);
            true
        })
        .await
    }

    async fn report_operation(
        &self,
        id: &str,
        holder: &str,
        hold: Duration,
        report: &OperationReport,
    ) -> Result<Option<bool>, PrimaryError> {
        let (id, holder, report) = (id.to_owned(), holder.to_owned(), report.clone());
        self.call("report_operation", 0, move |world| {
            let now = world.now();
            let row = world.database.operations.get_mut(&id)?;
            if !row.runs() || row.holder != holder {
                return None;
            }
            row.held_until = until(now, hold);
            row.record.operation.state = report.state;
            row.record.progress.clone_from(&report.progress);
            row.record.finished_at = report.state.is_over().then_some(now);
            Some(row.record.is_cancelling)
        })
        .await
    }

    async fn take_operation(
        &self,
        kinds: &[&str],
        holder: &str,
        hold: Duration,
    ) -> Result<Option<OperationRecord>, PrimaryError> {
        let kinds: Vec<_> = kinds.iter().map(|kind| (*kind).to_owned()).collect();
        let holder = holder.to_owned();
        self.call("take_operation", 0, move |world| {
            let now = world.now();
            let mut rows = world.database.operations.values_mut();
            let row = rows.find(|row| {
                row.runs() && row.held_until < now && kinds.contains(&row.record.operation.kind)
            })?;
            row.holder.clone_from(&holder);
            row.held_until = until(now, hold);
            Some(row.seen(now))
        })
        .await
    }

    async fn cancel_operation(&self, id: &str) -> Result<bool, PrimaryError> {
        let id = id.to_owned();
        self.call("cancel_operation", 0, move |world| {
            let row = world.database.operations.get_mut(&id);
            row.filter(|row| row.runs())
                .map(|row| row.record.is_cancelling = true)
                .is_some()
        })
        .await
    }

    async fn operations(
        &self,
        before: Option<&str>,
        limit: u32,
    ) -> Result<Vec<OperationRecord>, PrimaryError> {
        let before = before.map(str::to_owned);
        self.call("operations", 0, move |world| {
            let now = world.now();
            let rows = world.database.operations.iter().rev();
            let older = rows.filter(|(id, _)| before.as_ref().is_none_or(|before| *id < before));
            let found = older.take(limit as usize);
            found.map(|(_, row)| row.seen(now)).collect()
        })
        .await
    }

    async fn operation(&self, id: &str) -> Result<Option<OperationRecord>, PrimaryError> {
        let id = id.to_owned();
        self.call("operation", 0, move |world| {
            let now = world.now();
            let row = world.database.operations.get(&id);
            row.map(|row| row.seen(now))
        })
        .await
    }

    async fn forget_operations(&self, before: Timestamp) -> Result<u64, PrimaryError> {
        self.call("forget_operations", 0, move |world| {
            let rows = &mut world.database.operations;
            let all = rows.len();
            rows.retain(|_, row| row.record.finished_at.is_none_or(|at| at >= before));
            (all - rows.len()) as u64
        })
        .await
    }
}
