//! What the service promises, on databases of each test's own.

use axum::{
    Router,
    body::Body,
    http::{Request, StatusCode},
    response::Response,
};
use http_body_util::BodyExt as _;
use serde_json::{Value as Json, json};
use tower::ServiceExt as _;
use twinbase::prelude::*;
use twinbase_testkit::TestTwin;

use crate::{
    app,
    note::{Note, Words},
    router,
};

async fn send(
    router: &Router,
    method: &str,
    uri: &str,
    headers: &[(&str, &str)],
    body: Json,
) -> Response {
    let mut request = Request::builder().method(method).uri(uri);
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    let request = request.header("content-type", "application/json");
    let request = request
        .body(Body::from(body.to_string()))
        .expect("a request");
    router.clone().oneshot(request).await.expect("a response")
}

async fn json_of(response: Response) -> Json {
    let body = response.into_body().collect().await.expect("a body");
    serde_json::from_slice(&body.to_bytes()).expect("JSON")
}

fn header(response: &Response, name: &str) -> String {
    let value = response.headers().get(name).expect(name);
    value.to_str().expect("text").to_owned()
}

#[tokio::test]
async fn the_aggregate_is_in_order() {
    let twin = TestTwin::open(app()).await;
    let note = Note {
        id: twin.new_id(),
        author: Words::parse("ada").expect("an author"),
        text: Words::parse("hello").expect("a text"),
        draft: Some("helo".to_owned()).into(),
        created_at: twin.now(),
        updated_at: twin.now(),
    };
    twin.check_aggregate(&[note]).await;
}

#[tokio::test]
async fn a_note_is_created_changed_listed_and_deleted() {
    let twin = TestTwin::open(app()).await;
    let router = router(&twin);
    let new = json!({ "author": "ada", "text": "hello" });
    let made = send(&router, "POST", "/notes", &[], new).await;
    assert_eq!(made.status(), StatusCode::CREATED);
    let (place, tag) = (header(&made, "location"), header(&made, "etag"));
    let text = json!({ "text": "good evening" });
    let changed = send(
        &router,
        "PATCH",
        &place,
        &[("if-match", &tag)],
        text.clone(),
    )
    .await;
    assert_eq!(changed.status(), StatusCode::OK);
    let late = send(&router, "PATCH", &place, &[("if-match", &tag)], text).await;
    assert_eq!(late.status(), StatusCode::PRECONDITION_FAILED);
    // The token of the change: the list waits for it.
    let token = header(&changed, "sync-token");
    let seen = [("sync-token", token.as_str()), ("prefer", "wait=10")];
    let list = send(&router, "GET", "/notes?author=ada", &seen, Json::Null).await;
    let list = json_of(list).await;
    assert!(list.to_string().contains("good evening"), "{list}");
    let gone = send(&router, "DELETE", &place, &[], Json::Null).await;
    assert_eq!(gone.status(), StatusCode::OK);
    let absent = send(&router, "DELETE", &place, &[], Json::Null).await;
    assert_eq!(absent.status(), StatusCode::NOT_FOUND);
}
