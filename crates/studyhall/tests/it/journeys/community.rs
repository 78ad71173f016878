//! A little community whose pages are full: long names, two directions of writing, every kind of question.

use jiff::SignedDuration;
use serde_json::{Value, json};

use crate::{
    friends::{act, ask, befriend, show},
    support::{Answer, Member, Studyhall},
};

/// One is as long as a name can be.
const NAMES: [&str; 8] = [
    "bob",
    "The-Longest.Name_of-Them-All.7",
    "leila",
    "zoe.mueller",
    "chidi",
    "dana",
    "eve",
    "fay",
];
const LONG: &str = "Read about the Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbeamtengesellschaft";
const FROM_RIGHT: &str = "قراءة الفصل الثالث ثم حل التمارين من 1 إلى 7";

/// Ada, whose pages are shown, and what they are about.
pub(super) struct Community {
    pub(super) ada: Member,
    /// A todo, a session, a message and a form of hers.
    pub(super) todo: String,
    pub(super) session: String,
    pub(super) message: String,
    pub(super) form: String,
    /// A form that she has answered, one that she may, and one that takes no more.
    pub(super) answered: String,
    pub(super) open: String,
    pub(super) closed: String,
}

async fn post(app: &Studyhall, by: &Member, path: &str, body: Value) -> Answer {
    let call = app.call("POST", &format!("/api/v1{path}")).by(&by.token);
    let answer = call.json(&body).send().await;
    assert!(answer.status < 300, "{path}: {}", answer.text);
    answer
}

impl Community {
    pub(super) async fn gather(app: &Studyhall) -> Self {
        app.clock.set("2030-01-22T09:00:00Z");
        let ada = app.member("ada").await;
        let call = app.call("PATCH", "/api/v1/users/me").by(&ada.token);
        let zone = json!({ "timeZone": "Asia/Kathmandu" });
        call.json(&zone).send().await.expect(200);
        let mut others = Vec::new();
        for name in NAMES {
            let email = format!("member-{}@example.com", others.len());
            app.sign_up(name, json!({ "email": email }))
                .await
                .expect(201);
            let session = app.log_in(name, crate::support::PASSWORD).await.expect(200);
            let (name, token) = (name.to_owned(), session.str("token").to_owned());
            let id = String::new();
            others.push(Member { id, name, token });
        }
        for member in others.iter().chain([&ada]) {
            show(app, member).await;
        }
        days(app, &ada, &others).await;
        friends(app, &ada, &others).await;
        let message = messages(app, &ada, &others).await;
        let form = own_forms(app, &ada, &others).await;
        let opened = crate::forms::opened;
        let public = json!({ "isPublic": true, "title": "Which day suits the group?" });
        let (answered, open) = (
            opened(app, &others[0], public.clone()).await,
            opened(app, &others[1], public.clone()).await,
        );
        let closed = opened(app, &others[2], public).await;
        let path = format!("/forms/{}/responses", answered.str("id"));
        let answers = json!({ "answers": { "pace": "Right", "value": 4 } });
        post(app, &ada, &path, answers).await;
        post(
            app,
            &others[2],
            &format!("/forms/{}/close", closed.str("id")),
            json!({}),
        )
        .await;
        let todo = app.todo(&ada, FROM_RIGHT).await;
        post(
            app,
            &ada,
            "/sessions/timer",
            json!({ "subject": LONG, "goalMinutes": 50 }),
        )
        .await;
        app.clock.advance(SignedDuration::from_mins(21));
        app.catch_up().await;
        let sessions = app.call("GET", "/api/v1/sessions").by(&ada.token);
        let sessions = sessions.send().await.expect(200);
        let id = |answer: &Answer| answer.str("id").to_owned();
        Self {
            todo: id(&todo),
            session: sessions.of_items("id")[0].to_owned(),
            message: id(&message),
            form: id(&form),
            answered: id(&answered),
            open: id(&open),
            closed: id(&closed),
            ada,
        }
    }
}

/// Ten days of study, the last one not over yet.
async fn days(app: &Studyhall, ada: &Member, others: &[Member]) {
    for day in 0..10_i64 {
        let minutes = 25 + day * 37 % 190;
        post(
            app,
            ada,
            "/sessions/timer",
            json!({ "subject": if day % 3 == 0 { LONG } else { "Algebra" } }),
        )
        .await;
        app.clock.advance(SignedDuration::from_mins(minutes));
        post(app, ada, "/sessions/timer/stop", json!({})).await;
        let title = if day % 4 == 0 { LONG } else { "Exercises" };
        complete(app, ada, title).await;
        for (at, other) in others.iter().enumerate() {
            if day % i64::try_from(at + 1).expect("it is small") == 0 {
                complete(app, other, "Exercises").await;
            }
        }
        if day % 5 != 3 && day < 9 {
            let hours = f64::from(i32::try_from(minutes / 6).expect("it is small")) / 10.0;
            let report = json!({ "studyHours": hours, "completionPct": 40 + day * 6, "notes": if day % 2 == 0 { LONG } else { FROM_RIGHT } });
            post(app, ada, "/reports", report).await;
        }
        if day < 9 {
            app.clock
                .advance(SignedDuration::from_mins(1_440 - minutes));
        }
    }
    let by_hand = json!({ "subject": FROM_RIGHT, "startedAt": "2030-01-30T04:00:00Z", "endedAt": "2030-01-30T05:30:00Z" });
    post(app, ada, "/sessions", by_hand).await;
    for at in 1..=8 {
        app.todo(ada, &format!("Exercise {at} of sheet 4")).await;
    }
    let whole = json!({ "title": LONG, "description": "Twice.", "dueAt": "2030-02-03T12:00:00Z" });
    post(app, ada, "/todos", whole).await;
}

async fn complete(app: &Studyhall, member: &Member, title: &str) {
    let todo = app.todo(member, title).await;
    let path = format!("/todos/{}/complete", todo.str("id"));
    post(app, member, &path, json!({})).await;
}

/// Friends, and everything else that people can be to each other.
async fn friends(app: &Studyhall, ada: &Member, others: &[Member]) {
    for friend in &others[..3] {
        befriend(app, ada, friend).await;
    }
    ask(app, &others[3], &ada.name).await.expect(200);
    ask(app, &others[4], &ada.name).await.expect(200);
    ask(app, ada, &others[5].name).await.expect(200);
    act(app, ada, &others[6].name, "block").await.expect(200);
    act(app, ada, &others[7].name, "hide").await.expect(200);
    befriend(app, &others[3], &others[4]).await;
}

/// Returns a message of Ada's.
async fn messages(app: &Studyhall, ada: &Member, others: &[Member]) -> Answer {
    let (to_bob, to_ada) = ("/messages/bob", "/messages/ada");
    let text = |text: &str| json!({ "text": text });
    post(app, &others[0], to_ada, text("Did you do chapter 3?")).await;
    let first = post(app, ada, to_bob, text(LONG)).await;
    app.clock.advance(SignedDuration::from_hours(14));
    post(app, &others[0], to_ada, text(FROM_RIGHT)).await;
    post(app, ada, to_bob, text("Two lines,\nthis is the second.")).await;
    post(app, &others[0], to_ada, text("https://example.com/a/very/long/address/that-does-not-break?and=it&goes=on&and=on&and=on")).await;
    post(app, &others[1], to_ada, text("Are you there?")).await;
    post(app, &others[2], to_ada, text(FROM_RIGHT)).await;
    first
}

/// A form with every kind of question, and five who answered; beside it a draft.
async fn own_forms(app: &Studyhall, ada: &Member, others: &[Member]) -> Answer {
    let questions = json!([
        { "id": "short", "kind": "shortText", "text": LONG },
        { "id": "long", "kind": "longText", "text": "What else?" },
        { "id": "one", "kind": "oneOf", "text": "How was the pace?", "required": true, "choices": ["Too fast", "Right", LONG] },
        { "id": "many", "kind": "manyOf", "text": "Which days suit you?", "choices": ["Monday", "Tuesday", FROM_RIGHT] },
        { "id": "scale", "kind": "scale", "text": "How useful was it?", "steps": 10 },
        { "id": "number", "kind": "number", "text": "How many hours did you study?" },
        { "id": "date", "kind": "date", "text": "When shall we begin?" },
    ]);
    let more = json!({ "title": LONG, "isPublic": true, "description": FROM_RIGHT, "questions": questions });
    let form = crate::forms::opened(app, ada, more).await;
    let path = format!("/forms/{}/responses", form.str("id"));
    for (at, other) in others[..5].iter().enumerate() {
        let answers = json!({
            "short": LONG, "long": "First line.\nSecond line.", "one": if at % 2 == 0 { "Right" } else { LONG },
            "many": ["Monday", FROM_RIGHT], "scale": 6 + at, "number": 2.5, "date": "2030-03-01",
        });
        post(app, other, &path, json!({ "answers": answers })).await;
    }
    post(app, ada, "/forms", json!({ "title": "A draft" })).await;
    form
}
