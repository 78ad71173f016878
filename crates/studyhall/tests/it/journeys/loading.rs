//! Panels that are not ready with their page.

use twinbase_testkit::faults::Fault;

use super::{Hall, Scripts, with_and_without_scripts};

with_and_without_scripts! {
    what_is_not_ready_arrives_by_itself_or_by_a_link,
}

async fn what_is_not_ready_arrives_by_itself_or_by_a_link(hall: Hall) {
    let (hall, faults) = hall.hurried().await;
    let member = hall.app.member("ada").await;
    hall.app.todo(&member, "Read chapter 3").await;
    hall.app.catch_up().await;
    let ada = hall.person_of(&member).await;
    faults.set(Fault::HoldReads);
    ada.visit("/todos").await;
    ada.until_text("#todos", "Loading").await;
    faults.set(Fault::None);
    if hall.scripts() == Scripts::Off {
        ada.click_on("#todos a", "Refresh").await;
    }
    ada.until_text("#todos li", "Read chapter 3").await;
    // It is as it would have been: what changes arrives, once.
    hall.app.todo(&member, "Read chapter 4").await;
    hall.app.catch_up().await;
    hall.arrives(&ada).await;
    ada.until_text("#todos li", "Read chapter 4").await;
    assert_eq!(ada.texts("#todos .rows > li bdi").await.len(), 2);
}
