//! The timer is the server's: a reload and another tab show the same.

use jiff::SignedDuration;

use super::{Hall, Scripts};

#[tokio::test(flavor = "multi_thread")]
async fn a_timer_goes_on_over_a_reload_and_is_stopped_from_another_tab() {
    let Some(hall) = Hall::open(Scripts::On).await else {
        return;
    };
    let ada = hall.member("ada").await;
    ada.visit("/sessions").await;
    ada.fill("#timer [name=subject]", "Algebra").await;
    ada.choose("#timer [name=goalMinutes]", "25 min").await;
    ada.click_on("#timer button", "Start").await;
    ada.until_text("[role=timer]", "0:00:0").await;
    // It is drawn by itself.
    ada.until_text("[role=timer]", "0:00:02").await;
    hall.app.clock.advance(SignedDuration::from_mins(20));
    ada.reload().await;
    ada.until_text("[role=timer]", "0:20:0").await;
    let second = ada.beside().await;
    second.visit("/sessions").await;
    second.until_text("#timer", "Algebra").await;
    second.until_text("[role=timer]", "0:20:").await;
    second.click_on("#timer button", "Stop").await;
    second.until_text("#sessions", "20 min").await;
    ada.reload().await;
    ada.until_text("#timer", "What will you study?").await;
    ada.until_text("#sessions li", "Algebra").await;
}
