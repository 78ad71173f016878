//! Responses to forms.

use jiff::tz::TimeZone;
use serde_json::{Map, Value as Json};
use twinbase::prelude::*;
use uuid::Uuid;

use crate::domain::{
    Answers, Error, Form, FormState, Response, Rule, WrongAnswer,
    form::{FORM_PARTICIPANTS, Participant},
    queries::asked_questions,
};

/// A response as it is sent.
#[derive(Debug, Clone)]
pub struct NewResponse {
    /// The id that it gets unless the form is anonymous.
    pub id: AggregateId,
    /// The version of the questions that were seen; the present one when it is not said.
    pub form_version: Option<i32>,
    /// Answers by the ids of the questions.
    pub answers: Map<String, Json>,
}

/// Adds a user's response to an open form that the user may see: once, unless the form allows more.
///
/// The form is locked meanwhile: it is not closed, changed or answered by the same user at the same time. A response to
/// an anonymous form has a random id, the day instead of the time, and no user.
pub async fn respond(
    tx: &Tx,
    user: &AggregateId,
    form: &AggregateId,
    new: &NewResponse,
) -> Result<Versioned<Response>, Error> {
    let form = tx.get_for_update::<Form>(form).await?;
    let form = form.filter(|form| form.is_seen_by(Some(user)));
    let form = form.ok_or(Error::NotFound { what: "form" })?;
    if form.state != FormState::Open {
        return Err(Rule::FormNotOpen.into());
    }
    let version = new.form_version.unwrap_or(form.questions_version);
    let questions = if version == form.questions_version {
        form.questions.clone()
    } else {
        // Whoever had the page open answers what was on it.
        let asked = asked_questions(tx, &form.id).await?;
        let asked = asked.into_iter().find(|(number, _)| *number == version);
        asked
            .ok_or(Error::NotFound {
                what: "version of this form",
            })?
            .1
    };
    let wrong = |wrong: Vec<WrongAnswer>| Error::WrongAnswers(wrong);
    let answers = Answers::check(&questions, &new.answers).map_err(wrong)?;
    let row = vec![
        Participant::FORM_ID.set(form.id.clone()),
        Participant::USER_ID.set(user.clone()),
    ];
    let is_first = tx
        .insert_plain(&FORM_PARTICIPANTS, row, OnConflict::Ignore)
        .await?
        > 0;
    if !is_first && !form.allows_more {
        return Err(Rule::AlreadyAnswered.into());
    }
    let response = if form.is_anonymous {
        Response {
            id: random_id()?,
            form_id: form.id.clone(),
            form_version: version,
            user_id: None,
            answers,
            created_at: day_of(tx.now()),
        }
    } else {
        Response {
            id: new.id.clone(),
            form_id: form.id.clone(),
            form_version: version,
            user_id: Some(user.clone()),
            answers,
            created_at: tx.now(),
        }
    };
    Ok(tx.insert(&response).await?)
}

/// Deletes the responses that a user is named in, each with its event, and that the user answered anything. What was
/// answered to anonymous forms stays: nobody knows whose it is.
pub async fn delete_responses_of(tx: &Tx, user: &AggregateId) -> Result<(), Error> {
    tx.delete_where([Response::USER_ID.eq(user.clone())])
        .await?;
    let participant = vec![Participant::USER_ID.eq(user.clone())];
    tx.delete_plain(&FORM_PARTICIPANTS, participant).await?;
    Ok(())
}

/// Unlike the ids of everything else it has no time in it.
fn random_id() -> Result<AggregateId, Error> {
    let id = AggregateId::new(Uuid::new_v4().to_string());
    id.map_err(|_| Error::NotFound { what: "id" })
}

/// The beginning of the day in UTC.
fn day_of(now: Timestamp) -> Timestamp {
    let day = now.to_zoned(TimeZone::UTC).start_of_day();
    day.map_or(now, |day| day.timestamp())
}
