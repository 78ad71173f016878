//! Questions of a form, as a column of it.

use serde::{Deserialize, Serialize};
use twinbase::{core::FieldType, prelude::*};

twinbase_web::text! {
    /// What answers name a question by: 1 to 32 small letters a to z, digits, dashes and underscores.
    pub struct QuestionId: Rules::of(1, 32).and(check_id);
    /// What is asked, in up to 500 characters.
    pub struct QuestionText: Rules::of(1, 500).trimmed().lines().cleaned();
    /// One of the answers to choose from, in up to 200 characters.
    pub struct Choice: Rules::of(1, 200).trimmed().cleaned();
}

fn check_id(text: &str) -> Result<(), &'static str> {
    let fits = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || matches!(c, '-' | '_');
    let fits = text.chars().all(fits).then_some(());
    fits.ok_or("may have small letters a to z, digits, - and _ only")
}

twinbase_web::number! {
    /// How far a scale goes.
    #[derive(Eq)]
    pub struct Steps: i32 in 2..=10;
}

/// How many questions a form may have.
pub const MOST_QUESTIONS: usize = 50;
/// How many answers there may be to choose from.
pub const MOST_CHOICES: usize = 20;

/// One question.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Question {
    /// What answers name it by.
    pub id: QuestionId,
    /// What is asked.
    pub text: QuestionText,
    /// Whether a response must answer it.
    pub required: bool,
    /// What an answer is.
    #[serde(flatten)]
    pub kind: QuestionKind,
}

/// What an answer to a question is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", tag = "kind")]
pub enum QuestionKind {
    /// A line.
    ShortText,
    /// Lines.
    LongText,
    /// One of the choices.
    OneOf {
        /// The choices, each once.
        choices: Vec<Choice>,
    },
    /// Some of the choices.
    ManyOf {
        /// The choices, each once.
        choices: Vec<Choice>,
    },
    /// A whole number from 1 on.
    Scale {
        /// The highest.
        steps: Steps,
    },
    /// Any number.
    Number,
    /// A day.
    Date,
}

impl QuestionKind {
    /// Whether answers are words, of which no two need be alike.
    pub const fn is_words(&self) -> bool {
        matches!(self, Self::ShortText | Self::LongText)
    }
}

/// All questions of a form, each with an id of its own.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Questions(Vec<Question>);

impl Questions {
    /// Takes questions that have ids of their own and are not too many; else says what they must be.
    pub fn of(questions: Vec<Question>) -> Result<Self, &'static str> {
        if questions.len() > MOST_QUESTIONS {
            return Err("must have at most 50 elements");
        }
        let mut ids: Vec<&str> = questions.iter().map(|question| &*question.id).collect();
        ids.sort_unstable();
        if ids.windows(2).any(|two| two[0] == two[1]) {
            return Err("must not have two questions with one id");
        }
        Ok(Self(questions))
    }
}

/// The questions in their order.
impl std::ops::Deref for Questions {
    type Target = [Question];

    fn deref(&self) -> &[Question] {
        &self.0
    }
}

impl From<Questions> for Value {
    fn from(questions: Questions) -> Self {
        Self::Json(serde_json::json!(questions))
    }
}

impl FieldType for Questions {
    const KIND: Kind = Kind::Json;
}
