//! Pages in a real browser.

use twinbase_testkit::browser::{
    Browser,
    Colours::{Dark, Light},
};

use crate::{
    cli::program::Place,
    journeys::pages::{AUDIT, AXE},
};

#[tokio::test]
async fn the_status_page_of_operators_brings_no_script_and_has_the_colours_that_they_chose() {
    let place = Place::new();
    let running = place.start(&["--host", "127.0.0.1"]).await;
    let session = running.session("ada").await;
    place.run(&["operator", "add", "ada"]).expect(0, &[]);
    let page = reqwest::Client::new()
        .get(format!("{}/status", running.url))
        .header(
            "cookie",
            format!("studyhall_session={session}; studyhall_theme=dark"),
        );
    let answer = page.send().await.unwrap();
    let policy = answer.headers()["content-security-policy"]
        .to_str()
        .unwrap();
    assert!(
        policy.starts_with("default-src 'none'; style-src 'self'"),
        "{policy}"
    );
    assert!(!policy.contains("unsafe"), "{policy}");
    let page = answer.text().await.unwrap();
    for forbidden in ["<script", "<style", " style=", " onclick=", "javascript:"] {
        assert!(!page.contains(forbidden), "{forbidden} in {page}");
    }
    for text in [
        "What is running",
        "Where the data is",
        "data-theme=\"dark\"",
    ] {
        assert!(page.contains(text), "no {text:?} in {page}");
    }
    running.stop().await;
}

#[tokio::test]
async fn the_status_page_is_accessible_to_operators_and_everybody() {
    let Some(browser) = Browser::from_env() else {
        return;
    };
    let place = Place::new();
    let running = place.start(&[]).await;
    let session = running.session("ada").await;
    place.run(&["operator", "add", "ada"]).expect(0, &[]);
    for is_operator in [false, true] {
        let tab = browser.tab().await;
        if is_operator {
            tab.set_cookie(&running.url, ("studyhall_session", &session))
                .await;
        }
        tab.goto(&format!("{}/status", running.url)).await;
        assert_eq!(tab.html().await.contains("What is running"), is_operator);
        tab.evaluate(&format!("{AXE};0")).await;
        for (width, colours) in [(320, Light), (320, Dark), (1_280, Light), (1_280, Dark)] {
            tab.prefer(colours).await;
            tab.resize(width, 800).await;
            let wrong = tab.evaluate(&format!("{AUDIT}(null)")).await;
            assert_eq!(wrong, serde_json::json!([]), "at {width} px, {colours:?}");
        }
    }
    running.stop().await;
}
