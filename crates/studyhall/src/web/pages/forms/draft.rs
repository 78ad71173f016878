//! A form as the builder sends it: fields named `q0.text` and so on, in the order of the questions.

use serde_json::{Value, json};
use twinbase_web::{Part, Place};

use crate::domain::{Form, FormChange, MOST_QUESTIONS, Question, QuestionKind};

/// What the builder's buttons do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Deed {
    Save,
    /// Saves, and opens the form for answers.
    Open,
    /// Saves, and closes it.
    Close,
    Add,
    Up(usize),
    Down(usize),
    Remove(usize),
}

impl Deed {
    fn of(text: &str) -> Self {
        let (name, at) = text.split_once('-').unwrap_or((text, ""));
        match (name, at.parse().ok()) {
            ("add", _) => Self::Add,
            ("open", _) => Self::Open,
            ("close", _) => Self::Close,
            ("up", Some(at)) => Self::Up(at),
            ("down", Some(at)) => Self::Down(at),
            ("remove", Some(at)) => Self::Remove(at),
            _ => Self::Save,
        }
    }
}

/// A question as it is being written.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Row {
    pub(super) id: String,
    pub(super) kind: String,
    pub(super) text: String,
    pub(super) required: bool,
    /// One a line.
    pub(super) choices: String,
    pub(super) steps: String,
}

impl Row {
    fn of(question: &Question) -> Self {
        let lines = |choices: &[crate::domain::Choice]| {
            let texts = choices.iter().map(|choice| &**choice);
            texts.collect::<Vec<_>>().join("\n")
        };
        let (kind, choices, steps) = match &question.kind {
            QuestionKind::ShortText => ("shortText", String::new(), String::new()),
            QuestionKind::LongText => ("longText", String::new(), String::new()),
            QuestionKind::OneOf { choices } => ("oneOf", lines(choices), String::new()),
            QuestionKind::ManyOf { choices } => ("manyOf", lines(choices), String::new()),
            QuestionKind::Scale { steps } => ("scale", String::new(), steps.get().to_string()),
            QuestionKind::Number => ("number", String::new(), String::new()),
            QuestionKind::Date => ("date", String::new(), String::new()),
        };
        Self {
            id: question.id.to_string(),
            kind: kind.to_owned(),
            text: question.text.to_string(),
            required: question.required,
            choices,
            steps,
        }
    }

    fn sent(fields: &Value) -> Self {
        let text = |name: &str| fields[name].as_str().unwrap_or_default().to_owned();
        Self {
            id: text("id"),
            kind: text("kind"),
            text: text("text"),
            required: text("required") == "true",
            choices: text("choices"),
            steps: text("steps"),
        }
    }

    /// As the API takes it: of choices and steps only what the kind needs.
    pub(super) fn question(&self) -> Value {
        let mut question =
            json!({ "kind": self.kind, "text": self.text, "required": self.required });
        if !self.id.is_empty() {
            question["id"] = json!(self.id);
        }
        match &*self.kind {
            "oneOf" | "manyOf" => {
                let lines = self.choices.lines().map(str::trim);
                question["choices"] = lines.filter(|line| !line.is_empty()).collect();
            }
            "scale" => question["steps"] = json!(self.steps),
            _ => {}
        }
        question
    }
}

impl Row {
    /// Whether it asks what this one does, which is kept; what was never saved has no id.
    pub(super) fn is_kept_as(&self, kept: &Self) -> bool {
        let id = if self.id.is_empty() {
            &kept.id
        } else {
            &self.id
        };
        let (id, sent) = (id.clone(), self.clone());
        Self { id, ..sent }.question() == kept.question()
    }
}

/// All questions of a form that is kept.
pub(super) fn rows_of(form: &Form) -> Vec<Row> {
    form.questions.iter().map(Row::of).collect()
}

/// All questions that were sent.
pub(super) fn rows_sent(sent: &Value) -> Vec<Row> {
    let each = (0..MOST_QUESTIONS).map(|at| &sent[format!("q{at}")]);
    let each = each.take_while(|fields| fields.is_object());
    each.map(Row::sent).collect()
}

/// The questions after a deed, and the one that it was about.
pub(super) fn after(deed: Deed, mut rows: Vec<Row>) -> (Vec<Row>, Option<usize>) {
    let last = rows.len().saturating_sub(1);
    let focus = match deed {
        Deed::Save | Deed::Open | Deed::Close => None,
        Deed::Add => {
            if rows.len() < MOST_QUESTIONS {
                rows.push(Row {
                    kind: "shortText".to_owned(),
                    ..Row::default()
                });
            }
            Some(rows.len() - 1)
        }
        Deed::Up(at) if (1..rows.len()).contains(&at) => {
            rows.swap(at, at - 1);
            Some(at - 1)
        }
        Deed::Down(at) if at < last => {
            rows.swap(at, at + 1);
            Some(at + 1)
        }
        Deed::Remove(at) if at < rows.len() => {
            rows.remove(at);
            Some(at.min(last.saturating_sub(1))).filter(|_| !rows.is_empty())
        }
        Deed::Up(at) | Deed::Down(at) | Deed::Remove(at) => Some(at.min(last)),
    };
    (rows, focus)
}

/// What a builder's button sends. Only what is to be saved must be right.
pub(super) struct Built {
    pub(super) deed: Deed,
    /// The change, when it is to be saved.
    pub(super) change: Option<FormChange>,
}

impl Part for Built {
    fn read(sent: Value, place: &mut Place<'_>) -> Option<Self> {
        let deed = Deed::of(sent["do"].as_str().unwrap_or_default());
        if !matches!(deed, Deed::Save | Deed::Open | Deed::Close) {
            return Some(Self { deed, change: None });
        }
        let questions: Value = rows_sent(&sent).iter().map(Row::question).collect();
        let mut change = json!({
            // A title that is empty is none that is left out.
            "title": sent["title"].as_str().unwrap_or_default(),
            "description": sent["description"],
            "questions": questions,
            "allowsMore": sent["allowsMore"],
            "isPublic": sent["isPublic"],
        });
        if sent["isAnonymous"].is_string() {
            change["isAnonymous"] = sent["isAnonymous"].clone();
        }
        let change = FormChange::read(change, place).map(Some)?;
        Some(Self { deed, change })
    }

    fn schema() -> Value {
        FormChange::schema()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rows(texts: &[&str]) -> Vec<Row> {
        let row = |text: &&str| Row {
            text: (*text).to_owned(),
            ..Row::default()
        };
        texts.iter().map(row).collect()
    }

    #[test]
    fn questions_are_moved_added_and_removed_and_followed() {
        let check = |deed: &str, expected: &[&str], focus| {
            let (after, at) = after(Deed::of(deed), rows(&["a", "b", "c"]));
            let texts: Vec<&str> = after.iter().map(|row| &*row.text).collect();
            assert_eq!((texts.as_slice(), at), (expected, focus), "{deed}");
        };
        check("up-1", &["b", "a", "c"], Some(0));
        check("up-0", &["a", "b", "c"], Some(0));
        check("down-1", &["a", "c", "b"], Some(2));
        check("down-2", &["a", "b", "c"], Some(2));
        check("remove-2", &["a", "b"], Some(1));
        check("remove-9", &["a", "b", "c"], Some(2));
        check("add", &["a", "b", "c", ""], Some(3));
        check("save", &["a", "b", "c"], None);
        assert_eq!(after(Deed::Remove(0), rows(&["a"])), (Vec::new(), None));
        assert_eq!(after(Deed::Up(3), Vec::new()).0, Vec::new());
    }

    #[test]
    fn only_what_a_kind_needs_is_sent_on() {
        let fields = json!({ "kind": "oneOf", "text": "x", "choices": " a \n\nb", "steps": "5" });
        let expected =
            json!({ "kind": "oneOf", "text": "x", "required": false, "choices": ["a", "b"] });
        assert_eq!(Row::sent(&fields).question(), expected);
        let sent = json!({ "q0": fields, "q2": {} });
        assert_eq!(rows_sent(&sent).len(), 1);
    }
}
