//! No wake-ups: SQLite has no notifications, and one process has the file to itself nearly always.

use async_trait::async_trait;
use twinbase_core::{
    PrimaryError,
    primary::{Hints, Wake},
};

use super::Sqlite;

#[async_trait]
impl Wake for Sqlite {
    async fn notify(&self) -> Result<(), PrimaryError> {
        Ok(())
    }

    async fn listen(&self) -> Result<Option<Hints>, PrimaryError> {
        Ok(None)
    }
}
