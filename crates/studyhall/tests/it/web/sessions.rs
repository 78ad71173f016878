//! Pages of sessions: the timer without a script, and what is entered by hand.

use jiff::SignedDuration;

use super::{cookies, page, post};
use crate::support::{Answer, Combination, Member, Studyhall, on_two_combinations};

on_two_combinations! {
    a_session_is_started_seen_elsewhere_stopped_and_deleted_without_a_script,
    a_session_by_hand_is_marked_and_what_is_in_the_way_is_named,
    a_page_of_before_neither_stops_nor_discards_another_session,
    a_forgotten_session_asks_for_its_end_and_can_be_discarded,
}

/// Two days after the end of January, on a Saturday at noon; no worker runs.
async fn at_noon(on: Combination) -> (Studyhall, Member) {
    let app = Studyhall::start_without_worker(on).await;
    app.clock.set("2030-02-02T12:00:00Z");
    let ada = app.member("ada").await;
    (app, ada)
}

/// The page after a form, with the cookies that it set.
async fn after(app: &Studyhall, member: &Member, form: &Answer) -> Answer {
    assert_eq!(
        (form.status, form.header("location")),
        (303, "/sessions"),
        "{}",
        form.text
    );
    let seen = format!("studyhall_session={}; {}", member.token, cookies(form));
    let page = app.call("GET", "/sessions").header("cookie", &seen);
    page.send().await.expect(200)
}

#[track_caller]
fn has(page: &Answer, texts: &[&str]) {
    for text in texts {
        assert!(page.text.contains(text), "no {text} in {}", page.text);
    }
}

async fn a_session_is_started_seen_elsewhere_stopped_and_deleted_without_a_script(on: Combination) {
    let (app, ada) = at_noon(on).await;
    let new = page(&app, Some(&ada), "/sessions").await.expect(200);
    has(&new, &["No sessions yet.", "action=\"/sessions/start\""]);
    let fields = [
        ("subject", "<i>Algebra</i>"),
        ("goalMinutes", "25"),
        ("key", "first"),
    ];
    let started = post(&app, Some(&ada), "/sessions/start", &fields).await;
    let running = after(&app, &ada, &started).await;
    has(
        &running,
        &[
            "&lt;i&gt;Algebra&lt;/i&gt;",
            "data-started=",
            "Goal: 25 min",
            "action=\"/sessions/stop\"",
        ],
    );
    // Another tab, which still has the form to start.
    let again = post(&app, Some(&ada), "/sessions/start", &fields[..2])
        .await
        .expect(409);
    has(
        &again,
        &[
            "A session is running already.",
            "action=\"/sessions/stop\"",
            "name=\"subject\" type=\"text\" value=\"&lt;i&gt;Algebra",
        ],
    );
    // The form of before with something else in it: what was typed stays.
    let other = [("subject", "Biology, all of it"), ("key", "first")];
    let other = post(&app, Some(&ada), "/sessions/start", &other).await;
    has(
        &other.expect(422),
        &[
            "This was sent already.",
            "action=\"/sessions/stop\"",
            "name=\"subject\" type=\"text\" value=\"Biology, all of it\"",
        ],
    );
    app.clock.advance(SignedDuration::from_mins(85));
    let late = page(&app, Some(&ada), "/sessions").await.expect(200);
    has(&late, &[">1:25:0"]);
    let stopped = post(&app, Some(&ada), "/sessions/stop", &[]).await;
    let list = after(&app, &ada, &stopped).await;
    has(
        &list,
        &[
            "Saved.",
            "2 Feb 2030</time> · 1 h 25 min",
            "data-source=\"primary\"",
        ],
    );
    assert!(!list.text.contains("By hand, not counted"));
    let at = list.text.find("id=\"session-").expect("there is one") + 12;
    let id = list.text[at..].split('"').next().expect("an id");
    let path = format!("/sessions/{id}/delete");
    has(
        &page(&app, Some(&ada), &path).await.expect(200),
        &["goes for good", "Algebra"],
    );
    let bob = app.member("bob").await;
    page(&app, Some(&bob), &path).await.expect(404);
    post(&app, Some(&bob), &path, &[]).await.expect(404);
    let deleted = post(&app, Some(&ada), &path, &[]).await;
    has(
        &after(&app, &ada, &deleted).await,
        &["Deleted.", "No sessions yet."],
    );
    let stranger = page(&app, None, "/sessions").await;
    assert!(stranger.status == 200 && stranger.text.contains("Sign in") || stranger.status == 303);
    app.verify().await;
}

async fn a_session_by_hand_is_marked_and_what_is_in_the_way_is_named(on: Combination) {
    let (app, ada) = at_noon(on).await;
    let form = |from: &'static str, to: &'static str| {
        [
            ("subject", "Reading"),
            ("startedAt", from),
            ("endedAt", to),
            ("key", from),
        ]
    };
    let good = form("2030-02-01T09:00", "2030-02-01T10:30");
    let added = post(&app, Some(&ada), "/sessions", &good).await;
    has(
        &after(&app, &ada, &added).await,
        &["By hand, not counted", "09:00</time>–", "1 h 30 min"],
    );
    // A second click is the same request.
    assert_eq!(post(&app, Some(&ada), "/sessions", &good).await.status, 303);
    let overlap = form("2030-02-01T10:00", "2030-02-01T11:00");
    let refused = post(&app, Some(&ada), "/sessions", &overlap)
        .await
        .expect(409);
    has(
        &refused,
        &[
            "You have another session at that time.",
            "from 2030-02-01 09:00 UTC",
            "value=\"2030-02-01T10:00\"",
        ],
    );
    let bad = [
        ("subject", " "),
        ("startedAt", "soon"),
        ("endedAt", "2030-02-01T11:00"),
    ];
    let refused = post(&app, Some(&ada), "/sessions", &bad).await.expect(422);
    has(
        &refused,
        &[
            "2 things to fix",
            "value=\"soon\"",
            "details open",
            "<title>Error: sessions",
        ],
    );
    app.verify().await;
}

async fn a_page_of_before_neither_stops_nor_discards_another_session(on: Combination) {
    let (app, ada) = at_noon(on).await;
    let start = async |subject| {
        let fields = [("subject", subject), ("goalMinutes", "")];
        post(&app, Some(&ada), "/sessions/start", &fields)
            .await
            .expect(303);
    };
    let began = |page: &Answer| {
        let mark = "name=\"startedAt\" value=\"";
        let at = page.text.find(mark).expect("the form names its session") + mark.len();
        let value = page.text[at..].split('"').next().expect("it ends");
        value.to_owned()
    };
    let nothing = page(&app, Some(&ada), "/sessions/discard").await;
    has(&nothing.expect(200), &["No session is running."]);
    start("Maths").await;
    app.clock.advance(SignedDuration::from_mins(42));
    let stop = began(&page(&app, Some(&ada), "/sessions").await.expect(200));
    let sure = page(&app, Some(&ada), "/sessions/discard").await;
    let sure = sure.expect(200);
    has(
        &sure,
        &["<bdi>Maths</bdi>", ", for 42 min, since ", "As of "],
    );
    assert_eq!(began(&sure), stop);
    post(&app, Some(&ada), "/sessions/stop", &[("startedAt", &stop)])
        .await
        .expect(303);
    app.clock.advance(SignedDuration::from_mins(1));
    start("Physics").await;
    for path in ["/sessions/stop", "/sessions/discard"] {
        let late = post(&app, Some(&ada), path, &[("startedAt", &stop)]).await;
        has(
            &late.expect(409),
            &[
                "This is about a session that has ended.",
                "Now &quot;Physics&quot; runs, since 2030-02-02 12:4",
                "<title>Error: sessions",
            ],
        );
    }
    let runs = page(&app, Some(&ada), "/sessions").await.expect(200);
    has(&runs, &["<bdi>Physics</bdi>", "action=\"/sessions/stop\""]);
    let discard = [("startedAt", &*began(&runs))];
    let discarded = post(&app, Some(&ada), "/sessions/discard", &discard).await;
    has(
        &after(&app, &ada, &discarded).await,
        &["action=\"/sessions/start\""],
    );
    app.verify().await;
}

async fn a_forgotten_session_asks_for_its_end_and_can_be_discarded(on: Combination) {
    let (app, ada) = at_noon(on).await;
    let fields = [("subject", "Algebra"), ("goalMinutes", "")];
    post(&app, Some(&ada), "/sessions/start", &fields)
        .await
        .expect(303);
    app.clock.advance(SignedDuration::from_mins(300));
    let forgotten = page(&app, Some(&ada), "/sessions").await.expect(200);
    has(&forgotten, &["When did it end?", "more than four hours"]);
    let refused = post(&app, Some(&ada), "/sessions/stop", &[("endedAt", "")])
        .await
        .expect(409);
    has(
        &refused,
        &["Say when it ended.", "It began at 2030-02-02 1"],
    );
    let stopped = post(
        &app,
        Some(&ada),
        "/sessions/stop",
        &[("endedAt", "2030-02-02T13:00")],
    )
    .await;
    let list = after(&app, &ada, &stopped).await;
    has(&list, &["action=\"/sessions/start\"", "13:00</time> · "]);
    post(&app, Some(&ada), "/sessions/start", &fields)
        .await
        .expect(303);
    has(
        &page(&app, Some(&ada), "/sessions/discard")
            .await
            .expect(200),
        &["nothing of it is kept"],
    );
    let discarded = post(&app, Some(&ada), "/sessions/discard", &[]).await;
    has(
        &after(&app, &ada, &discarded).await,
        &["action=\"/sessions/start\""],
    );
    // Another tab that discards it too has what it wanted.
    assert_eq!(
        post(&app, Some(&ada), "/sessions/discard", &[])
            .await
            .status,
        303
    );
    app.verify().await;
}
