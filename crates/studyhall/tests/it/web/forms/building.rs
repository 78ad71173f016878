//! Building a form, and its way to results.

use super::{after, has};
use crate::{
    support::{Combination, Member, Studyhall, on_two_combinations},
    web::{page, post},
};

on_two_combinations! {
    a_form_is_built_opened_answered_and_read_without_a_script,
    questions_move_without_being_saved_and_the_moved_one_is_followed,
    what_was_typed_comes_back_with_what_is_wrong_with_it,
    two_who_build_one_form_lose_nothing,
    what_is_sent_twice_is_not_said_to_be_changed_elsewhere,
}

fn saved<'a>(version: &'a str, deed: &'a str) -> Vec<(&'a str, &'a str)> {
    vec![
        ("version", version),
        ("title", "Study <group>"),
        ("description", ""),
        ("isPublic", "true"),
        ("q0.kind", "oneOf"),
        ("q0.text", "Which?"),
        ("q0.choices", "a\n\nb\n"),
        ("q0.required", "true"),
        ("q1.kind", "manyOf"),
        ("q1.text", "Which others?"),
        ("q1.choices", "x\ny"),
        ("q2.kind", "scale"),
        ("q2.text", "How much?"),
        ("q2.steps", "3"),
        ("q3.kind", "longText"),
        ("q3.text", "Why?"),
        ("do", deed),
    ]
}

async fn built(app: &Studyhall, owner: &Member) -> String {
    let made = post(app, Some(owner), "/forms", &[("title", "Study group")]).await;
    let builder = made.header("location").to_owned();
    let path = builder.trim_end_matches("/edit").to_owned();
    let kept = post(app, Some(owner), &builder, &saved("1", "save")).await;
    has(
        &after(app, owner, &kept).await,
        &["Saved.", "value=\"Study &lt;group&gt;\""],
    );
    path
}

async fn a_form_is_built_opened_answered_and_read_without_a_script(on: Combination) {
    // No worker: what a page shows of one's own writes comes from the primary, and at once.
    let app = Studyhall::start_without_worker(on).await;
    let (ada, bob) = (app.member("ada").await, app.member("bob").await);
    let path = built(&app, &ada).await;
    // What was typed is saved first.
    let mut open = saved("2", "open");
    open.push(("description", "Bring books."));
    let opened = post(&app, Some(&ada), &format!("{path}/edit"), &open).await;
    has(
        &after(&app, &ada, &opened).await,
        &[
            "Open. People can answer it now.",
            "make version 2",
            ">Bring books.</textarea>",
        ],
    );

    let to_answer = page(&app, Some(&bob), "/forms?show=to-answer")
        .await
        .expect(200);
    has(
        &to_answer,
        &[&format!("href=\"{path}\""), "Study &lt;group&gt;"],
    );
    let sheet = page(&app, Some(&bob), &path).await.expect(200);
    has(
        &sheet,
        &[
            "name=\"answers.q1\"",
            "name=\"many.q2:1\"",
            "name=\"formVersion\" value=\"1\"",
        ],
    );
    let answers = [
        ("key", "bobs-key"),
        ("formVersion", "1"),
        ("answers.q1", "a"),
        ("many.q2:0", "x"),
        ("many.q2:1", "y"),
        ("answers.q3", "3"),
        ("answers.q4", "<i>Because</i>"),
    ];
    let click = || async { post(&app, Some(&bob), &format!("{path}/responses"), &answers).await };
    let sent = click().await;
    assert_eq!(sent.header("location"), format!("{path}/copy"));
    let copy = after(&app, &bob, &sent).await;
    has(
        &copy,
        &[
            "Your answers were sent.",
            "<bdi>x, y</bdi>",
            "&lt;i&gt;Because&lt;/i&gt;",
            "data-source=\"primary\"",
        ],
    );
    // A second click sends nothing more, nor does a second form.
    click().await.expect(303);
    let other = [("formVersion", "1"), ("answers.q1", "b")];
    let again = post(&app, Some(&bob), &format!("{path}/responses"), &other).await;
    has(
        &after(&app, &bob, &again).await,
        &["You have answered this form.", "See what you answered"],
    );

    app.catch_up().await;
    let results = page(&app, Some(&ada), &format!("{path}/results"))
        .await
        .expect(200);
    has(
        &results,
        &[
            "1 response",
            "data-source=\"replica\"",
            "100 %",
            "width=\"160.0\"",
            "the mean is 3",
            "results.csv?version=1",
            "&lt;i&gt;Because&lt;/i&gt;",
        ],
    );

    let closed = saved("4", "close");
    let closed = post(&app, Some(&ada), &format!("{path}/edit"), &closed).await;
    has(
        &after(&app, &ada, &closed).await,
        &["Closed. It takes no more answers.", "Open it again"],
    );
    has(
        &page(&app, Some(&ada), &path).await.expect(200),
        &["This form is closed", "since"],
    );
    let sure = page(&app, Some(&ada), &format!("{path}/delete"))
        .await
        .expect(200);
    has(&sure, &["1 answer to it goes with it."]);
    let gone = post(&app, Some(&ada), &format!("{path}/delete"), &[]).await;
    has(
        &after(&app, &ada, &gone).await,
        &["Deleted.", "You have no forms yet."],
    );
    app.verify().await;
}

async fn questions_move_without_being_saved_and_the_moved_one_is_followed(on: Combination) {
    let app = Studyhall::start_without_worker(on).await;
    let ada = app.member("ada").await;
    let path = format!("{}/edit", built(&app, &ada).await);
    let events = app.events().await;
    let up = post(&app, Some(&ada), &path, &saved("2", "up-1"))
        .await
        .expect(200);
    let text = |at: usize, text: &str, more: &str| {
        format!(
            "<textarea id=\"q{at}.text\" name=\"q{at}.text\" rows=\"2\"{more}>{text}</textarea>"
        )
    };
    has(
        &up,
        &[
            &text(0, "Which others?", " autofocus"),
            &text(1, "Which?", ""),
        ],
    );
    let added = post(&app, Some(&ada), &path, &saved("2", "add"))
        .await
        .expect(200);
    has(
        &added,
        &[&text(4, "", " autofocus"), "name=\"version\" value=\"2\""],
    );
    let removed = post(&app, Some(&ada), &path, &saved("2", "remove-0"))
        .await
        .expect(200);
    has(&removed, &[&text(0, "Which others?", " autofocus")]);
    assert!(!removed.text.contains("q3.text"));
    assert_eq!(app.events().await, events);
}

async fn what_was_typed_comes_back_with_what_is_wrong_with_it(on: Combination) {
    let app = Studyhall::start_without_worker(on).await;
    let ada = app.member("ada").await;
    let blank = post(&app, Some(&ada), "/forms", &[("title", " ")])
        .await
        .expect(422);
    has(&blank, &["Error: it must have 1 to 200 characters."]);
    let path = built(&app, &ada).await;
    let mut wrong = saved("2", "save");
    wrong.extend([
        ("title", ""),
        ("q0.choices", "one"),
        ("q2.steps", "11"),
        ("q3.text", ""),
    ]);
    let refused = post(&app, Some(&ada), &format!("{path}/edit"), &wrong)
        .await
        .expect(422);
    has(
        &refused,
        &[
            "4 things to fix",
            "Question 1",
            "href=\"#q2.steps\"",
            "href=\"#q3.text\"",
            ">one</textarea>",
            "<title>Error: edit form",
        ],
    );
    let made = post(&app, Some(&ada), "/forms", &[("title", "Empty")]).await;
    let empty = [("title", "Emptier"), ("do", "open")];
    let refused = post(&app, Some(&ada), made.header("location"), &empty).await;
    has(
        &refused.expect(409),
        &[
            "The form has no questions. Add one first.",
            "value=\"Emptier\"",
        ],
    );

    let open = saved("2", "open");
    post(&app, Some(&ada), &format!("{path}/edit"), &open)
        .await
        .expect(303);
    let answers = [
        ("formVersion", "1"),
        ("answers.q3", "9"),
        ("answers.q4", "kept"),
        ("many.q2:1", "y"),
    ];
    let refused = post(&app, Some(&ada), &format!("{path}/responses"), &answers)
        .await
        .expect(422);
    has(
        &refused,
        &[
            "2 things to fix before we can send",
            "href=\"#question-q1\"",
            "must be answered",
            ">kept</textarea>",
            "value=\"y\" checked",
        ],
    );
}

async fn two_who_build_one_form_lose_nothing(on: Combination) {
    let app = Studyhall::start_without_worker(on).await;
    let ada = app.member("ada").await;
    let path = format!("{}/edit", built(&app, &ada).await);
    let mut first = saved("2", "save");
    first.push(("title", "First"));
    post(&app, Some(&ada), &path, &first).await.expect(303);
    let late = post(&app, Some(&ada), &path, &saved("2", "save"))
        .await
        .expect(409);
    has(
        &late,
        &[
            "This was changed elsewhere.",
            "value=\"Study &lt;group&gt;\"",
            "name=\"version\" value=\"3\"",
        ],
    );
    post(&app, Some(&ada), &path, &saved("3", "save"))
        .await
        .expect(303);
}

async fn what_is_sent_twice_is_not_said_to_be_changed_elsewhere(on: Combination) {
    let app = Studyhall::start_without_worker(on).await;
    let ada = app.member("ada").await;
    let path = format!("{}/edit", built(&app, &ada).await);
    let deeds = [
        ("2", "save", "Saved."),
        ("3", "open", "Open. People can answer it now."),
        ("4", "close", "Closed."),
    ];
    for (version, deed, words) in deeds {
        let mut sent = saved(version, deed);
        sent.push(("description", "Bring books."));
        for _ in 0..2 {
            let answer = post(&app, Some(&ada), &path, &sent).await.expect(303);
            has(&after(&app, &ada, &answer).await, &[words]);
        }
    }
    // Another deed with an old version is none that was done.
    let mut open = saved("4", "open");
    open.push(("description", "Bring books."));
    let open = post(&app, Some(&ada), &path, &open).await;
    has(&open.expect(409), &["This was changed elsewhere."]);
}
