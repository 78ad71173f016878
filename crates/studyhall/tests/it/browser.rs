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
async fn the_status_page_shows_the_leaderboard_in_a_real_browser() {
    let Some(browser) = Browser::from_env() else {
        return;
    };
    let place = Place::new();
    place
        .run(&["demo", "--people", "12", "--days", "30"])
        .expect(0, &[]);
    let running = place.start(&[]).await;
    let board = running.get("/api/v1/leaderboard").await;
    let tab = browser.tab().await;
    tab.goto(&format!("{}/status", running.url)).await;
    let page = tab.html().await;
    let leaders = board["items"].as_array().unwrap();
    assert_eq!(leaders.len(), 10, "{board:#}");
    for leader in leaders {
        let name = leader["username"].as_str().unwrap();
        assert!(page.contains(name), "no {name} in {page}");
    }
    for text in ["What is running", "Where the data is"] {
        assert!(page.contains(text), "no {text:?} in {page}");
    }
    // Where it is exactly is for operators.
    assert!(!page.contains("studyhall-data"), "{page}");
    assert!(page.contains(&format!("curl {}/api/v1/users", running.url)));
    running.stop().await;
}

#[tokio::test]
async fn the_status_page_brings_no_script_and_its_policy_allows_none() {
    let running = Place::new().start(&["--host", "127.0.0.1"]).await;
    let answer = reqwest::get(format!("{}/status", running.url))
        .await
        .unwrap();
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
    assert!(page.contains("Nobody is on it yet"), "{page}");
    running.stop().await;
}

#[tokio::test]
async fn the_status_page_is_accessible_empty_and_full() {
    let Some(browser) = Browser::from_env() else {
        return;
    };
    let (empty, full) = (Place::new(), Place::new());
    full.run(&["demo", "--people", "12", "--days", "30"])
        .expect(0, &[]);
    for place in [empty, full] {
        let running = place.start(&[]).await;
        let tab = browser.tab().await;
        tab.goto(&format!("{}/status", running.url)).await;
        tab.evaluate(&format!("{AXE};0")).await;
        for (width, colours) in [(320, Light), (320, Dark), (1_280, Light), (1_280, Dark)] {
            tab.prefer(colours).await;
            tab.resize(width, 800).await;
            let wrong = tab.evaluate(&format!("{AUDIT}(null)")).await;
            assert_eq!(wrong, serde_json::json!([]), "at {width} px, {colours:?}");
        }
        running.stop().await;
    }
}
