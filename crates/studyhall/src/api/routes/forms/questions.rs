//! Questions as clients send them: each with a kind, and with what that kind needs.

use serde_json::{Value, json};
use twinbase_web::{Part, Place, body};

use crate::domain::{
    Choice, MOST_CHOICES, MOST_QUESTIONS, Question, QuestionId, QuestionKind, QuestionText,
    Questions, Steps,
};

/// A question as it is sent. One without an id is given one.
struct Sent {
    id: Option<QuestionId>,
    kind: String,
    text: QuestionText,
    required: Option<bool>,
    choices: Option<Vec<Choice>>,
    steps: Option<Steps>,
}

body!(Sent {
    id: "pace",
    kind: "oneOf",
    text: "How was the pace?",
    required: true,
    choices: ["Too fast", "Right", "Too slow"],
    steps: null,
});

const KINDS: [&str; 7] = [
    "shortText",
    "longText",
    "oneOf",
    "manyOf",
    "scale",
    "number",
    "date",
];

/// A question whose kind has what it needs.
struct Draft {
    id: Option<QuestionId>,
    text: QuestionText,
    required: bool,
    kind: QuestionKind,
}

impl Part for Draft {
    fn read(value: Value, place: &mut Place<'_>) -> Option<Self> {
        let sent = Sent::read(value, place)?;
        match kind(&sent.kind, sent.choices, sent.steps) {
            Ok(kind) => Some(Self {
                id: sent.id,
                text: sent.text,
                required: sent.required.unwrap_or(false),
                kind,
            }),
            Err(reason) => place.refuse(reason),
        }
    }

    fn schema() -> Value {
        let mut schema = Sent::schema();
        schema["properties"]["kind"]["enum"] = json!(KINDS);
        if let Some(example) = schema["example"].as_object_mut() {
            // It belongs to another kind than the choices.
            example.remove("steps");
        }
        schema
    }
}

fn kind(
    name: &str,
    choices: Option<Vec<Choice>>,
    steps: Option<Steps>,
) -> Result<QuestionKind, String> {
    let kind = match (name, choices, steps) {
        ("shortText", None, None) => QuestionKind::ShortText,
        ("longText", None, None) => QuestionKind::LongText,
        ("number", None, None) => QuestionKind::Number,
        ("date", None, None) => QuestionKind::Date,
        ("scale", None, Some(steps)) => QuestionKind::Scale { steps },
        ("oneOf", Some(choices), None) => QuestionKind::OneOf {
            choices: each_once(choices)?,
        },
        ("manyOf", Some(choices), None) => QuestionKind::ManyOf {
            choices: each_once(choices)?,
        },
        _ if KINDS.contains(&name) => {
            return Err("must have choices when its kind is oneOf or manyOf, steps when it is scale, and neither else".to_owned());
        }
        _ => return Err(format!("must have one of the kinds {}", KINDS.join(", "))),
    };
    Ok(kind)
}

fn each_once(choices: Vec<Choice>) -> Result<Vec<Choice>, String> {
    let is_twice = |(at, choice): (usize, &Choice)| choices[..at].contains(choice);
    if !(2..=MOST_CHOICES).contains(&choices.len()) || choices.iter().enumerate().any(is_twice) {
        return Err(format!(
            "must have 2 to {MOST_CHOICES} choices, no two of them alike"
        ));
    }
    Ok(choices)
}

impl Part for Questions {
    fn read(value: Value, place: &mut Place<'_>) -> Option<Self> {
        let drafts = Vec::<Draft>::read(value, place)?;
        match Self::of(with_ids(drafts)) {
            Ok(questions) => Some(questions),
            Err(reason) => place.refuse(reason),
        }
    }

    fn schema() -> Value {
        json!({ "type": "array", "items": Draft::schema(), "maxItems": MOST_QUESTIONS })
    }
}

/// Gives each question without an id the first of `q1`, `q2` and so on that is free.
fn with_ids(drafts: Vec<Draft>) -> Vec<Question> {
    let mut taken: Vec<QuestionId> = drafts.iter().filter_map(|draft| draft.id.clone()).collect();
    let mut free = (1..).filter_map(|number: u32| QuestionId::parse(&format!("q{number}")).ok());
    let mut next = || {
        let id = free.by_ref().find(|id| !taken.contains(id))?;
        taken.push(id.clone());
        Some(id)
    };
    let questions = drafts.into_iter().filter_map(|draft| {
        Some(Question {
            id: draft.id.or_else(&mut next)?,
            text: draft.text,
            required: draft.required,
            kind: draft.kind,
        })
    });
    questions.collect()
}
