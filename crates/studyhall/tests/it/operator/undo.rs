//! What was given up, taken back in the console.

use serde_json::json;

use super::{ended, failed, operator, post};
use crate::{
    support::{Combination, Studyhall, on_two_combinations},
    web::page,
};

on_two_combinations! {
    what_is_taken_back_is_what_that_operation_gave_up,
}

async fn what_is_taken_back_is_what_that_operation_gave_up(on: Combination) {
    let app = Studyhall::start_without_worker(on).await;
    let boss = operator(&app, "grace").await;
    let discards = [
        (
            1,
            json!({ "filter": { "errorKey": "rejected-121" }, "reason": "a test" }),
        ),
        (2, json!({ "all": true, "reason": "a test" })),
        (
            3,
            json!({ "filter": { "errorKey": "rejected-121" }, "reason": "a test" }),
        ),
    ];
    let mut given_up = Vec::new();
    for (count, body) in discards {
        failed(&app, &boss, count).await;
        let begun = post(&app, &boss, "/api/v1/outbox/discard", body).await;
        let operation = ended(&app, &boss, begun).await;
        assert_eq!(operation.body["done"], count, "{}", operation.text);
        given_up.push((count, operation.str("id").to_owned()));
    }
    for (count, id) in given_up {
        let back = format!("/operations/confirm?verb=restore&of={id}");
        let asked = page(&app, Some(&boss), &back).await.expect(200);
        let changes = if count == 1 { "change" } else { "changes" };
        let said = format!("{count} {changes} as of");
        assert!(asked.text.contains(&said), "{said}: {}", asked.text);
    }
}
