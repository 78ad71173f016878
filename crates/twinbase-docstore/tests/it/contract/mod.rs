//! The contract: what the tables of [`twinbase_docstore::language`] say is what the store does, and `SUBSET.md` is made of them.

mod ask;
mod render;

use std::fmt::Write as _;

use twinbase_docstore::Error;
use twinbase_docstore::language::{Support, families};

pub(crate) use ask::{Question, document, question};

use crate::support::{Scratch, fill, text};

const TEMPLATE: &str = include_str!("template.md");
const CONTRACT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/SUBSET.md");
/// Set to 1, it has the contract written instead of compared.
const BLESS: &str = "TWINBASE_BLESS";

#[test]
fn every_operator_is_answered_or_refused_as_the_contract_says() {
    let store = Scratch::new();
    store
        .ensure_collection("c", &[text("text", &[("s", 1)])])
        .unwrap();
    fill(&store, "c", &[document()]);
    let mut wrong = String::new();
    for family in families() {
        for operator in family.operators {
            let found: Vec<_> = ask::questions(family.place, operator)
                .iter()
                .map(|question| ask::ask(&store, question))
                .collect();
            let right = |answer: &Result<_, Error>| match (operator.support, answer) {
                (
                    Support::Refused,
                    Err(Error::Unsupported {
                        operator: named, ..
                    }),
                ) => named.contains(operator.name),
                (Support::Refused, _) => false,
                (_, answer) => answer.is_ok(),
            };
            if let Some(answer) = found.iter().find(|answer| !right(answer)) {
                writeln!(
                    wrong,
                    "{} of {}: listed as {:?}, but {answer:?}",
                    operator.name, family.title, operator.support
                )
                .unwrap();
            }
        }
    }
    assert!(wrong.is_empty(), "mend src/language:\n{wrong}");
}

#[test]
fn no_operator_is_listed_twice_in_one_place() {
    let mut seen = std::collections::HashSet::new();
    for family in families() {
        for operator in family.operators {
            // Expressions and filters share names between families: comparison stands in several places, each once.
            assert!(
                seen.insert((format!("{:?}", family.place), operator.name)),
                "{} of {} is listed twice",
                operator.name,
                family.title
            );
        }
    }
    assert!(seen.len() > 250, "the tables were read: {}", seen.len());
}

#[test]
fn the_contract_is_made_of_the_tables() {
    let made = render::contract(TEMPLATE);
    if std::env::var(BLESS).is_ok_and(|value| value == "1") {
        std::fs::write(CONTRACT, &made).unwrap();
    }
    let written = std::fs::read_to_string(CONTRACT).unwrap();
    assert!(
        written == made,
        "SUBSET.md is not what the tables and its template say; run this test with {BLESS}=1 to write it"
    );
}
