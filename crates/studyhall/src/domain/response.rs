//! The `response` aggregate: what somebody answered to one version of a form.

use serde::{Deserialize, Serialize};
use twinbase::prelude::*;

use super::{Answers, moment};

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
