//! The `response` aggregate: what somebody answered to one version of a form.

use jiff::tz::TimeZone;
use serde::{Deserialize, Serialize};
use twinbase::prelude::*;

use super::{Answers, Form, moment};

/// Answers to the questions of a form. It never changes.
#[derive(Debug, Clone, PartialEq, Aggregate, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[aggregate(
    name = "response",
    table = "responses",
    index(of_form = [form_id, form_version, created_at, id])
)]
pub struct Response {
    /// The id. Of a response to an anonymous form it is random, so that it says nothing of the time.
    #[key]
    pub id: AggregateId,
    /// The form.
    #[fixed]
    pub form_id: AggregateId,
    /// The version of its questions.
    #[fixed]
    pub form_version: i32,
    /// Who answered; nobody when the form is anonymous.
    #[fixed]
    pub user_id: Option<AggregateId>,
    /// The answers.
    #[fixed]
    pub answers: Answers,
    /// When it was sent; when the form is anonymous, the beginning of that day in UTC.
    #[created]
    #[serde(deserialize_with = "moment::required")]
    pub created_at: Timestamp,
}

impl Response {
    /// What a user answers to a version of a form at a time. Where the form is anonymous, it keeps neither who nor when;
    /// then `id` has to be a random one.
    pub fn of(
        form: &Form,
        form_version: i32,
        answers: Answers,
        user: &AggregateId,
        id: AggregateId,
        at: Timestamp,
    ) -> Self {
        Self {
            id,
            form_id: form.id.clone(),
            form_version,
            user_id: (!form.is_anonymous).then(|| user.clone()),
            answers,
            created_at: if form.is_anonymous { day_of(at) } else { at },
        }
    }
}

/// The beginning of the day in UTC.
fn day_of(at: Timestamp) -> Timestamp {
    let day = at.to_zoned(TimeZone::UTC).start_of_day();
    day.map_or(at, |day| day.timestamp())
}
