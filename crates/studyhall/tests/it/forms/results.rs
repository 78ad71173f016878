//! Results of forms: counts, shares and texts, each version by itself, and as CSV.

use serde_json::{Value, json};

use super::{opened, patch, respond};
use crate::support::{Answer, Combination, Member, Studyhall, on_two_combinations};

on_two_combinations! {
    each_kind_of_question_has_its_results,
    versions_are_kept_apart,
    a_file_has_every_response_and_no_formula,
    a_form_without_responses_has_results_all_the_same,
}

fn all_kinds() -> Value {
    json!([
        { "id": "short", "kind": "longText", "text": "=1+1" },
        { "id": "one", "kind": "oneOf", "text": "Which, \"one\"?", "choices": ["a", "b", "c"] },
        { "id": "many", "kind": "manyOf", "text": "Which?", "choices": ["x; y", "y"] },
        { "id": "scale", "kind": "scale", "text": "How much?", "steps": 3 },
        { "id": "number", "kind": "number", "text": "How many?" },
        { "id": "day", "kind": "date", "text": "When?" },
    ])
}

async fn read(app: &Studyhall, owner: &Member, form: &str, what: &str) -> Answer {
    app.catch_up().await;
    let call = app.call("GET", &format!("/api/v1/forms/{form}/{what}"));
    call.by(&owner.token).send().await
}

async fn answered_by_four(app: &Studyhall, owner: &Member) -> String {
    let more = json!({ "questions": all_kinds(), "allowsMore": true });
    let form = opened(app, owner, more).await;
    let id = form.str("id").to_owned();
    for answers in [
        json!({ "short": "-5", "one": "a", "many": ["x; y", "y"], "scale": 3, "number": 1.5, "day": "2030-01-31" }),
        json!({ "short": "two\nlines", "one": "a", "many": ["y"], "scale": 1, "number": 3, "day": "2030-01-31" }),
        json!({ "one": "b", "scale": 3, "number": 3.0 }),
        json!({}),
    ] {
        respond(app, owner, &id, answers).await.expect(201);
    }
    id
}

fn counts(question: &Value) -> Vec<(Value, i64, f64)> {
    let counts = question["counts"].as_array().into_iter().flatten();
    let read = |count: &Value| {
        let (number, share) = (count["count"].as_i64(), count["share"].as_f64());
        (
            count["answer"].clone(),
            number.expect("a count"),
            share.expect("a share"),
        )
    };
    counts.map(read).collect()
}

async fn each_kind_of_question_has_its_results(on: Combination) {
    let app = Studyhall::start(on).await;
    let ada = app.member("ada").await;
    let form = answered_by_four(&app, &ada).await;
    let results = read(&app, &ada, &form, "results").await.expect(200);
    assert_eq!(results.header("x-read-source"), "replica");
    let version = &results.body["versions"][0];
    assert_eq!(
        (&version["version"], &version["responses"]),
        (&json!(1), &json!(4))
    );
    let [short, one, many, scale, number, day] =
        version["questions"].as_array().expect("a list").as_slice()
    else {
        panic!("{version:#}");
    };
    assert_eq!(short["texts"], json!(["two\nlines", "-5"]));
    assert_eq!(
        (&short["text"], &short["answered"]),
        (&json!("=1+1"), &json!(2))
    );
    assert!(short.get("counts").is_none());
    // Shares are of those who saw the question, not of those who answered it.
    let of = |answer: &str, count, share| (json!(answer), count, share);
    assert_eq!(
        counts(one),
        [of("a", 2, 0.5), of("b", 1, 0.25), of("c", 0, 0.0)]
    );
    assert_eq!(counts(many), [of("x; y", 1, 0.25), of("y", 2, 0.5)]);
    assert_eq!(many["answered"], 2);
    let places = [(json!(1), 1, 0.25), (json!(2), 0, 0.0), (json!(3), 2, 0.5)];
    assert_eq!(counts(scale), places);
    assert_eq!(scale["mean"], 2.33);
    assert_eq!(counts(number), [(json!(3), 2, 0.5), (json!(1.5), 1, 0.25)]);
    assert_eq!(number["mean"], 2.5);
    assert_eq!(counts(day), [of("2030-01-31", 2, 0.5)]);
    assert!(day.get("mean").is_none());
}

async fn versions_are_kept_apart(on: Combination) {
    let app = Studyhall::start(on).await;
    let (ada, bob) = (app.member("ada").await, app.member("bob").await);
    let question = |choices: [&str; 2]| json!([{ "id": "q", "kind": "oneOf", "text": "Which?", "choices": choices }]);
    let form = opened(&app, &ada, json!({ "questions": question(["a", "b"]) })).await;
    let id = form.str("id");
    respond(&app, &bob, id, json!({ "q": "a" }))
        .await
        .expect(201);
    patch(&app, &ada, id, json!({ "questions": question(["a", "c"]) }))
        .await
        .expect(200);
    respond(&app, &ada, id, json!({ "q": "c" }))
        .await
        .expect(201);
    let results = read(&app, &ada, id, "results").await.expect(200);
    let versions = results.body["versions"].as_array().expect("a list");
    assert_eq!(versions.len(), 2);
    let of = |answer: &str, count, share| (json!(answer), count, share);
    let newest = &versions[0];
    assert_eq!(
        (&newest["version"], &newest["responses"]),
        (&json!(2), &json!(1))
    );
    assert_eq!(
        counts(&newest["questions"][0]),
        [of("a", 0, 0.0), of("c", 1, 1.0)]
    );
    assert_eq!(
        counts(&versions[1]["questions"][0]),
        [of("a", 1, 1.0), of("b", 0, 0.0)]
    );

    let latest = read(&app, &ada, id, "results.csv").await.expect(200);
    assert!(
        latest.text.contains(",ada,c\r\n") && !latest.text.contains("bob"),
        "{}",
        latest.text
    );
    let first = read(&app, &ada, id, "results.csv?version=1")
        .await
        .expect(200);
    assert!(
        first.text.contains(",bob,a\r\n") && !first.text.contains("ada"),
        "{}",
        first.text
    );
    let none = read(&app, &ada, id, "results.csv?version=3").await;
    none.problem(404, "not-found");
    let bad = read(&app, &ada, id, "results.csv?version=0").await;
    bad.problem(400, "invalid-parameter");
}

async fn a_file_has_every_response_and_no_formula(on: Combination) {
    let app = Studyhall::start(on).await;
    let ada = app.member("ada").await;
    let form = answered_by_four(&app, &ada).await;
    let file = read(&app, &ada, &form, "results.csv").await.expect(200);
    assert_eq!(file.header("content-type"), "text/csv; charset=utf-8");
    assert_eq!(file.header("cache-control"), "private, no-store");
    assert!(
        file.header("content-disposition")
            .starts_with("attachment; filename=\"responses-")
    );
    assert_eq!(file.header("x-read-source"), "replica");
    let text = file
        .text
        .strip_prefix('\u{feff}')
        .expect("a byte order mark");
    let lines: Vec<&str> = text.split("\r\n").collect();
    let headings = "Answered at,Answered by,\"'=1+1\",\"Which, \"\"one\"\"?\",Which? [x; y],Which? [y],How much?,How many?,When?";
    assert_eq!(lines[0], headings);
    let without_time: Vec<&str> = lines[1..5]
        .iter()
        .map(|line| line.split_once(',').expect("cells").1)
        .collect();
    assert_eq!(
        without_time,
        [
            // A column for each choice, whatever is in its text.
            "ada,\"'-5\",a,1,1,3,1.5,2030-01-31",
            "ada,\"two\nlines\",a,,1,1,3,2030-01-31",
            "ada,,b,,,3,3,",
            "ada,,,,,,,",
        ]
    );
    assert_eq!(lines[5..], [""]);

    // More than one page of responses, each once.
    for i in 0..205 {
        respond(&app, &ada, &form, json!({ "number": i }))
            .await
            .expect(201);
    }
    let file = read(&app, &ada, &form, "results.csv").await.expect(200);
    let mut rows: Vec<&str> = file
        .text
        .lines()
        .filter(|line| line.contains(",ada,,,,,,"))
        .collect();
    assert_eq!(rows.len(), 206);
    rows.dedup();
    assert_eq!(rows.len(), 206);
}

async fn a_form_without_responses_has_results_all_the_same(on: Combination) {
    let app = Studyhall::start(on).await;
    let ada = app.member("ada").await;
    let draft = super::drafted(&app, &ada, json!({})).await;
    let results = read(&app, &ada, draft.str("id"), "results")
        .await
        .expect(200);
    assert_eq!(results.body, json!({ "versions": [] }));
    let file = read(&app, &ada, draft.str("id"), "results.csv").await;
    file.problem(404, "not-found");
    let form = opened(&app, &ada, json!({})).await;
    let results = read(&app, &ada, form.str("id"), "results")
        .await
        .expect(200);
    let version = &results.body["versions"][0];
    assert_eq!(
        (
            &version["responses"],
            counts(&version["questions"][0]).len()
        ),
        (&json!(0), 3)
    );
    let file = read(&app, &ada, form.str("id"), "results.csv")
        .await
        .expect(200);
    assert_eq!(file.text.lines().count(), 1);
}
