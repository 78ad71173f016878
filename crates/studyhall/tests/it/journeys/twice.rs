//! What is clicked twice is done once, and shown as what was done once.

use super::{Hall, Person, Scripts};

/// Clicks the button with this name as a hand does that clicks twice: the second click comes when the first has its answer.
async fn click_twice(person: &Person, css: &str, name: &str, answer: &str) {
    person.click_on(css, name).await;
    person.until_text(".toast", answer).await;
    let second = format!(
        "[...document.querySelectorAll({css:?})].forEach((one) => \
         one.dispatchEvent(new MouseEvent('click', {{ bubbles: true, cancelable: true, detail: 2 }})))"
    );
    person.evaluate(&second).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_second_of_two_clicks_changes_nothing_that_is_shown() {
    let Some(hall) = Hall::open(Scripts::On).await else {
        return;
    };
    let member = hall.app.member("ada").await;
    for title in ["First", "Second"] {
        hall.app.todo(&member, title).await;
    }
    let ada = hall.person_of(&member).await;
    ada.visit("/forms").await;
    ada.fill("#title", "One question").await;
    ada.follow("main button", "Make a form").await;
    ada.click_on("button", "Add a question").await;
    ada.fill("[id='q0.text']", "Why?").await;
    let buttons = "button[form=builder]";
    let answer = "Open. People can answer it now.";
    click_twice(&ada, buttons, "Open it for answers", answer).await;
    ada.reload().await;
    ada.until_text(buttons, "Close it").await;
    ada.visit("/todos").await;
    let answer = "Done. You earned 1 point.";
    let first = ada.texts("#todos .rows > li bdi").await.swap_remove(0);
    let name = format!("Complete: {first}");
    click_twice(&ada, "#todos .check", &name, answer).await;
    ada.until_text(".toast button", "Undo").await;
    // By key, while the first is on its way.
    let held = "window.count = 0; window.real = fetch; window.fetch = async (path, request) => { \
                if (request.method !== 'POST') return real(path, request); \
                count += 1; await new Promise((go) => { window.go = go; }); return real(path, request); }";
    ada.visit("/todos").await;
    ada.evaluate(held).await;
    ada.evaluate("document.querySelector('#todos .check').focus()")
        .await;
    ada.press("Enter").await;
    ada.until_text("form.htmx-request", "○").await;
    ada.press("Enter").await;
    ada.evaluate("go()").await;
    ada.until_text(".toast", answer).await;
    ada.until_text(".toast button", "Undo").await;
    let count = ada.evaluate("count").await;
    assert_eq!(count, 1, "what was sent");
}
