//! Forms: changed, opened, closed and deleted by their owners.

use twinbase::prelude::*;

use crate::domain::{
    Error, Form, FormChange, FormState, Questions, Response, Rule,
    form::{FORM_PARTICIPANTS, FORM_VERSIONS, FormVersion, Participant},
};

/// So many versions of its questions a form may have: results show them all.
const MOST_VERSIONS: i32 = 100;

/// Changes a user's own form. Once it has been opened, other questions are the next version of them, and anonymity
/// stays. What is already so is not written again and makes no event.
pub async fn change_form(
    tx: &Tx,
    owner: &AggregateId,
    id: &AggregateId,
    change: &FormChange,
    expected: &Expected,
) -> Result<Versioned<Form>, Error> {
    let current = locked_form(tx, owner, id, expected).await?;
    let mut set = change.assignments(&current, tx.now());
    if current.was_opened() {
        let anonymity = change.is_anonymous;
        if anonymity.is_some_and(|anonymous| anonymous != current.is_anonymous) {
            return Err(Rule::AnonymityFixed.into());
        }
        let questions = change.questions.as_ref();
        if let Some(questions) = questions.filter(|new| **new != current.questions) {
            let next = current.questions_version + 1;
            if next > MOST_VERSIONS {
                return Err(Rule::FormChangedTooOften.into());
            }
            keep_version(tx, id, next, questions).await?;
            set.push(Form::QUESTIONS_VERSION.set(next));
        }
    }
    if set.is_empty() {
        return Ok(current);
    }
    tx.update(id, set).await?.ok_or(NO_FORM)
}

/// Opens a user's own form for responses, again if it was closed. One that is open stays as it is.
pub async fn open_form(
    tx: &Tx,
    owner: &AggregateId,
    id: &AggregateId,
    expected: &Expected,
) -> Result<Versioned<Form>, Error> {
    let current = locked_form(tx, owner, id, expected).await?;
    if current.state == FormState::Open {
        return Ok(current);
    }
    if !current.was_opened() {
        keep_version(tx, id, current.questions_version, &current.questions).await?;
    }
    let now = tx.now();
    let set = [
        Form::STATE.set(FormState::Open),
        Form::OPENED_AT.set(now),
        Form::CLOSED_AT.set(None),
        Form::UPDATED_AT.set(now),
    ];
    tx.update(id, set).await?.ok_or(NO_FORM)
}

/// Closes a user's own form: it takes no more responses. One that is closed stays as it is; a draft cannot be closed.
pub async fn close_form(
    tx: &Tx,
    owner: &AggregateId,
    id: &AggregateId,
    expected: &Expected,
) -> Result<Versioned<Form>, Error> {
    let current = locked_form(tx, owner, id, expected).await?;
    match current.state {
        FormState::Closed => return Ok(current),
        FormState::Draft => return Err(Rule::FormNotOpen.into()),
        FormState::Open => {}
    }
    let now = tx.now();
    let set = [
        Form::STATE.set(FormState::Closed),
        Form::CLOSED_AT.set(now),
        Form::UPDATED_AT.set(now),
    ];
    tx.update(id, set).await?.ok_or(NO_FORM)
}

/// Deletes a user's own form with all responses to it, each with its event.
pub async fn delete_form(
    tx: &Tx,
    owner: &AggregateId,
    id: &AggregateId,
    expected: &Expected,
) -> Result<(), Error> {
    locked_form(tx, owner, id, expected).await?;
    delete_with_responses(tx, vec![id.clone()]).await
}

/// Locks all forms of a user, for [`delete_with_responses`].
pub(super) async fn lock_forms_of(tx: &Tx, user: &AggregateId) -> Result<Vec<AggregateId>, Error> {
    let mut locked = Select::new(Form::schema(), u32::MAX);
    locked.filter = Condition::all([Form::USER_ID.eq(user.clone())]);
    // In one order, so that two transactions do not wait for each other.
    locked.order = Order::all([Form::ID.ascending()]);
    locked.for_update = true;
    let forms = tx.select::<Form>(locked).await?;
    Ok(forms.into_iter().map(|form| form.id.clone()).collect())
}

/// The forms are locked: no response is added meanwhile.
pub(super) async fn delete_with_responses(tx: &Tx, forms: Vec<AggregateId>) -> Result<(), Error> {
    if forms.is_empty() {
        return Ok(());
    }
    let of_responses = Response::FORM_ID.is_in(forms.clone());
    tx.delete_where::<Response>([of_responses]).await?;
    let of_participants = vec![Participant::FORM_ID.is_in(forms.clone())];
    tx.delete_plain(&FORM_PARTICIPANTS, of_participants).await?;
    let of_versions = vec![FormVersion::FORM_ID.is_in(forms.clone())];
    tx.delete_plain(&FORM_VERSIONS, of_versions).await?;
    tx.delete_where([Form::ID.is_in(forms)]).await?;
    Ok(())
}

/// Keeps the questions of a version, so that responses to it can be understood for good.
async fn keep_version(
    tx: &Tx,
    form: &AggregateId,
    version: i32,
    questions: &Questions,
) -> Result<(), Error> {
    if questions.is_empty() {
        return Err(Rule::FormWithoutQuestions.into());
    }
    let row = FormVersion::row(form, version, questions);
    tx.insert_plain(&FORM_VERSIONS, row, OnConflict::Fail)
        .await?;
    Ok(())
}

/// The form, locked, when it is there, `owner`'s, and at the expected version. Another user's is answered like one that
/// is not there, so that nobody learns which drafts exist.
async fn locked_form(
    tx: &Tx,
    owner: &AggregateId,
    id: &AggregateId,
    expected: &Expected,
) -> Result<Versioned<Form>, Error> {
    let form = tx.get_for_update::<Form>(id).await?;
    let form = form.filter(|form| form.user_id == *owner).ok_or(NO_FORM)?;
    expected.check(&Form::key(id.clone()), form.version)?;
    Ok(form)
}

const NO_FORM: Error = Error::NotFound { what: "form" };
