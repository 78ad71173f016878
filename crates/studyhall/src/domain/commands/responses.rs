//! Responses to forms.

use serde_json::{Map, Value as Json};
use twinbase::prelude::*;
use uuid::Uuid;

use crate::domain::{
    Answers, Error, Form, FormState, Response, Rule, WrongAnswer,
    form::{FORM_PARTICIPANTS, Participant},
    queries::{asked_questions, may_see},
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
    let form = form.ok_or(NO_FORM)?;
    if !may_see(tx, &form, Some(user)).await? {
        return Err(NO_FORM);
    }
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
    let row = Participant::row(&form.id, user);
    let is_first = tx
        .insert_plain(&FORM_PARTICIPANTS, row, OnConflict::Ignore)
        .await?
        > 0;
    if !is_first && !form.allows_more {
        return Err(Rule::AlreadyAnswered.into());
    }
    let id = if form.is_anonymous {
        random_id()?
    } else {
        new.id.clone()
    };
    let response = Response::of(&form, version, answers, user, id, tx.now());
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

const NO_FORM: Error = Error::NotFound { what: "form" };

/// Unlike the ids of everything else it has no time in it.
fn random_id() -> Result<AggregateId, Error> {
    let id = AggregateId::new(Uuid::new_v4().to_string());
    id.map_err(|_| Error::NotFound { what: "id" })
}
