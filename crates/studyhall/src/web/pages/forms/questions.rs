//! One question in the builder.

use maud::{Markup, html};
use twinbase_web::Fault;

use super::draft::Row;

/// The kinds, with their words.
const KINDS: [(&str, &str); 7] = [
    ("shortText", "A line of text"),
    ("longText", "Lines of text"),
    ("oneOf", "One of some choices"),
    ("manyOf", "Several of some choices"),
    ("scale", "A scale from 1 on"),
    ("number", "A number"),
    ("date", "A day"),
];

/// The question at a place among `count`, with what is wrong with it.
pub(super) fn row(at: usize, row: &Row, count: usize, faults: &[Fault], is_focus: bool) -> Markup {
    let id = |field: &str| format!("q{at}.{field}");
    let number = at + 1;
    let whole = format!("/questions/{at}");
    let within = format!("{whole}/");
    let wrong: Vec<&Fault> = faults
        .iter()
        .filter(|fault| {
            let pointer = fault.pointer.as_deref().unwrap_or_default();
            pointer == whole || pointer.starts_with(&within)
        })
        .collect();
    let described = (!wrong.is_empty()).then(|| id("error"));
    html! {
        fieldset.question {
            legend { "Question " (number) }
            @if !wrong.is_empty() {
                p.error id=(id("error")) { @for fault in &wrong { "Error: it " (fault.detail) ". " } }
            }
            input type="hidden" name=(id("id")) value=(row.id);
            div.field {
                label for=(id("text")) { "What do you ask?" }
                textarea id=(id("text")) name=(id("text")) rows="2" autofocus[is_focus] aria-describedby=[described.as_deref()]
                    aria-invalid=[described.as_ref().map(|_| "true")] { (row.text) }
            }
            div.field {
                label for=(id("kind")) { "Answers are" }
                select id=(id("kind")) name=(id("kind")) {
                    @for (value, words) in KINDS { option value=(value) selected[row.kind == value] { (words) } }
                }
            }
            div.field {
                label for=(id("choices")) { "Choices, one a line" }
                p.hint id=(id("choices-hint")) { "For one or several of some choices: 2 to 20." }
                textarea id=(id("choices")) name=(id("choices")) rows="3" aria-describedby=(id("choices-hint")) { (row.choices) }
            }
            div.field {
                label for=(id("steps")) { "Highest place of the scale" }
                p.hint id=(id("steps-hint")) { "For a scale: 2 to 10." }
                input id=(id("steps")) name=(id("steps")) type="number" min="2" max="10" value=(row.steps) aria-describedby=(id("steps-hint"));
            }
            div.field.tick {
                input type="hidden" name=(id("required")) value="false";
                input id=(id("required")) name=(id("required")) type="checkbox" value="true" checked[row.required];
                label for=(id("required")) { "Must be answered" }
            }
            p.buttons {
                @if at > 0 { (deed("up", at, "Move up")) }
                @if number < count { (deed("down", at, "Move down")) }
                (deed("remove", at, "Remove"))
            }
        }
    }
}

fn deed(name: &str, at: usize, words: &str) -> Markup {
    html! {
        button name="do" value={ (name) "-" (at) } aria-label={ (words) ": question " (at + 1) } { (words) }
    }
}
