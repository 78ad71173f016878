//! Forms and the responses to them.

mod anonymity;
mod answering;
mod deletion;
mod lists;
mod making;
mod results;

use serde_json::{Value, json};

use crate::support::{Answer, Call, Member, Studyhall};

/// Two questions, one of which must be answered.
pub(crate) fn two() -> Value {
    json!([
        { "id": "pace", "kind": "oneOf", "text": "How was the pace?", "required": true, "choices": ["Too fast", "Right", "Too slow"] },
        { "id": "value", "kind": "scale", "text": "How useful?", "steps": 5 },
    ])
}

/// A draft of [`two`] questions, or of what is given.
async fn drafted(app: &Studyhall, owner: &Member, more: Value) -> Answer {
    let mut body = json!({ "title": "Study group", "questions": two() });
    if let (Some(body), Value::Object(more)) = (body.as_object_mut(), more) {
        body.extend(more);
    }
    let call = app.call("POST", "/api/v1/forms").by(&owner.token);
    call.json(&body).send().await.expect(201)
}

/// The same, opened: as it is then.
pub(crate) async fn opened(app: &Studyhall, owner: &Member, more: Value) -> Answer {
    let draft = drafted(app, owner, more).await;
    let form = deed(app, owner, draft.str("id"), "open").await;
    form.expect(200)
}

async fn deed(app: &Studyhall, owner: &Member, form: &str, deed: &str) -> Answer {
    let path = format!("/api/v1/forms/{form}/{deed}");
    app.call("POST", &path).by(&owner.token).send().await
}

async fn patch(app: &Studyhall, owner: &Member, form: &str, body: Value) -> Answer {
    let call = app.call("PATCH", &format!("/api/v1/forms/{form}"));
    call.by(&owner.token).json(&body).send().await
}

fn responding(app: &Studyhall, user: &Member, form: &str, answers: &Value) -> Call {
    let call = app.call("POST", &format!("/api/v1/forms/{form}/responses"));
    call.by(&user.token).json(&json!({ "answers": answers }))
}

async fn respond(app: &Studyhall, user: &Member, form: &str, answers: Value) -> Answer {
    responding(app, user, form, &answers).send().await
}

/// What a query on the primary finds, as text.
async fn rows(app: &Studyhall, sql: &str) -> Vec<String> {
    use twinbase::prelude::Writes as _;
    let rows = app.twin.query(sql, &[]).await.expect("it runs");
    let rows = rows.iter();
    rows.map(|row| row.get("found").expect("it is a text"))
        .collect()
}

/// The types of the events of an aggregate, and their versions, in order.
async fn events_of(app: &Studyhall, id: &str) -> Vec<String> {
    let sql = format!(
        "select event_type || ' ' || cast(version as text) as found from \"Outbox\" where aggregate_id = '{id}' order by version"
    );
    rows(app, &sql).await
}

async fn count(app: &Studyhall, from: &str) -> String {
    let found = rows(
        app,
        &format!("select cast(count(*) as text) as found from {from}"),
    )
    .await;
    found[0].clone()
}
