//! What the first reader of a fresh community sees.

use super::program::Place;

#[tokio::test]
async fn the_first_page_already_says_how_old_it_is() {
    let running = Place::new().start(&[]).await;
    let page = reqwest::get(format!("{}/leaderboard", running.url)).await;
    let page = page.unwrap().text().await.unwrap();
    assert!(page.contains("data-source=\"replica\""), "{page}");
    assert!(page.contains("data-lag-ms="), "{page}");
    assert!(!page.contains("Age not known"), "{page}");
    running.stop().await;
}
