//! Lists of forms.

use serde_json::json;

use super::{deed, drafted, opened, respond};
use crate::support::{Answer, Combination, Member, Studyhall, on_two_combinations};

on_two_combinations! {
    forms_are_mine_to_answer_or_answered,
    pages_of_each_list_neither_skip_nor_repeat,
}

async fn list(app: &Studyhall, member: &Member, query: &str) -> Answer {
    let call = app.call("GET", &format!("/api/v1/forms{query}"));
    call.by(&member.token).send().await
}

async fn forms_are_mine_to_answer_or_answered(on: Combination) {
    let app = Studyhall::start(on).await;
    let (ada, bob) = (app.member("ada").await, app.member("bob").await);
    let public = json!({ "isPublic": true, "allowsMore": true });
    let open = opened(&app, &ada, public.clone()).await;
    let by_link = opened(&app, &ada, json!({})).await;
    let draft = drafted(&app, &ada, public.clone()).await;
    let closed = opened(&app, &ada, public.clone()).await;
    deed(&app, &ada, closed.str("id"), "close")
        .await
        .expect(200);
    let own = opened(&app, &bob, public).await;
    let token = own.header("sync-token");

    let mine = app.call("GET", "/api/v1/forms").by(&ada.token);
    let mine = mine.header("sync-token", token).header("prefer", "wait=10");
    let mine = mine.send().await.expect(200);
    let newest_first = [&closed, &draft, &by_link, &open].map(|form| form.str("id"));
    assert_eq!(mine.of_items("id"), newest_first);

    let to_answer = list(&app, &bob, "?list=toAnswer").await.expect(200);
    assert_eq!(to_answer.of_items("id"), [open.str("id")]);
    assert_eq!(to_answer.header("x-read-source"), "primary");
    assert!(
        list(&app, &bob, "?list=answered")
            .await
            .expect(200)
            .items()
            .is_empty()
    );

    for form in [&by_link, &open] {
        respond(&app, &bob, form.str("id"), json!({ "pace": "Right" }))
            .await
            .expect(201);
    }
    let answered = list(&app, &bob, "?list=answered").await.expect(200);
    assert_eq!(answered.of_items("id"), [by_link.str("id"), open.str("id")]);
    assert!(
        list(&app, &bob, "?list=toAnswer")
            .await
            .expect(200)
            .items()
            .is_empty()
    );
    list(&app, &bob, "?list=all")
        .await
        .problem(400, "invalid-parameter");
}

async fn pages_of_each_list_neither_skip_nor_repeat(on: Combination) {
    let app = Studyhall::start(on).await;
    let (ada, bob) = (app.member("ada").await, app.member("bob").await);
    let mut all = Vec::new();
    for i in 0..5 {
        let more = json!({ "isPublic": true, "title": i.to_string() });
        all.push(opened(&app, &ada, more).await.str("id").to_owned());
    }
    all.reverse();
    app.catch_up().await;
    let walk = async |member: &Member, name: &str| {
        let mut found = Vec::new();
        let mut query = format!("?list={name}&limit=2");
        loop {
            let page = list(&app, member, &query).await.expect(200);
            found.extend(page.of_items("id").into_iter().map(str::to_owned));
            let Some(cursor) = page.body["nextCursor"].as_str() else {
                break found;
            };
            assert!(page.header("link").contains("rel=\"next\""));
            query = format!("?list={name}&limit=2&cursor={cursor}");
        }
    };
    assert_eq!(walk(&ada, "mine").await, all);
    assert_eq!(walk(&bob, "toAnswer").await, all);
    for id in &all {
        respond(&app, &bob, id, json!({ "pace": "Right" }))
            .await
            .expect(201);
    }
    assert_eq!(walk(&bob, "answered").await, all);
    list(&app, &bob, "?list=answered&cursor=x")
        .await
        .problem(400, "invalid-parameter");
}
