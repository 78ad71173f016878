//! A day is reported, drawn, and taken home as a file.

use super::{Hall, with_and_without_scripts};

with_and_without_scripts! {
    a_report_is_in_the_chart_its_table_and_the_file,
}

async fn a_report_is_in_the_chart_its_table_and_the_file(hall: Hall) {
    let ada = hall.member("ada").await;
    ada.visit("/reports").await;
    ada.fill("#studyHours", "2.5").await;
    ada.fill("#completionPct", "80").await;
    ada.fill("#notes", "Chapter 3, all of it").await;
    ada.click_on("#today button", "Report").await;
    ada.until_text(".toast", "Saved.").await;
    ada.until_text("#reports li", "2.5 h · 80 %").await;
    ada.follow(".filters a", "Week").await;
    ada.until_text("figcaption", "2 h 30 min on 1 of 7 days.")
        .await;
    let heights = ada
        .evaluate("[...document.querySelectorAll('.bar')].map((bar) => bar.getAttribute('height'))")
        .await;
    assert_eq!(
        heights,
        serde_json::json!(["0", "0", "0", "0", "0", "0", "120"])
    );
    ada.click_on("summary", "Show as a table").await;
    ada.until_text("figure tbody tr", "80 %").await;
    ada.follow(".filters a", "Year").await;
    ada.until_text("figcaption", "2 h 30 min on 1 of 365 days.")
        .await;
    ada.click_on(".filters a", "As a file").await;
    let file = ada.download("reports.csv").await;
    assert!(file.contains("\"Chapter 3, all of it\""), "{file}");
}
