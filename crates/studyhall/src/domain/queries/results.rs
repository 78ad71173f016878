//! What was answered to a form: counts for each answer, each version of the questions by itself.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value as Json;
use twinbase::{bson, prelude::*};

use super::{Freshness, asked_questions, own_form, study::hundredths};
use crate::domain::{Answers, Error, Question, QuestionKind, Questions, Response};

/// Answers in words come from so many responses, the newest: each may be long. The CSV file has them all.
const NEWEST_RESPONSES: i64 = 50;
/// So many different numbers and days are told apart in a form.
const MOST_VALUES: i64 = 1_000;

/// The results of a form.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Results {
    /// Each version that was ever open, the newest first.
    pub versions: Vec<VersionResults>,
}

/// The results of one version of the questions.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct VersionResults {
    /// Its number.
    pub version: i32,
    /// How many responses there are: those who saw its questions.
    pub responses: i64,
    /// Each question, in order.
    pub questions: Vec<QuestionResults>,
}

/// The results of one question.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct QuestionResults {
    /// What was asked.
    #[serde(flatten)]
    pub question: Question,
    /// How many responses answer it.
    pub answered: i64,
    /// The mean of the numbers, or of the places on a scale, to a hundredth.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mean: Option<f64>,
    /// How often each answer was given: all choices and all places on a scale, or the most frequent numbers and days.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub counts: Vec<Count>,
    /// The newest answers in words.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub texts: Vec<String>,
}

/// How often an answer was given.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Count {
    /// The answer.
    pub answer: Json,
    /// How many responses give it.
    pub count: i64,
    /// The share of those who saw the question, 0 to 1.
    pub share: f64,
}

impl Count {
    #[expect(
        clippy::cast_precision_loss,
        reason = "a share of responses, not an account"
    )]
    fn of(answer: Json, count: i64, responses: i64) -> Self {
        let share = count as f64 / responses.max(1) as f64;
        Self {
            answer,
            count,
            share,
        }
    }
}

/// The results of a user's own form. The pipeline has no form for the primary: without the replica there is no answer.
pub async fn results(
    twin: &Twinbase,
    owner: &AggregateId,
    form: &AggregateId,
    freshness: &Freshness,
) -> Result<Answer<Results>, Error> {
    own_form(twin, owner, form).await?;
    let asked = asked_questions(twin, form).await?;
    let responses = freshness.collection::<Response>(twin);
    let answer = responses.aggregate(pipeline(form, &asked)).await?;
    let counted = answer.try_map(|found| match found.into_iter().next() {
        Some(found) => bson::deserialize_from_document::<Counted>(found),
        None => Ok(Counted::default()),
    });
    let counted = counted.map_err(|_| ReadError::Mistyped {
        collection: Response::schema().collection.clone(),
    })?;
    Ok(counted.map(|counted| counted.results(asked)))
}

/// What the pipeline finds.
#[derive(Debug, Default, Deserialize)]
struct Counted {
    totals: Vec<Total>,
    given: Vec<Given>,
    choices: Vec<Found>,
    values: Vec<Found>,
    newest: Vec<Newest>,
}

#[derive(Debug, Deserialize)]
struct Total {
    #[serde(rename = "_id")]
    version: i32,
    count: i64,
}

/// A question of a version.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
struct Asked {
    version: i32,
    question: String,
}

#[derive(Debug, Deserialize)]
struct Given {
    #[serde(rename = "_id")]
    asked: Asked,
    count: i64,
    mean: Option<f64>,
}

#[derive(Debug, Deserialize)]
struct FoundId {
    #[serde(flatten)]
    asked: Asked,
    answer: Json,
}

#[derive(Debug, Deserialize)]
struct Found {
    #[serde(rename = "_id")]
    id: FoundId,
    count: i64,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Newest {
    form_version: i32,
    answers: Answers,
}

fn pipeline(form: &AggregateId, asked: &[(i32, Questions)]) -> Vec<Document> {
    let each_answer = || {
        vec![
            doc! { "$project": { "formVersion": 1, "answer": { "$objectToArray": "$answers" } } },
            doc! { "$unwind": "$answer" },
        ]
    };
    let question = doc! { "version": "$formVersion", "question": "$answer.k" };
    let mut given = each_answer();
    given.push(doc! { "$group": { "_id": question, "count": { "$sum": 1 }, "mean": { "$avg": "$answer.v" } } });
    let counted = |of: fn(&QuestionKind) -> bool| {
        let mut stages = each_answer();
        let one =
            doc! { "version": "$formVersion", "question": "$answer.k", "answer": "$answer.v" };
        stages.extend([
            doc! { "$match": are(asked, of) },
            // An answer of several choices counts for each.
            doc! { "$unwind": "$answer.v" },
            doc! { "$group": { "_id": one, "count": { "$sum": 1 } } },
        ]);
        stages
    };
    let choices = counted(is_counted_whole);
    let mut values = counted(is_value);
    values.extend([
        doc! { "$sort": { "count": -1, "_id": 1 } },
        doc! { "$limit": MOST_VALUES },
    ]);
    let newest = vec![
        doc! { "$sort": { "createdAt": -1, "_id": -1 } },
        doc! { "$limit": NEWEST_RESPONSES },
        doc! { "$project": { "formVersion": 1, "answers": 1 } },
    ];
    let totals = vec![doc! { "$group": { "_id": "$formVersion", "count": { "$sum": 1 } } }];
    let facets = doc! { "totals": totals, "given": given, "choices": choices, "values": values, "newest": newest };
    vec![
        doc! { "$match": { "formId": form.as_str() } },
        doc! { "$facet": facets },
    ]
}

/// Its answers are few, and all are shown.
const fn is_counted_whole(kind: &QuestionKind) -> bool {
    matches!(
        kind,
        QuestionKind::OneOf { .. } | QuestionKind::ManyOf { .. } | QuestionKind::Scale { .. }
    )
}

const fn is_value(kind: &QuestionKind) -> bool {
    matches!(kind, QuestionKind::Number | QuestionKind::Date)
}

/// The answers to questions of these kinds; a question of one id may be of another kind in another version.
fn are(asked: &[(i32, Questions)], of: fn(&QuestionKind) -> bool) -> Document {
    let each = asked.iter().map(|(version, questions)| {
        let of_kind = questions.iter().filter(|question| of(&question.kind));
        let ids: Vec<&str> = of_kind.map(|question| &*question.id).collect();
        doc! { "formVersion": version, "answer.k": { "$in": ids } }
    });
    let each: Vec<Document> = each.collect();
    if each.is_empty() {
        // A form that was never open has no responses, and an empty list is no condition.
        return doc! { "formVersion": 0 };
    }
    doc! { "$or": each }
}

impl Counted {
    fn results(self, asked: Vec<(i32, Questions)>) -> Results {
        let totals = self.totals.iter().map(|total| (total.version, total.count));
        let totals: BTreeMap<i32, i64> = totals.collect();
        let versions = asked.into_iter().rev().map(|(version, questions)| {
            let responses = totals.get(&version).copied().unwrap_or_default();
            let each = questions.iter();
            VersionResults {
                version,
                responses,
                questions: each
                    .map(|question| self.of_question(version, question, responses))
                    .collect(),
            }
        });
        Results {
            versions: versions.collect(),
        }
    }

    fn of_question(&self, version: i32, question: &Question, responses: i64) -> QuestionResults {
        let is_it = |asked: &Asked| asked.version == version && asked.question == *question.id;
        let given = self.given.iter().find(|given| is_it(&given.asked));
        let found = self.choices.iter().chain(&self.values);
        let found: Vec<&Found> = found.filter(|found| is_it(&found.id.asked)).collect();
        let count = |answer: Json| {
            let one = found.iter().find(|found| found.id.answer == answer);
            Count::of(answer, one.map_or(0, |found| found.count), responses)
        };
        let counts = match &question.kind {
            QuestionKind::ShortText | QuestionKind::LongText => Vec::new(),
            QuestionKind::OneOf { choices } | QuestionKind::ManyOf { choices } => choices
                .iter()
                .map(|choice| count(Json::from(&**choice)))
                .collect(),
            QuestionKind::Scale { steps } => {
                (1..=steps.get()).map(|step| count(step.into())).collect()
            }
            QuestionKind::Number | QuestionKind::Date => {
                let each = found.iter();
                each.map(|found| Count::of(found.id.answer.clone(), found.count, responses))
                    .collect()
            }
        };
        let of_version = self
            .newest
            .iter()
            .filter(|newest| newest.form_version == version);
        let texts = of_version.filter_map(|newest| newest.answers.to(question)?.as_str());
        let is_words = question.kind.is_words();
        QuestionResults {
            question: question.clone(),
            answered: given.map_or(0, |given| given.count),
            mean: given.and_then(|given| given.mean).map(hundredths),
            counts,
            texts: texts.filter(|_| is_words).map(str::to_owned).collect(),
        }
    }
}
