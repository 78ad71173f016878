//! Tests of answers against their questions.

use serde_json::json;

use super::*;

fn questions(all: &Json) -> Questions {
    serde_json::from_value(all.clone()).expect("they are questions")
}

fn all_kinds() -> Questions {
    questions(&json!([
        { "id": "short", "text": "a", "required": true, "kind": "shortText" },
        { "id": "long", "text": "b", "required": false, "kind": "longText" },
        { "id": "one", "text": "c", "required": false, "kind": "oneOf", "choices": ["Yes", "é"] },
        { "id": "many", "text": "d", "required": false, "kind": "manyOf", "choices": ["a", "b", "c"] },
        { "id": "scale", "text": "e", "required": false, "kind": "scale", "steps": 5 },
        { "id": "number", "text": "f", "required": false, "kind": "number" },
        { "id": "date", "text": "g", "required": false, "kind": "date" },
    ]))
}

/// What becomes of one answer beside the one that must be there.
fn one(id: &str, sent: Json) -> Result<Option<Json>, String> {
    let questions = all_kinds();
    let mut all = json!({ "short": "x" });
    all[id] = sent;
    let sent = all.as_object().expect("it is an object");
    match Answers::check(&questions, sent) {
        Ok(answers) => Ok(answers.0.get(id).cloned()),
        Err(wrong) => {
            assert_eq!(wrong.len(), 1);
            assert_eq!(wrong[0].question, id);
            Err(wrong[0].reason.clone())
        }
    }
}

#[test]
fn each_kind_takes_its_answers_in_one_form() {
    for (id, sent, kept) in [
        ("short", json!("  e\u{301} "), json!("é")),
        ("long", json!("a\r\nb\0"), json!("a\nb")),
        ("one", json!("e\u{301}"), json!("é")),
        ("many", json!(["c", "a"]), json!(["a", "c"])),
        ("many", json!("b"), json!(["b"])),
        ("scale", json!(5), json!(5)),
        ("scale", json!("1"), json!(1)),
        ("scale", json!(2.0), json!(2)),
        ("number", json!(-3.50), json!(-3.5)),
        ("number", json!("3.0"), json!(3)),
        (
            "number",
            json!(999_999_999_999_999_i64),
            json!(999_999_999_999_999_i64),
        ),
        ("date", json!("2028-02-29"), json!("2028-02-29")),
    ] {
        assert_eq!(one(id, sent), Ok(Some(kept)), "{id}");
    }
}

#[test]
fn each_kind_refuses_what_is_none_of_its_answers() {
    for (id, sent) in [
        ("short", json!(" ")),
        ("short", json!(1)),
        ("short", json!("x".repeat(201))),
        ("long", json!("x".repeat(5_001))),
        ("one", json!("No")),
        ("one", json!(["Yes"])),
        ("many", json!(["a", "a"])),
        ("many", json!(["a", "z"])),
        ("many", json!([["a"]])),
        ("scale", json!(0)),
        ("scale", json!(6)),
        ("scale", json!(2.5)),
        ("scale", json!(-1)),
        ("number", json!("1e400")),
        ("number", json!("NaN")),
        ("number", json!("inf")),
        ("number", json!(1e15)),
        ("number", json!(true)),
        ("date", json!("2030-02-30")),
        ("date", json!("2030-01-31T09:00:00")),
        ("date", json!("20300131")),
        ("nobody", json!("x")),
    ] {
        assert!(one(id, sent.clone()).is_err(), "{id}: {sent}");
    }
}

#[test]
fn nothing_is_no_answer_and_what_must_be_answered_is_told() {
    for nothing in [json!(null), json!(""), json!([])] {
        assert_eq!(one("long", nothing.clone()), Ok(None), "{nothing}");
        assert_eq!(one("short", nothing), Err("must be answered".to_owned()));
    }
    let wrong = Answers::check(&all_kinds(), &Map::new()).expect_err("one is missing");
    assert_eq!(wrong.len(), 1);
}

#[test]
fn all_that_is_wrong_is_told_at_once() {
    let sent = json!({ "scale": 9, "date": "soon", "other": 1 });
    let wrong = Answers::check(&all_kinds(), sent.as_object().expect("an object"));
    let wrong = wrong.expect_err("four are wrong");
    let ids: Vec<_> = wrong.iter().map(|wrong| wrong.question.as_str()).collect();
    assert_eq!(ids, ["short", "scale", "date", "other"]);
}
