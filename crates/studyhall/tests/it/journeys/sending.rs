//! What a form shows and what has the focus after it was sent, and when it could not be.

use super::{Hall, Person, Scripts, with_and_without_scripts};
use crate::friends::befriend;

with_and_without_scripts! {
    a_form_that_was_sent_begins_anew,
    a_moved_question_keeps_its_own_kind,
}

async fn a_form_that_was_sent_begins_anew(hall: Hall) {
    let (ada, bob) = (hall.app.member("ada").await, hall.app.member("bob").await);
    befriend(&hall.app, &ada, &bob).await;
    let ada = hall.person_of(&ada).await;
    ada.visit("/messages/bob").await;
    for text in ["hello one", "hello two", "hello three"] {
        append(&ada, "#text", text).await;
        if text == "hello three" && hall.scripts() == Scripts::On {
            ada.press("Control+Enter").await;
        } else {
            ada.click_on("main button", "Send").await;
        }
        ada.until_text(".messages .mine", text).await;
        until_value(&ada, "#text", "").await;
    }
    let sent = ada.texts(".messages .mine .words").await;
    assert_eq!(sent, ["hello one", "hello two", "hello three"]);

    ada.visit("/todos").await;
    for title in ["First", "Second"] {
        ada.evaluate("document.querySelector('.add details').open = true")
            .await;
        append(&ada, "#title", title).await;
        append(&ada, "#description", "more").await;
        ada.click_on("main button", "Add").await;
        ada.until_text("#todos", title).await;
        until_value(&ada, "#title", "").await;
        until_value(&ada, "#description", "").await;
    }
    ada.visit("/sessions").await;
    ada.click_on("summary", "Add a session by hand").await;
    append(&ada, ".stack [name=subject]", "Algebra").await;
    set(&ada, "#startedAt", "2026-01-31T09:00").await;
    set(&ada, "#endedAt", "2026-01-31T10:00").await;
    ada.click_on(".stack button", "Add").await;
    ada.until_text("#sessions", "Algebra").await;
    for field in [".stack [name=subject]", "#startedAt", "#endedAt"] {
        until_value(&ada, field, "").await;
    }
}

async fn a_moved_question_keeps_its_own_kind(hall: Hall) {
    let ada = hall.member("ada").await;
    ada.visit("/forms").await;
    ada.fill("#title", "Two questions").await;
    ada.click_on("main button", "Make a form").await;
    for (at, text) in [(0, "Alpha"), (1, "Beta")] {
        ada.click_on("button", "Add a question").await;
        append(&ada, &format!("[id='q{at}.text']"), text).await;
    }
    ada.choose("[id='q0.kind']", "One of some choices").await;
    append(&ada, "[id='q0.choices']", "red\nblue").await;
    ada.click("[id='q0.required']").await;
    ada.click_on("button", "Move down: question 1").await;
    until_value(&ada, "[id='q1.text']", "Alpha").await;
    let questions = async || {
        let of = |at: usize| {
            format!(
                "['text', 'kind', 'choices'].map((name) => document.getElementById('q{at}.' + name).value)\
                 .concat(document.getElementById('q{at}.required').checked).join(';')"
            )
        };
        [ada.evaluate(&of(0)).await, ada.evaluate(&of(1)).await]
    };
    let moved = ["Beta;shortText;;false", "Alpha;oneOf;red\nblue;true"];
    assert_eq!(questions().await, moved);
    ada.click_on("button.primary", "Save").await;
    ada.until_text(".toast", "Saved.").await;
    ada.reload().await;
    assert_eq!(questions().await, moved);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_not_sent_says_so_and_is_there_to_be_sent_again() {
    let Some(hall) = Hall::open(Scripts::On).await else {
        return;
    };
    let ada = hall.member("ada").await;
    ada.visit("/todos").await;
    append(&ada, "#title", "Read chapter 3").await;
    ada.without_network().await;
    ada.click_on("main button", "Add").await;
    ada.until_text("#toast[role=status] .toast", "Not sent. Nothing was lost.")
        .await;
    until_value(&ada, "#title", "Read chapter 3").await;
    assert!(!ada.troubles().is_empty(), "the network itself");
    ada.with_network().await;
    // A proxy that answers for a server that is away has no page of ours.
    let away = "window.real = fetch; window.fetch = async () => new Response('<h1>Bad gateway</h1>', { status: 502 })";
    ada.visit("/todos").await;
    append(&ada, "#title", "Read chapter 3").await;
    ada.evaluate(away).await;
    ada.click_on("main button", "Add").await;
    ada.until_text("#toast", "Not sent. Nothing was lost.")
        .await;
    until_value(&ada, "#title", "Read chapter 3").await;
    // What is typed while it is sent is not sent, and stays.
    let held = "window.fetch = async (...all) => { await new Promise((go) => { window.go = go; }); return real(...all); }";
    ada.evaluate(held).await;
    ada.click_on("main button", "Add").await;
    append(&ada, "#title", " and 4").await;
    ada.evaluate("go()").await;
    ada.until_text("#todos", "Read chapter 3").await;
    until_value(&ada, "#title", "Read chapter 3 and 4").await;
    assert_eq!(ada.texts("#todos .rows > li").await.len(), 1);
    assert_eq!(ada.texts(".toast").await, [""; 0]);
    ada.troubles();
}

#[tokio::test(flavor = "multi_thread")]
async fn the_focus_goes_on_where_what_had_it_is_gone() {
    let Some(hall) = Hall::open(Scripts::On).await else {
        return;
    };
    let (member, bob) = (hall.app.member("ada").await, hall.app.member("bob").await);
    befriend(&hall.app, &member, &bob).await;
    for title in ["First", "Second"] {
        hall.app.todo(&member, title).await;
    }
    let ada = hall.person_of(&member).await;
    ada.visit("/todos").await;
    for left in ["First", "Second"].iter().rev() {
        ada.evaluate("document.querySelector('.rows .check').focus()")
            .await;
        ada.press("Enter").await;
        ada.until_text(".toast", "Done. You earned 1 point.").await;
        ada.until_no_text("#todos li", left).await;
        if *left == "Second" {
            assert_eq!(focus(&ada).await, "todo");
        }
    }
    // The last row is gone too: what is said has it.
    assert_eq!(focus(&ada).await, "toast");
    ada.visit("/messages/bob").await;
    append(&ada, "#text", "Hello").await;
    ada.click_on("main button", "Send").await;
    ada.until_text(".messages .mine", "Hello").await;
    assert_ne!(focus(&ada).await, "");
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_is_signed_out_while_typing_keeps_the_page_and_the_text() {
    let Some(hall) = Hall::open(Scripts::On).await else {
        return;
    };
    let member = hall.app.member("ada").await;
    let ada = hall.person_of(&member).await;
    ada.visit("/todos").await;
    append(&ada, "#title", "Typed for long").await;
    let all = "delete from auth_sessions".to_owned();
    hall.app.sql(all).await;
    // A panel that reads itself, and the form.
    ada.evaluate("document.querySelector('#live').dispatchEvent(new Event('todos'))")
        .await;
    ada.until_text("#toast", "You are signed out.").await;
    ada.click_on("main button", "Add").await;
    ada.until_text("#toast a", "sign in in another tab").await;
    until_value(&ada, "#title", "Typed for long").await;
    assert_eq!(ada.path().await, "/todos");
    let link = ada.attribute("#toast a", "href").await;
    assert_eq!(link.as_deref(), Some("/login?next=%2Ftodos"));
    // Signed in beside it, one goes on here.
    let session = hall.app.log_in("ada", crate::support::PASSWORD).await;
    let again = crate::support::Member {
        token: session.expect(200).str("token").to_owned(),
        ..member
    };
    hall.sign_in(&ada, &again).await;
    ada.click_on("main button", "Add").await;
    ada.until_text("#todos", "Typed for long").await;
    ada.troubles();
}

/// What kind of thing has the focus; nothing where none has.
async fn focus(person: &Person) -> String {
    let focus = "(({ id, className, tagName }) => tagName === 'BODY' ? '' : id.split('-')[0] || className || tagName)(document.activeElement)";
    let focus = person.evaluate(focus).await;
    focus.as_str().unwrap_or_default().to_owned()
}

/// Writes after what is in a field.
async fn append(person: &Person, css: &str, text: &str) {
    person.click(css).await;
    person.write(text).await;
}

/// A moment, which a browser without a window lets nobody type.
async fn set(person: &Person, css: &str, value: &str) {
    let script = format!("document.querySelector({css:?}).value = {value:?}");
    person.evaluate(&script).await;
}

async fn until_value(person: &Person, css: &str, value: &str) {
    let what = format!("{value:?} in {css}");
    let script = format!("document.querySelector({css:?})?.value");
    twinbase_testkit::wait::until(&what, std::time::Duration::from_mins(1), async || {
        let found = person.evaluate(&script).await;
        if found == value { Ok(()) } else { Err(found) }
    })
    .await;
}
