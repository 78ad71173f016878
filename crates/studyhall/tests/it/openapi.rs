//! The OpenAPI document: as the routes are, and with examples that are accepted.

use std::collections::BTreeSet;

use serde_json::{Map, Value, json};
use studyhall::api;
use twinbase_testkit::browser::Browser;

use crate::{
    cli::program::Place,
    forms,
    friends::befriend,
    operator::operator,
    rights,
    support::{Answer, Combination, Member, Studyhall, on_two_combinations},
};

on_two_combinations! {
    what_is_mounted_is_described_and_what_is_described_is_mounted,
    every_example_of_a_body_is_accepted_and_answered_as_described,
    a_parameter_of_a_path_is_said_to_be_a_name_or_an_id,
    every_described_parameter_of_a_query_exists_and_no_other,
    every_operation_shows_an_example_and_lists_what_can_go_wrong,
}

async fn document(app: &Studyhall) -> Value {
    let document = app.call("GET", "/api/openapi.json").send().await;
    let document = document.expect(200).body;
    assert_eq!(document["openapi"], "3.1.0");
    document
}

fn object(value: &Value) -> &Map<String, Value> {
    value.as_object().expect("it is an object")
}

/// Every path that a router has, as its own debug text shows them.
pub(crate) fn mounted(router: &axum::Router) -> BTreeSet<String> {
    let text = format!("{router:?}");
    let texts = text.split('"').skip(1).step_by(2);
    let is_path = |text: &&str| text.len() > 1 && text.starts_with('/');
    let paths = texts.filter(|text| is_path(text) && !text.contains("__private"));
    paths.map(str::to_owned).collect()
}

/// The methods of a path, as a request by another one is answered: by an operator, who is let through everywhere. `HEAD` goes with
/// `GET`.
pub(crate) async fn allowed(app: &Studyhall, path: &str, by: &Member) -> BTreeSet<String> {
    let path = path.replace(['{', '}'], "");
    let refused = app.call("PROPFIND", &path).by(&by.token);
    let refused = refused.send().await.expect(405);
    let allowed = refused.header("allow").split(',');
    allowed
        .map(|method| method.trim().to_owned())
        .filter(|method| method != "HEAD")
        .collect()
}

async fn what_is_mounted_is_described_and_what_is_described_is_mounted(on: Combination) {
    let app = Studyhall::start_without_worker(on).await;
    let document = document(&app).await;
    let described: BTreeSet<_> = object(&document["paths"]).keys().cloned().collect();
    let mounted = mounted(&api::router(&app.state));
    let (first, other): (BTreeSet<_>, BTreeSet<_>) = mounted
        .into_iter()
        .partition(|path| path.starts_with("/api/v1/") || !path.starts_with("/api/"));
    assert_eq!(first, described);
    // The same below `/api`, and the document with its viewer.
    let versioned = first
        .iter()
        .filter_map(|path| path.strip_prefix("/api/v1/"));
    let mut expected: BTreeSet<_> = versioned.map(|path| format!("/api/{path}")).collect();
    let files = ["", "/start.js", "/swagger-ui-bundle.js", "/swagger-ui.css"];
    expected.extend(files.map(|file| format!("/api/docs{file}")));
    expected.insert("/api/openapi.json".to_owned());
    assert_eq!(other, expected);
    let unwell = &document["paths"]["/health"]["get"]["responses"]["503"]["content"];
    assert_eq!(object(unwell).len(), 2, "the report and problems: {unwell}");
    // A method that no path has is answered with those that it has.
    let boss = operator(&app, "grace").await;
    for (path, operations) in object(&document["paths"]) {
        let methods = object(operations).keys();
        let methods: BTreeSet<_> = methods.map(|method| method.to_ascii_uppercase()).collect();
        assert_eq!(methods, allowed(&app, path, &boss).await, "{path}");
    }
}

/// The answer has the status, the required fields and the headers that the document has.
fn check_answer(operation: &Value, answer: &Answer) {
    let response = &operation["responses"][answer.status.to_string()];
    assert!(response.is_object(), "{} {}", answer.status, answer.text);
    let mut schemas = vec![&response["content"]["application/json"]["schema"]];
    while let Some(schema) = schemas.pop() {
        schemas.extend(schema["allOf"].as_array().into_iter().flatten());
        for field in schema["required"].as_array().into_iter().flatten() {
            let field = field.as_str().expect("it is a name");
            assert!(
                !answer.body[field].is_null() || answer.text.contains(field),
                "{field}"
            );
        }
    }
    for header in ["etag", "location", "sync-token", "x-read-source"] {
        let headers = response["headers"].as_object().into_iter().flatten();
        let mut names = headers.map(|(name, _)| name.to_ascii_lowercase());
        let is_sent = !answer.header(header).is_empty();
        assert!(
            !is_sent || names.any(|name| name == header),
            "{header}: {response:#}"
        );
    }
}

async fn every_example_of_a_body_is_accepted_and_answered_as_described(on: Combination) {
    // A rebuild is refused where no worker runs.
    let app = Studyhall::start(on).await;
    let document = document(&app).await;
    let boss = operator(&app, "grace").await;
    let todo = app.todo(&boss, "Chapter 1").await;
    let form = forms::opened(
        &app,
        &boss,
        json!({ "allowsMore": true, "questions": forms::two() }),
    )
    .await;
    let bea = app.member("bea").await;
    befriend(&app, &boss, &bea).await;
    let mut sent = 0;
    for (path, operations) in object(&document["paths"]) {
        for (method, operation) in object(operations) {
            let media = &operation["requestBody"]["content"]["application/json"];
            let Some(example) = media["schema"].get("example") else {
                continue;
            };
            let mut example = example.clone();
            if path.ends_with("/login") || path.ends_with("/account/delete") {
                // There may be no such user yet, or none any more.
                continue;
            }
            if path.ends_with("/outbox/discard") {
                // The other verbs must not have one.
                example["reason"] = "They are of no use.".into();
            }
            if path.ends_with("/timer/stop") {
                // The one that was started before was discarded.
                let timer = app.call("POST", "/api/v1/sessions/timer").by(&boss.token);
                let timer = timer.json(&json!({ "subject": "Algebra" })).send().await;
                timer.expect(200);
            }
            let id = if path.contains("users") {
                &boss.id
            } else if path.contains("/forms/") {
                form.str("id")
            } else {
                todo.str("id")
            };
            let path = path.replace("{id}", id).replace("{name}", "bea");
            let path = path.replace("{collection}", "todos");
            let call = app
                .call(&method.to_ascii_uppercase(), &path)
                .by(&boss.token);
            let answer = call.json(&example).send().await;
            assert!(answer.status < 300, "{method} {path}: {}", answer.text);
            check_answer(operation, &answer);
            sent += 1;
        }
    }
    assert!(sent >= 8, "{sent}");
    let login = &document["paths"]["/api/v1/login"]["post"];
    let example = &login["requestBody"]["content"]["application/json"]["schema"]["example"];
    let unknown = app.call("POST", "/api/v1/login").json(example).send().await;
    check_answer(login, &unknown);
}

async fn a_parameter_of_a_path_is_said_to_be_a_name_or_an_id(on: Combination) {
    let app = Studyhall::start_without_worker(on).await;
    let document = document(&app).await;
    let thread = &document["paths"]["/api/v1/messages/{name}"];
    for (method, is) in [
        ("get", "The name of a user."),
        ("post", "The name of a user."),
        ("delete", "An id."),
    ] {
        let parameters = thread[method]["parameters"].as_array().expect("a list");
        let of_path = parameters.iter().find(|one| one["in"] == "path");
        assert_eq!(of_path.expect("one")["description"], is, "{method}");
    }
}

async fn every_described_parameter_of_a_query_exists_and_no_other(on: Combination) {
    let app = Studyhall::start_without_worker(on).await;
    let document = document(&app).await;
    let boss = operator(&app, "grace").await;
    for (path, operations) in object(&document["paths"]) {
        let operation = &operations["get"];
        if !operation.is_object() || path.contains('{') || !path.starts_with("/api/v1/") {
            continue;
        }
        let get = |query: String| {
            app.call("GET", &format!("{path}?{query}"))
                .by(&boss.token)
                .send()
        };
        let parameters = operation["parameters"].as_array().into_iter().flatten();
        for parameter in parameters.filter(|parameter| parameter["in"] == "query") {
            let name = parameter["name"].as_str().expect("it has a name");
            // Given twice it is refused under its own name, where it is known at all.
            let refused = get(format!("{name}=%00&{name}=%00")).await;
            let refused = refused.problem(400, "invalid-parameter");
            assert_eq!(refused.body["errors"][0]["parameter"], name);
            assert_ne!(
                refused.body["errors"][0]["detail"], "does not exist here",
                "{path}"
            );
            if let Some(most) = parameter["schema"]["maximum"].as_u64() {
                get(format!("{name}={most}")).await.expect(200);
                let above = get(format!("{name}={}", most + 1)).await;
                above.problem(400, "invalid-parameter");
            }
        }
        let answer = get(String::new()).await.expect(200);
        check_answer(operation, &answer);
        get("unknown=1".to_owned())
            .await
            .problem(400, "invalid-parameter");
    }
}

async fn every_operation_shows_an_example_and_lists_what_can_go_wrong(on: Combination) {
    let app = Studyhall::start_without_worker(on).await;
    let document = document(&app).await;
    let mut wrong = Vec::new();
    for (path, operations) in object(&document["paths"]) {
        for (method, operation) in object(operations) {
            let mut lacks = |what: String| wrong.push(format!("{method} {path} lacks {what}"));
            let responses = object(&operation["responses"]);
            let bodies = responses
                .iter()
                .filter(|(status, _)| status.starts_with('2'));
            let bodies = bodies.map(|(_, response)| response);
            for body in bodies.chain([&operation["requestBody"]]) {
                for (kind, media) in body["content"].as_object().into_iter().flatten() {
                    let schema = &media["schema"];
                    if schema["example"].is_null() {
                        lacks(format!("an example of {kind}"));
                    }
                    for field in schema["required"].as_array().into_iter().flatten() {
                        if schema["example"]
                            .get(field.as_str().expect("a name"))
                            .is_none()
                        {
                            lacks(format!("{field} in its example of {kind}"));
                        }
                    }
                }
            }
            for status in expected(path, method, operation) {
                if !responses.contains_key(status) {
                    lacks(status.to_owned());
                }
            }
        }
    }
    // Whatever anybody is answered when the table of rights is walked.
    for row in rights::rows() {
        let path = row.path.split('?').next().unwrap_or_default();
        let operation = &document["paths"][path][row.method.to_ascii_lowercase()];
        let statuses = row.cells.iter().flat_map(|cell| &cell.statuses);
        for status in statuses.filter(|status| operation["responses"][status.to_string()].is_null())
        {
            wrong.push(format!(
                "{} lacks {status}, which somebody is answered",
                row.route()
            ));
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

/// What can go wrong with an operation by what it takes.
fn expected(path: &str, method: &str, operation: &Value) -> Vec<&'static str> {
    let parameters = operation["parameters"].as_array().into_iter().flatten();
    let names: Vec<_> = parameters.filter_map(|of| of["name"].as_str()).collect();
    let takes = |name| names.contains(&name);
    let security = operation["security"].as_array();
    let is_secured = security.is_some_and(|of| !of.is_empty());
    let rules: [(bool, &[&str]); 8] = [
        (true, &["500", "503"]),
        (is_secured, &["401"]),
        (path.contains('{'), &["404"]),
        (
            operation["requestBody"].is_object(),
            &["400", "413", "415", "422"],
        ),
        (takes("Idempotency-Key"), &["400", "409", "422"]),
        (takes("If-Match"), &["400", "412"]),
        (takes("If-None-Match"), &["304", "400"]),
        (is_secured && method != "get", &["403", "429"]),
    ];
    let apply = rules.into_iter().filter(|(applies, _)| *applies);
    apply.flat_map(|(_, statuses)| statuses).copied().collect()
}

#[tokio::test]
async fn the_viewer_shows_the_routes_in_a_real_browser() {
    let Some(browser) = Browser::from_env() else {
        return;
    };
    let running = Place::new().start(&[]).await;
    let tab = browser.tab().await;
    tab.goto(&format!("{}/api/docs", running.url)).await;
    for text in ["Writes a todo down", "Signs up, with a first todo"] {
        tab.until_text("body", text).await;
    }
    assert_eq!(tab.troubles(), [""; 0]);
    running.stop().await;
}
