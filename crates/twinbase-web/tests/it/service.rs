//! What a service has that is made of the parts of this crate.

use crate::support::Service;

const FORM: (&str, &str) = ("content-type", "application/x-www-form-urlencoded");
const BROWSER: (&str, &str) = (
    "accept",
    "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8",
);

#[tokio::test]
async fn a_write_is_seen_by_a_read_with_its_token_and_known_by_its_version() {
    let service = Service::start().await;
    let made = service.note(r#"{"text": "a"}"#, &[]).await;
    assert_eq!((made.status, made.header("etag")), (201, "\"1\""));
    let (place, token) = (made.header("location"), made.header("sync-token"));
    let seen = service.get(place, &[("sync-token", token)]).await;
    assert_eq!(
        (seen.status, seen.header("x-read-source")),
        (200, "primary")
    );
    assert_eq!(seen.body["text"], "a");
    service.catch_up().await;
    let seen = service.get(place, &[("sync-token", token)]).await;
    assert_eq!(
        (seen.status, seen.header("x-read-source")),
        (200, "replica")
    );
    let known = service.get(place, &[("if-none-match", "\"1\"")]).await;
    assert_eq!((known.status, known.text.as_str()), (304, ""));
}

#[tokio::test]
async fn a_list_without_the_write_of_the_token_is_the_primarys_or_none() {
    let service = Service::start().await;
    let made = service.note(r#"{"text": "a"}"#, &[]).await;
    let token = [("sync-token", made.header("sync-token"))];
    let first = service.get("/notes", &token).await;
    assert_eq!(first.header("x-read-source"), "primary");
    assert_eq!(first.body["items"][0]["text"], "a");
    let late = service.get("/notes?consistency=strict", &token).await;
    assert_eq!(
        (late.status, &late.body["code"]),
        (503, &"not-caught-up".into())
    );
    assert_eq!(late.header("retry-after"), "1");
    service.catch_up().await;
    let now = service.get("/notes?consistency=strict", &token).await;
    assert_eq!(now.header("x-read-source"), "replica");
    assert_eq!(now.body, first.body);
    let bad = service.get("/notes?cursor=1MQ", &[]).await;
    assert_eq!(
        (bad.status, &bad.body["code"]),
        (400, &"invalid-parameter".into())
    );
}

#[tokio::test]
async fn a_request_sent_again_with_its_key_is_done_once() {
    let service = Service::start().await;
    let key = [("idempotency-key", "k1")];
    let first = service.note(r#"{"text": "a"}"#, &key).await;
    let again = service.note(r#"{ "text":"a" }"#, &key).await;
    assert_eq!((again.status, &again.text), (201, &first.text));
    assert_eq!(again.header("idempotency-replayed"), "true");
    assert_eq!(again.header("sync-token"), first.header("sync-token"));
    let other = service.note(r#"{"text": "b"}"#, &key).await;
    assert_eq!(other.body["code"], "idempotency-mismatch");
}

#[tokio::test]
async fn pages_are_linked() {
    let service = Service::start().await;
    for text in ["a", "b", "c"] {
        service.note(&format!(r#"{{"text": "{text}"}}"#), &[]).await;
    }
    service.catch_up().await;
    let (mut uri, mut seen) = ("/notes?limit=2".to_owned(), Vec::new());
    while !uri.is_empty() {
        let page = service.get(&uri, &[]).await;
        let items = page.body["items"].as_array().expect("it has items");
        assert!((1..=2).contains(&items.len()));
        seen.extend(items.iter().map(|note| note["text"].to_string()));
        let link = page.header("link").trim_start_matches('<');
        uri = link.split('>').next().unwrap_or_default().to_owned();
    }
    seen.sort();
    assert_eq!(seen, ["\"a\"", "\"b\"", "\"c\""]);
}

#[tokio::test]
async fn a_form_of_a_page_is_read_as_json_is_and_only_from_ones_own_page() {
    let service = Service::start().await;
    let made = service.call("POST", "/notes", &[FORM], "text=a+b").await;
    assert_eq!((made.status, &made.body["text"]), (201, &"a b".into()));
    let empty = service.call("POST", "/notes", &[FORM], "text=&x=1").await;
    assert_eq!(empty.body["errors"][0]["pointer"], "/text");
    assert_eq!(empty.body["errors"][1]["pointer"], "/x");
    let foreign = [FORM, ("sec-fetch-site", "cross-site")];
    let refused = service.call("POST", "/notes", &foreign, "text=a").await;
    assert_eq!(refused.body["code"], "cross-site");
}

#[tokio::test]
async fn an_error_is_a_page_for_a_browser_and_a_document_for_a_program() {
    let service = Service::start().await;
    let page = service.get("/nothing", &[BROWSER]).await;
    assert_eq!(page.status, 404);
    assert_eq!(page.header("content-type"), "text/html; charset=utf-8");
    assert_eq!(page.header("vary"), "Accept");
    for part in [
        "Not found",
        "There is nothing at /nothing.",
        page.header("x-request-id"),
    ] {
        assert!(page.text.contains(part), "{part} in {}", page.text);
    }
    let document = service.get("/nothing", &[("accept", "*/*")]).await;
    assert_eq!(document.header("content-type"), "application/problem+json");
    assert_eq!(document.body["type"], "urn:notes:problem:not-found");
    assert_eq!(document.body["instance"], document.header("x-request-id"));
    assert_eq!(document.header("vary"), "Accept");
    // What a framework refuses by itself is one as well.
    let refused = service.call("DELETE", "/notes", &[BROWSER], "").await;
    assert_eq!(
        (refused.status, refused.header("allow")),
        (405, "GET,HEAD,POST")
    );
    assert!(
        refused.text.starts_with("<!DOCTYPE html>"),
        "{}",
        refused.text
    );
}
