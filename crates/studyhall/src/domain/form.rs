//! The `form` aggregate: questions that its owner asks, and what is kept beside it.

use std::sync::LazyLock;

use serde::{Deserialize, Serialize};
use twinbase::prelude::*;

use super::{Description, Questions, Title, moment};

/// Whether a form takes responses.
#[derive(Debug, Clone, Copy, PartialEq, Eq, FieldType, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum FormState {
    /// Not yet; its owner alone sees it.
    Draft,
    /// It does.
    Open,
    /// Not any more.
    Closed,
}

/// Questions for others to answer.
#[derive(Debug, Clone, PartialEq, Aggregate, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[aggregate(
    name = "form",
    table = "forms",
    index(newest_of_user = [user_id, created_at desc, id desc]),
    text(words = [title 3, description])
)]
pub struct Form {
    /// The id.
    #[key]
    pub id: AggregateId,
    /// Whose it is; never changes.
    #[fixed]
    pub user_id: AggregateId,
    /// What it is about, in a line.
    pub title: Title,
    /// More about it.
    pub description: Option<Description>,
    /// What it asks.
    pub questions: Questions,
    /// Counts the versions of the questions from 1. They are kept from the first opening on: then a change
    /// of them makes the next version.
    #[fixed]
    pub questions_version: i32,
    /// Whether it takes responses.
    #[fixed]
    pub state: FormState,
    /// When it was last opened.
    #[fixed]
    #[serde(default, deserialize_with = "moment::optional")]
    pub opened_at: Option<Timestamp>,
    /// When it was closed; not while it is open.
    #[fixed]
    #[serde(default, deserialize_with = "moment::optional")]
    pub closed_at: Option<Timestamp>,
    /// Whether nobody can learn who gave which answers. Cannot change after the first opening.
    pub is_anonymous: bool,
    /// Whether one user may answer more than once.
    pub allows_more: bool,
    /// Whether everybody may see it and finds it. Else members see it who have its link.
    pub is_public: bool,
    /// When it was made.
    #[created]
    #[serde(deserialize_with = "moment::required")]
    pub created_at: Timestamp,
    /// When it last changed.
    #[updated]
    #[serde(deserialize_with = "moment::required")]
    pub updated_at: Timestamp,
}

impl Form {
    /// A draft without questions, as its owner alone sees it.
    pub fn draft(id: AggregateId, user_id: AggregateId, title: Title, now: Timestamp) -> Self {
        Self {
            id,
            user_id,
            title,
            description: None,
            questions: Questions::default(),
            questions_version: 1,
            state: FormState::Draft,
            opened_at: None,
            closed_at: None,
            is_anonymous: false,
            allows_more: false,
            is_public: false,
            created_at: now,
            updated_at: now,
        }
    }

    /// Whether it has been open before, or is.
    pub const fn was_opened(&self) -> bool {
        self.opened_at.is_some()
    }

    /// Whether a user, or a stranger, may see it.
    pub fn is_seen_by(&self, viewer: Option<&AggregateId>) -> bool {
        let is_out = self.state != FormState::Draft;
        viewer == Some(&self.user_id) || (is_out && (self.is_public || viewer.is_some()))
    }
}

/// The questions of a version that was ever open.
pub(super) struct FormVersion;

impl FormVersion {
    pub(super) const FORM_ID: Column<Self, AggregateId> = Column::new("form_id");
    pub(super) const VERSION: Column<Self, i32> = Column::new("version");
    pub(super) const QUESTIONS: Column<Self, Questions> = Column::new("questions");

    pub(super) fn row(
        form: &AggregateId,
        version: i32,
        questions: &Questions,
    ) -> [Assignment<Self>; 3] {
        [
            Self::FORM_ID.set(form.clone()),
            Self::VERSION.set(version),
            Self::QUESTIONS.set(questions.clone()),
        ]
    }
}

pub(super) static FORM_VERSIONS: SharedTable = LazyLock::new(|| {
    Table::new(
        "form_versions",
        &[
            Field::private("form_id", Kind::Text),
            Field::private("version", Kind::Int32),
            Field::private("questions", Kind::Json),
        ],
    )
    .into()
});

/// That a user has answered a form: without a time and without the answer.
pub(super) struct Participant;

impl Participant {
    pub(super) const FORM_ID: Column<Self, AggregateId> = Column::new("form_id");
    pub(super) const USER_ID: Column<Self, AggregateId> = Column::new("user_id");

    pub(super) fn row(form: &AggregateId, user: &AggregateId) -> [Assignment<Self>; 2] {
        [
            Self::FORM_ID.set(form.clone()),
            Self::USER_ID.set(user.clone()),
        ]
    }
}

pub(super) static FORM_PARTICIPANTS: SharedTable = LazyLock::new(|| {
    Table::new(
        "form_participants",
        &[
            Field::private("form_id", Kind::Text),
            Field::private("user_id", Kind::Text),
        ],
    )
    .into()
});
