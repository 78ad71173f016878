//! Forms that people ask each other to answer, and what was answered.

use std::collections::HashSet;

use jiff::{SignedDuration, Timestamp};
use serde_json::{Map, Value as Json, json};
use studyhall::domain::{
    Answers, Choice, Description, Form, FormState, Invalid, Question, QuestionId, QuestionKind,
    QuestionText, Questions, Response, Steps, Title, commands::Past,
};
use twinbase::prelude::AggregateId;

use super::{
    dice::{Dice, Purpose, later},
    person::{Part, Person},
    questionnaires::{Asked, Kind, QUESTIONNAIRES, Questionnaire, WORDS},
};

/// A form to so many people.
const PEOPLE_OF_A_FORM: usize = 5;
/// However many people there are.
const MOST_FORMS: usize = 200;
/// So many answer one at most.
const MOST_PARTICIPANTS: usize = 60;

/// How many forms there are among so many people.
pub(super) fn count(people: usize) -> usize {
    people.div_ceil(PEOPLE_OF_A_FORM).min(MOST_FORMS)
}

/// A form with its responses. The first is the host's, and open.
pub(super) fn form(
    people: &[Person],
    index: usize,
    seed: u64,
    now: Timestamp,
) -> Result<Past, Invalid> {
    let mut dice = Dice::new(seed, Purpose::Form, index);
    let mut past = Past::default();
    let kind = &QUESTIONNAIRES[index % QUESTIONNAIRES.len()];
    let owner = if index == 0 {
        0
    } else {
        dice.count(0..=people.len() - 1)
    };
    let owner = &people[owner];
    if owner.part == Part::Newcomer {
        return Ok(past);
    }
    let state = match dice.count(0..=9) {
        _ if index == 0 => FormState::Open,
        0 => FormState::Draft,
        1..=5 => FormState::Open,
        _ => FormState::Closed,
    };
    let form = ask(owner, kind, state, &mut dice, now)?;
    let first = Questions::of(questions(kind.asked)?).unwrap_or_default();
    if form.was_opened() {
        past.versions.push((form.id.clone(), 1, first.clone()));
        if form.questions_version > 1 {
            past.versions
                .push((form.id.clone(), 2, form.questions.clone()));
        }
        answer(&form, &first, people, &mut past, &mut dice, now);
    }
    past.forms.push(form);
    Ok(past)
}

fn ask(
    owner: &Person,
    kind: &Questionnaire,
    state: FormState,
    dice: &mut Dice,
    now: Timestamp,
) -> Result<Form, Invalid> {
    let latest = later(now, SignedDuration::from_hours(-72)).max(owner.joined);
    let created_at = dice.between(owner.joined, latest);
    let opened = later(created_at, dice.minutes(3..=600)).min(now);
    let closed = dice.between(opened, now);
    let is_draft = state == FormState::Draft;
    let is_changed = !is_draft && dice.chance(0.25);
    let mut asked = questions(kind.asked)?;
    if is_changed {
        asked.extend(questions(&[Asked::added()])?);
    }
    let is_closed = state == FormState::Closed;
    Ok(Form {
        id: dice.id(created_at),
        user_id: owner.id.clone(),
        title: Title::parse(&kind.title.replace("{}", dice.words(&owner.subjects)))?,
        description: Some(Description::parse(kind.description)?),
        questions: Questions::of(asked).unwrap_or_default(),
        questions_version: if is_changed { 2 } else { 1 },
        state,
        opened_at: (!is_draft).then_some(opened),
        closed_at: is_closed.then_some(closed),
        is_anonymous: kind.is_anonymous,
        allows_more: kind.allows_more,
        is_public: dice.chance(0.7),
        created_at,
        updated_at: match state {
            FormState::Draft => created_at,
            FormState::Open => opened,
            FormState::Closed => closed,
        },
    })
}

fn questions(asked: &[Asked]) -> Result<Vec<Question>, Invalid> {
    let question = |asked: &Asked| {
        let choices = |of: &[&str]| -> Result<Vec<Choice>, Invalid> {
            of.iter().map(|choice| Choice::parse(choice)).collect()
        };
        Ok(Question {
            id: QuestionId::parse(asked.id)?,
            text: QuestionText::parse(asked.text)?,
            required: asked.required,
            kind: match asked.kind {
                Kind::Line => QuestionKind::ShortText,
                Kind::Lines => QuestionKind::LongText,
                Kind::One(of) => QuestionKind::OneOf {
                    choices: choices(of)?,
                },
                Kind::Many(of) => QuestionKind::ManyOf {
                    choices: choices(of)?,
                },
                Kind::Scale(steps) => QuestionKind::Scale {
                    steps: Steps::new(steps)?,
                },
                Kind::Number => QuestionKind::Number,
                Kind::Day => QuestionKind::Date,
            },
        })
    };
    asked.iter().map(question).collect()
}

/// Some of those who were there answer it, each once where it takes one of each.
fn answer(
    form: &Form,
    first: &Questions,
    people: &[Person],
    past: &mut Past,
    dice: &mut Dice,
    now: Timestamp,
) {
    let opened = form.opened_at.unwrap_or(now);
    let closed = form.closed_at.unwrap_or(now);
    let changed = dice.between(opened, closed);
    let mut participants = HashSet::<&AggregateId>::new();
    for _ in 0..dice.count(3..=MOST_PARTICIPANTS).min(people.len()) {
        let person = &people[dice.count(0..=people.len() - 1)];
        let is_there = person.joined < closed && person.part != Part::Newcomer;
        if !is_there || (participants.contains(&person.id) && !form.allows_more) {
            continue;
        }
        let at = dice.between(opened.max(person.joined), closed);
        let (version, asked) = if form.questions_version > 1 && at < changed {
            (1, first)
        } else {
            (form.questions_version, &form.questions)
        };
        let Ok(answers) = Answers::check(asked, &answers(asked, dice, at)) else {
            continue;
        };
        if participants.insert(&person.id) {
            past.participants.push((form.id.clone(), person.id.clone()));
        }
        let id = if form.is_anonymous {
            dice.random_id()
        } else {
            dice.id(at)
        };
        let response = Response::of(form, version, answers, &person.id, id, at);
        past.responses.push(response);
    }
}

fn answers(questions: &Questions, dice: &mut Dice, at: Timestamp) -> Map<String, Json> {
    let mut answers = Map::new();
    for question in questions.iter() {
        if !question.required && dice.chance(0.3) {
            continue;
        }
        let answer = match &question.kind {
            QuestionKind::ShortText | QuestionKind::LongText => json!(dice.words(&WORDS)),
            QuestionKind::OneOf { choices } => {
                // The first ones are liked best.
                let place = dice
                    .count(0..=choices.len() - 1)
                    .min(dice.count(0..=choices.len() - 1));
                json!(choices[place])
            }
            QuestionKind::ManyOf { choices } => {
                let chosen = dice.count(1..=choices.len());
                let all: Vec<&Choice> = choices.iter().collect();
                json!(dice.some(&all, chosen))
            }
            QuestionKind::Scale { steps } => {
                let steps = usize::try_from(steps.get()).unwrap_or(2);
                json!(dice.count(1..=steps).max(dice.count(1..=steps)))
            }
            QuestionKind::Number => json!(dice.count(1..=14)),
            QuestionKind::Date => {
                let day = later(at, dice.minutes(1_440..=20_000)).to_zoned(jiff::tz::TimeZone::UTC);
                json!(day.date().to_string())
            }
        };
        answers.insert(question.id.to_string(), answer);
    }
    answers
}
