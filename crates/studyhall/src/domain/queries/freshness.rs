//! How fresh a read must be, and who answers it then.

use std::time::Duration;

use twinbase::prelude::*;

use crate::domain::Error;

/// What a reader asks of an answer's freshness.
#[derive(Debug, Clone, Default)]
pub struct Freshness {
    /// What the answer must have seen.
    pub token: Option<Token>,
    /// How long the replica may take to have seen it.
    pub wait: Duration,
    /// The replica's answer or none: never the primary's.
    pub strict: bool,
}

impl Freshness {
    /// The documents of an aggregate, read no staler than asked.
    pub(super) fn collection<A: Aggregate>(
        &self,
        twin: &Twinbase,
    ) -> twinbase::sync::read::Collection<A> {
        let collection = twin.collection();
        match &self.token {
            Some(token) => collection.at_least(token, self.wait),
            None => collection,
        }
    }

    /// The replica's answer, or the primary's when the replica has none in time.
    pub(super) async fn read<T>(
        &self,
        replica: impl Future<Output = Result<Answer<T>, ReadError>>,
        primary: impl Future<Output = Result<T, Error>>,
    ) -> Result<Answer<T>, Error> {
        match replica.await {
            Ok(answer) => Ok(answer),
            Err(error) if error.wants_primary() && !self.strict => {
                tracing::debug!(
                    error = &error as &dyn std::error::Error,
                    "the primary answers"
                );
                Ok(Answer::from_primary(primary.await?))
            }
            Err(error) => Err(Error::Read(error)),
        }
    }
}
