//! Every type of event, driven through its route: what it leaves in the table, in `"Outbox"`, in the answer's token and
//! version, and on the replica.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt::Debug,
};

use serde::{Serialize, de::DeserializeOwned};
use serde_json::{Value, json};
use studyhall::domain::{Form, Friendship, Message, Report, Response, StudySession, Todo, User};
use twinbase::prelude::*;

use crate::{
    forms,
    support::{Answer, Combination, Member, PASSWORD, Studyhall, on_two_combinations},
};

on_two_combinations! {
    each_type_of_event_has_its_row_version_token_and_document,
}

/// A request, and the events that it must leave, with their versions.
struct Step {
    by: &'static str,
    method: &'static str,
    /// With ids of what earlier steps made in braces.
    path: &'static str,
    body: Value,
    events: &'static [(&'static str, i64)],
    answers: Answers,
}

/// What an answer says of what was written.
#[derive(PartialEq)]
enum Answers {
    /// The aggregate with its version, and a token.
    Version,
    /// A token.
    Token,
    /// Nothing: it would tell what must not be told, or there is nobody left to read it.
    Nothing,
}

fn step(
    by: &'static str,
    (method, path): (&'static str, &'static str),
    body: Value,
    answers: Answers,
    events: &'static [(&'static str, i64)],
) -> Step {
    Step {
        by,
        method,
        path,
        body,
        events,
        answers,
    }
}

/// In this order each of them is possible.
#[expect(clippy::too_many_lines, reason = "it is one table")]
fn steps() -> Vec<Step> {
    use Answers::{Nothing, Token, Version};
    let none = || json!({});
    let ada = json!({ "username": "ada", "email": "ada@example.com", "password": PASSWORD });
    let session = json!({
        "subject": "Algebra", "startedAt": "2026-01-31T09:00:00Z", "endedAt": "2026-01-31T10:00:00Z",
    });
    let report = json!({ "studyHours": 2.5, "completionPct": 80, "notes": "Done." });
    let form = json!({ "title": "Study group", "isPublic": true, "questions": forms::two() });
    let answers = json!({ "answers": { "pace": "Right" } });
    vec![
        step("", ("POST", "/users"), ada, Version, &[("user.created", 1)]),
        step(
            "ada",
            ("PATCH", "/users/{user}"),
            json!({ "showProfile": true }),
            Version,
            &[("user.updated", 2)],
        ),
        step(
            "ada",
            ("POST", "/todos"),
            json!({ "title": "Chapter 3" }),
            Version,
            &[("todo.created", 1)],
        ),
        step(
            "ada",
            ("PATCH", "/todos/{todo}"),
            json!({ "title": "Chapter 4" }),
            Version,
            &[("todo.updated", 2)],
        ),
        step(
            "ada",
            ("DELETE", "/todos/{todo}"),
            none(),
            Token,
            &[("todo.deleted", 3)],
        ),
        step(
            "ada",
            ("POST", "/sessions"),
            session,
            Version,
            &[("session.created", 1)],
        ),
        step(
            "ada",
            ("POST", "/reports"),
            report,
            Version,
            &[("report.created", 1)],
        ),
        step(
            "ada",
            ("POST", "/forms"),
            form,
            Version,
            &[("form.created", 1)],
        ),
        step(
            "ada",
            ("POST", "/forms/{form}/open"),
            none(),
            Version,
            &[("form.updated", 2)],
        ),
        step(
            "bob",
            ("POST", "/forms/{form}/responses"),
            answers,
            Token,
            &[("response.created", 1)],
        ),
        step(
            "ada",
            ("DELETE", "/forms/{form}"),
            none(),
            Token,
            &[("form.deleted", 3), ("response.deleted", 2)],
        ),
        step(
            "ada",
            ("POST", "/friends"),
            json!({ "username": "bob" }),
            Nothing,
            &[("friendship.created", 1)],
        ),
        step(
            "bob",
            ("POST", "/friends/ada/accept"),
            none(),
            Token,
            &[("friendship.updated", 2)],
        ),
        step(
            "ada",
            ("POST", "/messages/bob"),
            json!({ "text": "Chapter 3?" }),
            Version,
            &[("message.created", 1)],
        ),
        step(
            "ada",
            ("DELETE", "/messages/{message}"),
            none(),
            Token,
            &[("message.deleted", 2)],
        ),
        step(
            "ada",
            ("DELETE", "/friends/bob"),
            none(),
            Token,
            &[("friendship.deleted", 3)],
        ),
        step(
            "ada",
            ("DELETE", "/sessions/{session}"),
            none(),
            Token,
            &[("session.deleted", 2)],
        ),
        step(
            "ada",
            ("POST", "/account/delete"),
            json!({ "password": PASSWORD }),
            Nothing,
            &[("report.deleted", 2), ("user.deleted", 3)],
        ),
    ]
}

/// The seed's seventeen, and those that go when their owner does.
const TYPES: usize = 20;

async fn each_type_of_event_has_its_row_version_token_and_document(on: Combination) {
    let app = Studyhall::start_without_worker(on).await;
    let mut members = BTreeMap::from([("bob", app.member("bob").await)]);
    let (mut ids, mut types) = (BTreeMap::new(), BTreeSet::new());
    for step in steps() {
        if step.by == "ada" && !members.contains_key("ada") {
            let session = app.log_in("ada", PASSWORD).await.expect(200);
            members.insert("ada", member("ada", session.str("token")));
        }
        let from = last_event(&app).await;
        let answer = send(&app, &step, members.get(step.by), &ids).await;
        let label = format!("{} {}", step.method, step.path);
        assert!(answer.status < 300, "{label}: {}", answer.text);
        let mut events = events_after(&app, from).await;
        events.sort_by(|one, other| one.name.cmp(&other.name));
        let found: Vec<_> = events
            .iter()
            .map(|event| (&*event.name, event.version))
            .collect();
        let mut expected = step.events.to_vec();
        expected.sort_unstable();
        assert_eq!(found, expected, "{label}");
        check_answer(&step, &answer, &events);
        app.catch_up().await;
        for event in &events {
            event.check(&app).await;
            ids.insert(event.of().to_owned(), event.id.to_string());
            types.insert(event.name.clone());
        }
    }
    assert_eq!(types.len(), TYPES, "{types:?}");
    app.verify().await;
}

fn member(name: &str, token: &str) -> Member {
    Member {
        id: String::new(),
        name: name.to_owned(),
        token: token.to_owned(),
    }
}

async fn send(
    app: &Studyhall,
    step: &Step,
    by: Option<&Member>,
    ids: &BTreeMap<String, String>,
) -> Answer {
    let path = ids.iter().fold(step.path.to_owned(), |path, (of, id)| {
        path.replace(&format!("{{{of}}}"), id)
    });
    let mut call = app.call(step.method, &format!("/api/v1{path}"));
    if let Some(member) = by {
        call = call.by(&member.token);
    }
    if step.body != json!({}) {
        call = call.json(&step.body);
    }
    call.send().await
}

fn check_answer(step: &Step, answer: &Answer, events: &[Event]) {
    let label = format!("{} {}", step.method, step.path);
    let (first, version) = step.events[0];
    let token: Token = answer.header("sync-token").parse().unwrap_or_default();
    let event = events.iter().find(|event| event.name == first);
    let key = event.map(|event| event.id.as_str()).unwrap_or_default();
    let seen = token
        .entries()
        .any(|(of, at)| of.id.as_str() == key && at == Version::new(version));
    assert_eq!(seen, step.answers != Answers::Nothing, "{label}: {token}");
    let tag = match step.answers {
        Answers::Version => version.to_string(),
        _ => String::new(),
    };
    assert_eq!(answer.version(), tag, "{label}");
}

/// A row of `"Outbox"`.
struct Event {
    name: String,
    id: AggregateId,
    version: i64,
    payload: String,
}

async fn last_event(app: &Studyhall) -> i64 {
    let sql = "select coalesce(max(seq), 0) as seq from \"Outbox\"";
    let rows = app.twin.query(sql, &[]).await.expect("it runs");
    rows[0].get("seq").expect("a number")
}

async fn events_after(app: &Studyhall, seq: i64) -> Vec<Event> {
    let sql = "select event_type, aggregate_id, version, cast(payload as text) as payload from \"Outbox\" \
               where seq > $1 order by seq";
    let rows = app.twin.query(sql, &[seq.into()]).await.expect("it runs");
    let event = |row: &Row| Event {
        name: row.get("event_type").expect("a text"),
        id: row.get("aggregate_id").expect("an id"),
        version: row.get("version").expect("a number"),
        payload: row.get("payload").expect("a text"),
    };
    rows.iter().map(event).collect()
}

impl Event {
    /// The aggregate's type.
    fn of(&self) -> &str {
        self.name.split('.').next().unwrap_or_default()
    }

    async fn check(&self, app: &Studyhall) {
        match self.of() {
            "user" => self.check_as::<User>(app).await,
            "todo" => self.check_as::<Todo>(app).await,
            "message" => self.check_as::<Message>(app).await,
            "report" => self.check_as::<Report>(app).await,
            "session" => self.check_as::<StudySession>(app).await,
            "friendship" => self.check_as::<Friendship>(app).await,
            "form" => self.check_as::<Form>(app).await,
            "response" => self.check_as::<Response>(app).await,
            other => panic!("{other} is no aggregate"),
        }
    }

    /// Row, payload and document are one thing at one version; of what is deleted there is neither row nor document.
    async fn check_as<A>(&self, app: &Studyhall)
    where
        A: Aggregate + Debug + Serialize + DeserializeOwned,
    {
        let row = app.twin.get::<A>(&self.id).await.expect("it is read");
        let document = app.twin.collection::<A>().get(&self.id).await;
        let document = document.expect("the replica answers").value;
        if self.name.ends_with(".deleted") {
            assert!(row.is_none() && document.is_none(), "{}", self.name);
            return;
        }
        let shown = |value: &A| serde_json::to_value(value).expect("it is JSON");
        let (row, document) = (row.expect("a row"), document.expect("a document"));
        let mut payload: Value = serde_json::from_str(&self.payload).expect("it is JSON");
        payload["id"] = self.id.as_str().into();
        let payload: A = serde_json::from_value(payload).expect("it is all there");
        assert_eq!(shown(&row.value), shown(&payload), "{}", self.name);
        assert_eq!(shown(&row.value), shown(&document.value), "{}", self.name);
        let version = Version::new(self.version);
        assert_eq!(
            (row.version, document.version),
            (version, version),
            "{}",
            self.name
        );
    }
}
