//! The table of expressions: one file per family, one line per case: the manual's rule, the expression, its value.
//!
//! Expressions and values are MongoDB's extended JSON. `missing` is a field that is not there, `error: text` an error that has
//! the text, and a line that begins with `doc` gives the document that the following cases are evaluated on.

use bson::{Bson, doc};

use crate::support::{Scratch, fill};

fn check(table: &str) {
    let mut store = Scratch::new();
    let (mut failures, mut cases) = (Vec::new(), 0);
    for line in table.lines().filter(|line| !line.is_empty()) {
        if let Some(text) = line.strip_prefix("doc ") {
            let Bson::Document(mut document) = value(text) else {
                panic!("{text} is no document")
            };
            document.insert("_id", "a");
            store = Scratch::new();
            fill(&store, "c", &[document]);
            continue;
        }
        let parts: Vec<&str> = line.split(" | ").collect();
        let [rule, expression, expected] = parts[..] else {
            panic!("{line:?} has not three parts")
        };
        cases += 1;
        let found = evaluate(&store, value(expression));
        let right = match expected.strip_prefix("error: ") {
            Some(text) => matches!(&found, Err(error) if error.contains(text)),
            None if expected == "missing" => found == Ok(None),
            None => matches!(&found, Ok(Some(found)) if bytes(found) == bytes(&value(expected))),
        };
        if !right {
            failures.push(format!("{rule}: {expression} is {found:?}, not {expected}"));
        }
    }
    assert!(failures.is_empty(), "{}", failures.join("\n"));
    assert!(cases > 10, "the table was read");
}

/// Bytes, because documents compare without the order of their fields, which is a part of what is expected.
fn bytes(value: &Bson) -> Vec<u8> {
    doc! { "v": value.clone() }.to_vec().unwrap()
}

/// Read as BSON at once, because `serde_json::Value` forgets the order of fields.
fn value(json: &str) -> Bson {
    serde_json::from_str(json).unwrap_or_else(|e| panic!("{json}: {e}"))
}

fn evaluate(store: &Scratch, expression: Bson) -> Result<Option<Bson>, String> {
    // Under $replaceWith a bare 1 is a value; under $project it would keep a field.
    let stage = doc! { "$replaceWith": { "value": expression } };
    let mut found = store
        .aggregate("c", &[stage])
        .map_err(|error| error.to_string())?;
    Ok(found.remove(0).remove("value"))
}

#[test]
fn arithmetic_follows_the_manual() {
    check(include_str!("tables/arithmetic.txt"));
}

#[test]
fn comparison_and_conditions_follow_the_manual() {
    check(include_str!("tables/compare.txt"));
}

#[test]
fn strings_follow_the_manual() {
    check(include_str!("tables/string.txt"));
}

#[test]
fn arrays_sets_and_objects_follow_the_manual() {
    check(include_str!("tables/array.txt"));
}

#[test]
fn conversions_follow_the_manual() {
    check(include_str!("tables/convert.txt"));
}

#[test]
fn decimals_follow_the_manual() {
    check(include_str!("tables/decimal.txt"));
}

#[test]
fn dates_follow_the_manual() {
    check(include_str!("tables/date.txt"));
}

#[test]
fn dates_as_text_follow_the_manual() {
    check(include_str!("tables/date_text.txt"));
}
