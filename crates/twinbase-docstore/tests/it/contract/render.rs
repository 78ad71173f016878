//! The text of the contract: a template with the tables in the places that are marked.

use std::fmt::Write as _;

use twinbase_docstore::language::{Family, Place, Support, families};

use crate::differential::unproven;

/// Each mark stands on a line of its own.
pub(super) fn contract(template: &str) -> String {
    let of = |places: &[Place]| tables(families().filter(|family| places.contains(&family.place)));
    template
        .replace("{filters}\n", &of(&[Place::Filter, Place::Projection]))
        .replace(
            "{stages}\n",
            &of(&[Place::Stage, Place::Accumulator, Place::Window]),
        )
        .replace("{expressions}\n", &of(&[Place::Expression]))
        .replace("{unproven}\n", &unproven_text())
}

fn tables<'f>(families: impl Iterator<Item = &'f Family>) -> String {
    let mut table = String::from("| | Supported | Refused |\n|---|---|---|\n");
    let mut differences = String::new();
    for family in families {
        let names = |refused: bool| {
            let operators = family.operators.iter();
            code(
                operators
                    .filter(|o| (o.support == Support::Refused) == refused)
                    .map(|o| o.name),
            )
        };
        writeln!(
            table,
            "| {} | {} | {} |",
            family.title,
            names(false),
            names(true)
        )
        .unwrap();
        differences += &differences_of(family);
    }
    if !differences.is_empty() {
        write!(table, "\nDifferences:\n\n{differences}").unwrap();
    }
    table
}

/// One line for all operators of a family that differ in the same way.
fn differences_of(family: &Family) -> String {
    let mut lines: Vec<(&str, Vec<&str>)> = Vec::new();
    for operator in family.operators {
        let Support::Differs(how) = operator.support else {
            continue;
        };
        match lines.iter_mut().find(|(text, _)| *text == how) {
            Some((_, names)) => names.push(operator.name),
            None => lines.push((how, vec![operator.name])),
        }
    }
    let mut text = String::new();
    for (how, names) in lines {
        writeln!(
            text,
            "- {}, {}: {how}",
            family.title,
            code(names.into_iter())
        )
        .unwrap();
    }
    text
}

fn unproven_text() -> String {
    let mut text = String::new();
    for (reason, names) in unproven::by_reason() {
        writeln!(text, "- {}: {reason}", code(names.into_iter())).unwrap();
    }
    text
}

fn code<'n>(names: impl Iterator<Item = &'n str>) -> String {
    let names: Vec<_> = names.collect();
    if names.is_empty() {
        return String::new();
    }
    format!("`{}`", names.join(" "))
}
