//! What the first reader of a fresh community sees.

use twinbase_testkit::wait;

use super::program::{Place, SOON};

#[tokio::test]
async fn the_first_page_already_says_how_old_it_is() {
    // Where everything takes long, the primary answers instead.
    wait::until("a first page of the replica", SOON, async || {
        let running = Place::new().start(&[]).await;
        let page = reqwest::get(format!("{}/leaderboard", running.url)).await;
        let page = page.unwrap().text().await.unwrap();
        running.stop().await;
        assert!(page.contains("data-lag-ms="), "{page}");
        assert!(!page.contains("Age not known"), "{page}");
        if page.contains("data-source=\"replica\"") {
            Ok(())
        } else {
            Err(page)
        }
    })
    .await;
}
