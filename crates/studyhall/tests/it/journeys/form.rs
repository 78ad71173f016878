//! A form from its first question to what was answered.

use super::{Hall, with_and_without_scripts};

with_and_without_scripts! {
    a_form_is_built_opened_answered_and_its_answers_are_counted,
}

async fn a_form_is_built_opened_answered_and_its_answers_are_counted(hall: Hall) {
    let (ada, bob) = (hall.member("ada").await, hall.member("bob").await);
    ada.visit("/forms").await;
    ada.fill("#title", "How was the week?").await;
    ada.click_on("main button", "Make a form").await;
    ada.until_text(".badge", "Draft").await;
    ada.click_on("button", "Add a question").await;
    ada.fill("[id='q0.text']", "Was it too fast?").await;
    ada.choose("[id='q0.kind']", "One of some choices").await;
    ada.fill("[id='q0.choices']", "Yes\nNo").await;
    ada.click_on("button", "Add a question").await;
    ada.fill("[id='q1.text']", "What was best?").await;
    ada.click_on("button.primary", "Save").await;
    ada.until_text(".toast", "Saved.").await;
    ada.click_on("button", "Open it for answers").await;
    ada.until_text(".toast", "Open. People can answer it now.")
        .await;
    let form = ada.attribute("main p.buttons a", "href").await;
    let form = form.expect("the form has a link");
    bob.visit(&form).await;
    bob.click_on("label", "No").await;
    bob.fill("fieldset:last-of-type input", "=The, cake").await;
    bob.click_on("main button", "Send").await;
    bob.until_text(".toast", "Your answers were sent.").await;
    bob.until_text(".answers", "=The, cake").await;
    hall.app.catch_up().await;
    ada.visit(&format!("{form}/results")).await;
    ada.until_text("#results h3", "1 response").await;
    let counts = ada.texts("#results tbody tr").await;
    assert_eq!(
        counts
            .iter()
            .map(|row| row.split_whitespace().collect::<Vec<_>>().join(" "))
            .collect::<Vec<_>>(),
        ["Yes 0 0 %", "No 1 100 %"]
    );
    ada.until_text("#results .texts", "=The, cake").await;
    ada.click_on("a", "All answers as a file (CSV)").await;
    let id = form.trim_start_matches("/forms/");
    let file = ada.download(&format!("responses-{id}-v1.csv")).await;
    // What a spreadsheet would run is text.
    assert!(
        file.contains("\"'=The, cake\"") && file.contains(",No,"),
        "{file}"
    );
}
