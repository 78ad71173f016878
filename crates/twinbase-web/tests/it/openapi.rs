//! The OpenAPI document of the example service.

use serde_json::Value;

use crate::support::Service;

#[tokio::test]
async fn what_the_document_shows_as_an_example_is_accepted() {
    let service = Service::start().await;
    let document = service.get("/api/openapi.json", &[]).await.body;
    assert_eq!(document["openapi"], "3.1.0");
    let create = &document["paths"]["/notes"]["post"];
    let schema = &create["requestBody"]["content"]["application/json"]["schema"];
    assert_eq!(schema["required"], serde_json::json!(["text"]));
    assert_eq!(schema["properties"]["text"]["maxLength"], 4_000);
    let made = service.note(&schema["example"].to_string(), &[]).await;
    assert_eq!(made.status, 201);
    for header in ["etag", "location", "sync-token"] {
        assert!(!made.header(header).is_empty(), "{header}");
        let mut described = create["responses"]["201"]["headers"]
            .as_object()
            .into_iter()
            .flatten();
        assert!(
            described.any(|(name, _)| name.eq_ignore_ascii_case(header)),
            "{header}"
        );
    }
    let shown = &create["responses"]["201"]["content"]["application/json"]["schema"];
    let names = |object: &Value| {
        object
            .as_object()
            .map(|of| of.keys().cloned().collect::<Vec<_>>())
    };
    assert_eq!(names(&shown["properties"]), names(&made.body));
}

#[tokio::test]
async fn what_every_extractor_reads_is_described() {
    let service = Service::start().await;
    let document = service.get("/api/openapi.json", &[]).await.body;
    let check = |path: &str, method: &str, parameters: &[&str], problems: &[(&str, &str)]| {
        let operation = &document["paths"][path][method];
        let names: Vec<_> = operation["parameters"]
            .as_array()
            .into_iter()
            .flatten()
            .collect();
        let names: Vec<_> = names.iter().filter_map(|of| of["name"].as_str()).collect();
        assert_eq!(names, parameters);
        for (status, code) in problems {
            let response = &operation["responses"][status];
            let schema = &response["content"]["application/problem+json"]["schema"];
            let codes = &schema["allOf"][1]["properties"]["code"]["enum"];
            let codes = codes.as_array().expect("it lists codes");
            assert!(codes.contains(&(*code).into()), "{path} {status} {codes:?}");
        }
    };
    check(
        "/notes/{id}",
        "get",
        &["id", "If-None-Match", "Sync-Token", "Prefer", "consistency"],
        &[("404", "not-found"), ("503", "not-caught-up")],
    );
    check(
        "/notes",
        "post",
        &["Idempotency-Key"],
        &[
            ("409", "idempotency-in-progress"),
            ("422", "invalid-fields"),
        ],
    );
    check(
        "/notes",
        "get",
        &["limit", "cursor", "Sync-Token", "Prefer", "consistency"],
        &[("400", "invalid-parameter"), ("500", "internal")],
    );
}

#[tokio::test]
async fn the_viewer_loads_its_own_files_and_runs_nothing_inline() {
    let service = Service::start().await;
    let page = service.get("/api/docs", &[]).await;
    let policy = page.header("content-security-policy");
    assert!(
        policy.contains("script-src 'self'") && !policy.contains("unsafe"),
        "{policy}"
    );
    let links = page
        .text
        .split(['"'])
        .filter(|part| part.starts_with("docs/"));
    let links: Vec<_> = links.collect();
    assert_eq!(links.len(), 3, "{links:?}");
    for link in links {
        let file = service.get(&format!("/api/{link}"), &[]).await;
        assert_eq!(file.status, 200, "{link}");
        assert!(!page.text.contains("<script>") && !page.text.contains("style="));
    }
}
