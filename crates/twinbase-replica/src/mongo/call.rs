//! Commands of ours.

use bson::Document;
use twinbase_core::ReplicaError;

use super::Mongo;

impl Mongo {
    /// Runs a command of ours on the database.
    pub(super) async fn command(
        &self,
        operation: &'static str,
        command: Document,
    ) -> Result<Document, ReplicaError> {
        let database = self.database();
        self.connection
            .within(self.options.call_timeout, database.run_command(command))
            .await
            .map_err(|failure| failure.into_error(operation))
    }
}
