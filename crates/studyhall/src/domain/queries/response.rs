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

/// Whether a user has answered a form.
pub async fn has_answered(
    twin: &Twinbase,
    user: &AggregateId,
    form: &AggregateId,
) -> Result<bool, Error> {
    let sql = "select 1 as one from form_participants where form_id = $1 and user_id = $2";
    let rows = twin.query(sql, &[form.into(), user.into()]).await?;
    Ok(!rows.is_empty())
}

/// So many of one's own responses to a form are shown.
const MOST_COPIES: u64 = 20;

/// A user's own responses to a form, the newest first, each with its questions. Of an anonymous form there are none.
pub async fn own_responses(
    twin: &Twinbase,
    user: &AggregateId,
    form: &AggregateId,
    freshness: &Freshness,
) -> Result<Answer<Vec<OwnResponse>>, Error> {
    let mine = [
        Response::FORM_ID.eq(form.clone()),
        Response::USER_ID.eq(user.clone()),
    ];
    let found = freshness
        .collection::<Response>(twin)
        .filter(mine)
        .order([Response::CREATED_AT.descending(), Response::ID.descending()])
        .limit(MOST_COPIES)
        .all()
        .await?;
    let asked = asked_questions(twin, form).await?;
    let with_questions = |response: Response| OwnResponse {
        questions: questions_of(&asked, response.form_version),
        response,
    };
    Ok(found.map(|found| found.into_iter().map(with_questions).collect()))
}

/// Versions are kept as they are: they are as old as any answer.
fn questions_of(asked: &[(i32, Questions)], version: i32) -> Questions {
    let found = asked.iter().find(|(number, _)| *number == version);
    found
        .map(|(_, questions)| questions.clone())
        .unwrap_or_default()
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
    let asked = asked_questions(twin, &answer.value.form_id).await?;
    Ok(answer.map(|Versioned { id, version, value }| Versioned {
        id,
        version,
        value: OwnResponse {
            questions: questions_of(&asked, value.form_version),
            response: value,
        },
    }))
}
