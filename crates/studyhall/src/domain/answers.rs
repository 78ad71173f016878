//! Answers to the questions of a form: checked against them, and kept in one form each.

use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Number, Value as Json};
use twinbase::{core::FieldType, prelude::*};

use super::question::{Choice, Question, QuestionKind, Questions};

twinbase_web::text! {
    /// An answer of one line, in up to 200 characters.
    struct ShortAnswer: Rules::of(1, 200).trimmed().cleaned();
    /// An answer of up to 5,000 characters with line breaks.
    struct LongAnswer: Rules::of(1, 5_000).trimmed().lines().cleaned();
}

/// Far beyond what people count, and exact as a double.
const LARGEST: f64 = 1e15;

/// Answers by their questions' ids. What was not answered is not in it.
///
/// Texts, the chosen answer and days (`2030-01-31`) are texts; several chosen answers are a list of texts in the
/// order of the choices; places on a scale and numbers are numbers.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Answers(Map<String, Json>);

/// Why one answer cannot be taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WrongAnswer {
    /// The id that it was sent for.
    pub question: String,
    /// The end of a sentence that begins with the question's id.
    pub reason: String,
}

impl Answers {
    /// Takes what was sent for these questions, or says of each answer what is wrong with it. Nothing, an empty text and
    /// an empty list are no answers. Numbers may be sent as texts, as HTML forms do.
    pub fn check(
        questions: &Questions,
        sent: &Map<String, Json>,
    ) -> Result<Self, Vec<WrongAnswer>> {
        let (mut answers, mut wrong) = (Map::new(), Vec::new());
        for question in questions.iter() {
            let id: &str = &question.id;
            match read(question, sent.get(id)) {
                Ok(Some(answer)) => {
                    answers.insert(id.to_owned(), answer);
                }
                Ok(None) => {}
                Err(reason) => wrong.push(WrongAnswer {
                    question: id.to_owned(),
                    reason,
                }),
            }
        }
        let is_known = |name: &str| questions.iter().any(|question| *question.id == *name);
        let unknown = sent.keys().filter(|name| !is_known(name));
        wrong.extend(unknown.map(|name| WrongAnswer {
            question: name.clone(),
            reason: "is no question of this form".to_owned(),
        }));
        if wrong.is_empty() {
            Ok(Self(answers))
        } else {
            Err(wrong)
        }
    }

    /// The answer to a question.
    pub fn to(&self, question: &Question) -> Option<&Json> {
        self.0.get(&*question.id)
    }
}

fn read(question: &Question, sent: Option<&Json>) -> Result<Option<Json>, String> {
    let is_empty = match sent {
        None | Some(Json::Null) => true,
        Some(Json::String(text)) => text.is_empty(),
        Some(Json::Array(chosen)) => chosen.is_empty(),
        Some(_) => false,
    };
    match sent.filter(|_| !is_empty) {
        None if question.required => Err("must be answered".to_owned()),
        None => Ok(None),
        Some(sent) => of_kind(&question.kind, sent).map(Some),
    }
}

fn of_kind(kind: &QuestionKind, sent: &Json) -> Result<Json, String> {
    match kind {
        QuestionKind::ShortText => text(sent, ShortAnswer::parse),
        QuestionKind::LongText => text(sent, LongAnswer::parse),
        QuestionKind::OneOf { choices } => {
            let chosen = chosen(choices, sent).map(|at| Json::from(&*choices[at]));
            chosen.ok_or_else(|| "must be one of the choices".to_owned())
        }
        QuestionKind::ManyOf { choices } => many(choices, sent)
            .ok_or_else(|| "must be a list of the choices, each once at most".to_owned()),
        QuestionKind::Scale { steps } => {
            let steps = i64::from(steps.get());
            let place = number(sent).and_then(|number| number.as_i64());
            let place = place.filter(|place| (1..=steps).contains(place));
            place
                .map(Json::from)
                .ok_or_else(|| format!("must be a whole number from 1 to {steps}"))
        }
        QuestionKind::Number => {
            let reason = || "must be a number of at most 15 digits before the point".to_owned();
            number(sent).map(Json::Number).ok_or_else(reason)
        }
        QuestionKind::Date => {
            let day = sent.as_str().filter(|text| {
                // Exactly so: times and other spellings of a day are not.
                text.parse::<Date>()
                    .is_ok_and(|day| day.to_string() == **text)
            });
            day.map(Json::from)
                .ok_or_else(|| "must be a day such as 2030-01-31".to_owned())
        }
    }
}

fn text<T: std::ops::Deref<Target = str>>(
    sent: &Json,
    parse: impl FnOnce(&str) -> Result<T, super::Invalid>,
) -> Result<Json, String> {
    let text = sent.as_str().ok_or("must be a text")?;
    let text = parse(text).map_err(|error| error.to_string())?;
    Ok(Json::from(&*text))
}

/// Which of the choices it is.
fn chosen(choices: &[Choice], sent: &Json) -> Option<usize> {
    let sent = Choice::parse(sent.as_str()?).ok()?;
    choices.iter().position(|choice| *choice == sent)
}

/// One choice alone may be sent without a list.
fn many(choices: &[Choice], sent: &Json) -> Option<Json> {
    let sent = match sent {
        Json::Array(all) => all.as_slice(),
        one => std::slice::from_ref(one),
    };
    let places: Option<Vec<_>> = sent.iter().map(|one| chosen(choices, one)).collect();
    let mut places = places?;
    places.sort_unstable();
    let is_twice = places.windows(2).any(|two| two[0] == two[1]);
    let texts = || places.iter().map(|at| Json::from(&*choices[*at])).collect();
    (!is_twice).then(texts)
}

/// A number, whole where it can be, so that 3 and 3.0 are one answer.
fn number(sent: &Json) -> Option<Number> {
    let value: f64 = match sent {
        Json::Number(number) => number.as_f64()?,
        Json::String(text) => text.trim().parse().ok()?,
        _ => return None,
    };
    if !value.is_finite() || value.abs() >= LARGEST {
        return None;
    }
    #[expect(
        clippy::cast_possible_truncation,
        reason = "it is whole and below 2^53"
    )]
    if value.fract() == 0.0 {
        return Some((value as i64).into());
    }
    Number::from_f64(value)
}

impl From<Answers> for Value {
    fn from(answers: Answers) -> Self {
        Self::Json(Json::Object(answers.0))
    }
}

impl FieldType for Answers {
    const KIND: Kind = Kind::Json;
}

#[cfg(test)]
#[path = "answers_tests.rs"]
mod tests;
