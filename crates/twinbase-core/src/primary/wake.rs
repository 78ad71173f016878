//! Wake-ups between processes: a commit in one is noticed by workers in others without polling.

use async_trait::async_trait;
use futures_core::stream::BoxStream;

use crate::PrimaryError;

/// Hints that something was committed; it ends when its connection is lost.
pub type Hints = BoxStream<'static, ()>;

/// Notifications. Hints only: one that is lost costs a poll's delay.
#[async_trait]
pub trait Wake: Send + Sync {
    /// Notifies workers of other processes that something was committed. After the
    /// commit and outside of the writer's transaction, where it would make commits wait for
    /// each other. Callers coalesce. Does nothing where the database cannot.
    async fn notify(&self) -> Result<(), PrimaryError>;

    /// Listens, with a connection of its own; `None` where the database cannot.
    async fn listen(&self) -> Result<Option<Hints>, PrimaryError>;
}
