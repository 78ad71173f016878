//! A user's sessions of study, newest first, and the one that runs.

use twinbase::prelude::*;

use super::Freshness;
use crate::domain::{Error, StudySession, Timer};

/// A page of a user's sessions.
pub async fn sessions(
    twin: &Twinbase,
    owner: AggregateId,
    after: Option<Cursor>,
    limit: u32,
    freshness: &Freshness,
) -> Result<Answer<Page<StudySession>>, ReadError> {
    freshness
        .collection::<StudySession>(twin)
        .filter([StudySession::USER_ID.eq(owner)])
        .order([
            StudySession::STARTED_AT.descending(),
            StudySession::ID.descending(),
        ])
        .after(after)
        .page(limit)
        .await
}

/// The user's own session; owners never change, so a document says rightly whose it is.
pub async fn one_session(
    twin: &Twinbase,
    owner: &AggregateId,
    id: &AggregateId,
    freshness: &Freshness,
) -> Result<Answer<Versioned<StudySession>>, Error> {
    let own = |session: &StudySession| session.user_id == *owner;
    let session = freshness.get(twin, id, own).await?;
    session.ok_or(Error::NotFound { what: "session" })
}

/// The session of a user that runs, exact.
pub async fn running_timer(twin: &Twinbase, user: &AggregateId) -> Result<Option<Timer>, Error> {
    Timer::of(twin, user).await
}
