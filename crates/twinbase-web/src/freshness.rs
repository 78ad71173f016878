//! How fresh a read must be, and which side answers it then.

use std::time::Duration;

use twinbase::{
    prelude::*,
    sync::{NotCaughtUp, read::Collection},
};

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
    pub fn collection<A: Aggregate>(&self, twin: &Twinbase) -> Collection<A> {
        let collection = twin.collection();
        match &self.token {
            Some(token) => collection.at_least(token, self.wait),
            None => collection,
        }
    }

    /// The replica's answer, or the primary's when the replica has none in time.
    pub async fn read<T, E: From<ReadError>>(
        &self,
        replica: impl Future<Output = Result<Answer<T>, ReadError>>,
        primary: impl Future<Output = Result<T, E>>,
    ) -> Result<Answer<T>, E> {
        match replica.await {
            Ok(answer) => Ok(answer),
            Err(error) if error.wants_primary() && !self.strict => {
                tracing::debug!(
                    error = &error as &dyn std::error::Error,
                    "the primary answers"
                );
                Ok(Answer::from_primary(primary.await?))
            }
            Err(error) => Err(error.into()),
        }
    }

    /// One aggregate, if there is one and the reader `may` see it.
    ///
    /// That there is none, or that the reader may not see it, is said by the primary alone: what was just
    /// written may not have reached the replica.
    pub async fn get<A, E>(
        &self,
        twin: &Twinbase,
        id: &AggregateId,
        may: impl Fn(&A) -> bool,
    ) -> Result<Option<Answer<Versioned<A>>>, E>
    where
        A: Aggregate,
        E: From<ReadError> + From<PrimaryError>,
    {
        let replica = self.collection::<A>(twin).get(id);
        let primary = async { Ok::<_, E>(twin.get::<A>(id).await?) };
        let Answer {
            value,
            source,
            staleness,
        } = self.read(replica, primary).await?;
        if let Some(value) = value.filter(|found| may(found)) {
            return Ok(Some(Answer {
                value,
                source,
                staleness,
            }));
        }
        let exact = match source {
            Source::Primary => None,
            Source::Replica => twin.get::<A>(id).await?,
        };
        match exact.filter(|found| may(found)) {
            Some(_) if self.strict => Err(ReadError::NotCaughtUp(NotCaughtUp::Waited {
                waited: Duration::ZERO,
            })
            .into()),
            found => Ok(found.map(Answer::from_primary)),
        }
    }
}
