//! Wake-ups between processes: a commit in one is noticed by workers in others without polling.

use std::time::Duration;

use async_trait::async_trait;
use futures_core::stream::BoxStream;

use crate::{Partition, PrimaryError};

/// Hints that something was committed; it ends when its connection is lost.
pub type Hints = BoxStream<'static, ()>;

/// Notifications. Hints only: one that is lost costs a poll's delay.
#[async_trait]
pub trait Wake: Send + Sync {
    /// Tells workers of other processes that something was committed. After the
    /// commit and outside of the writer's transaction, where it would make commits wait for
    /// each other. Callers coalesce. Does nothing where the database cannot.
    async fn notify(&self) -> Result<(), PrimaryError>;

    /// Listens, with a connection of its own; `None` where the database cannot.
    async fn listen(&self) -> Result<Option<Hints>, PrimaryError>;

    /// Has the database itself look `every` so often for new events of these partitions, each after a place
    /// (`seq`), with a connection of its own, until it finds one or for `at_most`: an idle worker that
    /// looks by itself wakes two processes each time. Events that were charged are not looked
    /// for. `false`, at once, where this cannot be had: then the caller polls.
    async fn look_out(
        &self,
        after: &[(Partition, i64)],
        every: Duration,
        at_most: Duration,
    ) -> Result<bool, PrimaryError> {
        let _ = (after, every, at_most);
        Ok(false)
    }
}
