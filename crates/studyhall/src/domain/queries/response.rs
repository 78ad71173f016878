//! One's own response, with the questions that it answers.

use serde::Serialize;
use twinbase::prelude::*;

use super::{Freshness, asked_questions};
use crate::domain::{Error, Questions, Response};

/// A response, and what was asked.
#[derive(Debug, Clone, Serialize)]
pub struct OwnResponse {
    /// The response.
    #[serde(flatten)]
    pub response: Response,
    /// The questions of the version that it answers.
    pub questions: Questions,
}

/// A user's own response. One to an anonymous form is nobody's.
pub async fn own_response(
    twin: &Twinbase,
    user: &AggregateId,
    id: &AggregateId,
    freshness: &Freshness,
) -> Result<Answer<Versioned<OwnResponse>>, Error> {
    let own = |response: &Response| response.user_id.as_ref() == Some(user);
    let response = freshness.get(twin, id, own).await?;
    let answer = response.ok_or(Error::NotFound { what: "response" })?;
    let of = &answer.value;
    // Versions are kept as they are: they are as old as any answer.
    let asked = asked_questions(twin, &of.form_id).await?.into_iter();
    let asked = asked.filter(|(version, _)| *version == of.form_version);
    let questions = asked.map(|(_, questions)| questions).next();
    Ok(answer.map(|Versioned { id, version, value }| Versioned {
        id,
        version,
        value: OwnResponse {
            response: value,
            questions: questions.unwrap_or_default(),
        },
    }))
}
