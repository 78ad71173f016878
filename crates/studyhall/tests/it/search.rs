//! Search: by words or what stands for them, and never what somebody may not see.

use serde_json::{Value, json};

use crate::{
    friends::befriend,
    support::{Answer, Combination, Member, Studyhall, on_every_combination},
};

on_every_combination! {
    everybody_finds_their_own_and_who_shows_themselves,
    more_of_one_kind_is_found_and_it_is_said_when_words_are_not_known,
}

async fn search(app: &Studyhall, member: &Member, words: &str) -> Answer {
    let words: String = url::form_urlencoded::byte_serialize(words.as_bytes()).collect();
    let path = format!("/api/v1/search?q={words}");
    app.call("GET", &path)
        .by(&member.token)
        .send()
        .await
        .expect(200)
}

/// One field of all that was found of a kind.
fn found<'a>(answer: &'a Answer, kind: &str, field: &str) -> Vec<&'a str> {
    let items = answer.body[kind].as_array().expect("a list").iter();
    items
        .map(|item| item[field].as_str().expect("a text"))
        .collect()
}

async fn everybody_finds_their_own_and_who_shows_themselves(on: Combination) {
    let app = Studyhall::start_without_worker(on).await;
    let (ada, bob, eve) = (
        app.member("ada").await,
        app.member("bob").await,
        app.member("eve").await,
    );
    app.sign_up("adam", json!({ "showProfile": true }))
        .await
        .expect(201);
    for name in [&ada, &bob] {
        app.todo(name, "Reading chapters of algebra").await;
    }
    befriend(&app, &ada, &bob).await;
    let path = format!("/api/v1/messages/{}", bob.name);
    let text: Value = json!({ "text": "Algebra at ten?" });
    app.call("POST", &path)
        .by(&ada.token)
        .json(&text)
        .send()
        .await
        .expect(201);
    app.catch_up().await;
    // The indexes of words are built beside the work.
    app.twin.migrate().await.expect("indexes can be made");

    let mine = search(&app, &ada, "algebra").await;
    assert_eq!(found(&mine, "todos", "userId"), [ada.id.as_str()]);
    assert_eq!(found(&mine, "messages", "with"), ["bob"]);
    assert_eq!(
        found(&search(&app, &bob, "algebra").await, "messages", "with"),
        ["ada"]
    );
    let others = search(&app, &eve, "algebra").await;
    assert!(
        found(&others, "todos", "title").is_empty()
            && found(&others, "messages", "with").is_empty()
    );

    // By how a name begins, of those who show themselves.
    assert_eq!(
        found(&search(&app, &eve, "ada").await, "people", "username"),
        ["adam"]
    );
    let block = app
        .call("POST", "/api/v1/friends/adam/block")
        .by(&eve.token)
        .send()
        .await;
    assert!(block.status < 300, "{}", block.text);
    assert!(found(&search(&app, &eve, "ada").await, "people", "username").is_empty());
    assert!(found(&search(&app, &ada, ".*").await, "people", "username").is_empty());

    let page = crate::web::page(&app, Some(&ada), "/search?q=algebra")
        .await
        .expect(200);
    assert!(
        page.text.contains("Reading chapters of algebra")
            && page.text.contains("href=\"/messages/bob\""),
        "{}",
        page.text
    );
    crate::web::page(&app, Some(&eve), "/u/ada")
        .await
        .expect(404);
    let profile = crate::web::page(&app, Some(&bob), "/u/ada")
        .await
        .expect(200);
    assert!(profile.text.contains("Remove friend"), "{}", profile.text);
}

async fn more_of_one_kind_is_found_and_it_is_said_when_words_are_not_known(on: Combination) {
    let app = Studyhall::start_without_worker(on).await;
    let ada = app.member("ada").await;
    for n in 0..7 {
        app.todo(&ada, &format!("algebra {n}")).await;
    }
    app.catch_up().await;
    app.twin.migrate().await.expect("indexes can be made");
    let all = search(&app, &ada, "algebra").await;
    assert_eq!(found(&all, "todos", "title").len(), 5);
    let is_plain = all.body["isPlain"].as_bool().expect("it is said");
    let one = app.call("GET", "/api/v1/search?q=algebra&in=todos");
    let one = one.by(&ada.token).send().await.expect(200);
    assert_eq!(found(&one, "todos", "title").len(), 7);
    assert!(found(&one, "messages", "text").is_empty());
    let bad = app.call("GET", "/api/v1/search?q=algebra&in=planets");
    let bad = bad.by(&ada.token).send().await;
    bad.problem(400, "invalid-parameter");

    let page = async |path: &str| {
        crate::web::page(&app, Some(&ada), path)
            .await
            .expect(200)
            .text
    };
    let everything = page("/search?q=algebra").await;
    let more = "href=\"/search?q=algebra&amp;in=todos\"";
    assert!(everything.contains(more), "{everything}");
    let todos = page("/search?q=algebra&in=todos").await;
    assert_eq!(todos.matches("<bdi>algebra ").count(), 7, "{todos}");
    assert!(
        !todos.contains("id=\"people\"") && !todos.contains(more),
        "{todos}"
    );
    let said = "Looked for the text as it is written";
    assert_eq!(todos.contains(said), is_plain, "{todos}");
}
