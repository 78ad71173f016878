//! How fresh a read must be, and which side answers it then.

use std::time::Duration;

use twinbase::{
    core::IdOf,
    prelude::*,
    sync::{
        NotCaughtUp,
        read::{Collection, or_primary},
    },
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
    /// The aggregates of a type, read no staler than asked: from the replica, or from the primary when the replica has
    /// no answer in time and one was not asked for strictly.
    pub fn collection<A: Aggregate>(&self, twin: &Twinbase) -> Collection<A> {
        let mut collection = twin.collection();
        if let Some(token) = &self.token {
            collection = collection.at_least(token, self.wait);
        }
        if self.strict {
            collection
        } else {
            collection.or_primary()
        }
    }

    /// The replica's answer, or the primary's in a form of its own, where a typed read has none.
    pub async fn read<T, E: From<ReadError>>(
        &self,
        replica: impl Future<Output = Result<Answer<T>, ReadError>>,
        primary: impl Future<Output = Result<T, E>>,
    ) -> Result<Answer<T>, E> {
        if self.strict {
            return Ok(replica.await?);
        }
        let replica = async { replica.await.map_err(ReadError::of_the_replica) };
        or_primary(replica, primary).await
    }

    /// One aggregate, if there is one and the reader `may` see it.
    ///
    /// That there is none, or that the reader may not see it, is said by the primary alone: what was just
    /// written may not have reached the replica.
    pub async fn get<A: Aggregate>(
        &self,
        twin: &Twinbase,
        id: &impl IdOf<A>,
        may: impl Fn(&A) -> bool,
    ) -> Result<Option<Answer<Versioned<A>>>, ReadError> {
        let answer = self.collection::<A>(twin).get(id).await?;
        let source = answer.source;
        let seen = answer.try_map(|found| found.filter(|found| may(found)).ok_or(()));
        if let Ok(answer) = seen {
            return Ok(Some(answer));
        }
        let exact = match source {
            Source::Primary => None,
            Source::Replica => twin.get::<A>(id).await?,
        };
        match exact.filter(|found| may(found)) {
            Some(_) if self.strict => Err(ReadError::NotCaughtUp(NotCaughtUp::Waited {
                waited: Duration::ZERO,
            })),
            found => Ok(found.map(Answer::from_primary)),
        }
    }
}
