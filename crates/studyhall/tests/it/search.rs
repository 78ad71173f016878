//! Search: by words or what stands for them, and never what somebody may not see.

use std::collections::BTreeSet;

use jiff::SignedDuration;
use serde_json::{Value, json};
use twinbase_testkit::faults::Fault;

use crate::{
    friends::befriend,
    support::{Answer, Combination, Member, Options, Studyhall, on_every_combination},
};

on_every_combination! {
    everybody_finds_their_own_and_who_shows_themselves,
    more_of_one_kind_is_found_page_by_page,
    while_changes_arrive_late_own_todos_and_people_are_found_and_the_rest_is_said_to_be_late,
    without_an_index_of_words_the_text_is_looked_for_and_that_is_said,
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

    // Words that are in every text are in no index, and found as they are written.
    for title in ["To be or not to be", "The Who"] {
        app.todo(&ada, title).await;
        app.catch_up().await;
        for words in [title, &title.to_lowercase()] {
            let found_plainly = search(&app, &ada, words).await;
            assert_eq!(found(&found_plainly, "todos", "title"), [title], "{words}");
            assert_eq!(found_plainly.body["isPlain"], true, "{words}");
        }
    }
    let none = search(&app, &ada, "geometry").await;
    assert!(found(&none, "todos", "title").is_empty(), "{}", none.text);
    // As of words that are found: a server may have no text search at all.
    assert_eq!(none.body["isPlain"], mine.body["isPlain"]);
    // Blanks alone are no search.
    let blank = search(&app, &ada, " \u{3000}").await;
    assert!(found(&blank, "todos", "title").is_empty(), "{}", blank.text);
    let list = app.call("GET", "/api/v1/todos?search=%20").by(&ada.token);
    assert_eq!(list.send().await.expect(200).items().len(), 3);

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

async fn more_of_one_kind_is_found_page_by_page(on: Combination) {
    let app = Studyhall::start_without_worker(on).await;
    let ada = app.member("ada").await;
    let titles: Vec<_> = (0..107).map(|n| format!("algebra {n}")).collect();
    for some in titles.chunks(100) {
        let todos = some.iter().map(|title| json!({ "title": title }));
        let todos = json!({ "todos": todos.collect::<Value>() });
        let call = app.call("POST", "/api/v1/todos/bulk").by(&ada.token);
        call.json(&todos).send().await.expect(201);
        app.clock.advance(SignedDuration::from_secs(1));
    }
    app.todo(&ada, "geometry").await;
    app.catch_up().await;
    app.twin.migrate().await.expect("indexes can be made");
    let all = search(&app, &ada, "algebra").await;
    assert_eq!(found(&all, "todos", "title").len(), 5);
    assert!(all.body["nextCursor"].is_null(), "{}", all.text);

    let mut path = "/api/v1/search?q=algebra&in=todos".to_owned();
    let (mut pages, mut seen) = (Vec::new(), Vec::new());
    loop {
        let page = app.call("GET", &path).by(&ada.token);
        let page = page.send().await.expect(200);
        let of_page = found(&page, "todos", "title").into_iter();
        seen.extend(of_page.map(str::to_owned));
        pages.push(seen.len());
        let Some(next) = page.body["nextCursor"].as_str() else {
            break;
        };
        let link = format!("</api/v1/search?q=algebra&in=todos&cursor={next}>; rel=\"next\"");
        assert_eq!(page.header("link"), link);
        path = format!("/api/v1/search?q=algebra&in=todos&cursor={next}");
    }
    assert_eq!(pages, [50, 100, 107]);
    let newest: BTreeSet<_> = seen[..7].iter().collect();
    assert_eq!(newest, titles[100..].iter().collect(), "the newest first");
    let once: BTreeSet<_> = seen.iter().collect();
    assert_eq!(once, titles.iter().collect());
    for bad in ["in=planets", "cursor=x", "in=todos&cursor=x"] {
        let bad = app.call("GET", &format!("/api/v1/search?q=algebra&{bad}"));
        let bad = bad.by(&ada.token).send().await;
        assert_eq!(bad.status, 400, "{}", bad.text);
    }

    let page = async |path: &str| {
        let page = crate::web::page(&app, Some(&ada), path).await;
        page.expect(200).text
    };
    let link = |page: &str, text: &str| {
        let mut links = page.split("<a href=\"");
        let link = links.find(|link| link.split('>').nth(1) == Some(&format!("{text}</a")))?;
        link.split('"')
            .next()
            .map(|path| path.replace("&amp;", "&"))
    };
    let everything = page("/search?q=algebra").await;
    let more = "/search?q=algebra&in=todos".to_owned();
    assert_eq!(link(&everything, "More"), Some(more.clone()));
    let mut path = more.clone();
    for count in [50, 50, 7] {
        let todos = page(&path).await;
        assert_eq!(todos.matches("<bdi>algebra ").count(), count, "{todos}");
        assert!(!todos.contains("id=\"people\""), "{todos}");
        let begin = (path != more).then(|| more.clone());
        assert_eq!(link(&todos, "From the beginning"), begin);
        let next = link(&todos, "More");
        assert_eq!(next.is_some(), count == 50);
        path = next.unwrap_or_default();
    }
}

/// MongoDB has such servers, and the embedded store such collections; the replica of this test is made so.
async fn without_an_index_of_words_the_text_is_looked_for_and_that_is_said(on: Combination) {
    let options = Options {
        without_worker: true,
        ..Options::default()
    };
    let (app, faults) = Studyhall::faulty(on, options).await;
    let (ada, bob) = (app.member("ada").await, app.member("bob").await);
    for title in ["Reading chapters of algebra", "Algebra, again"] {
        app.todo(&ada, title).await;
    }
    app.todo(&bob, "Chapters of algebra").await;
    app.catch_up().await;
    app.twin.migrate().await.expect("indexes can be made");
    faults.set(Fault::NoTextSearch);
    // The text is there as it is written, in whatever case; two words that do not stand together are not.
    for (words, expected) in [
        (
            "ALGEBRA",
            &["Algebra, again", "Reading chapters of algebra"][..],
        ),
        ("chapters of", &["Reading chapters of algebra"]),
        ("algebra chapters", &[]),
        (".*", &[]),
    ] {
        for more in ["", "&in=todos"] {
            let encoded: String = url::form_urlencoded::byte_serialize(words.as_bytes()).collect();
            let query = format!("search?q={encoded}{more}");
            let api = app.call("GET", &format!("/api/v1/{query}"));
            let api = api.by(&ada.token).send().await.expect(200);
            let titles: BTreeSet<_> = found(&api, "todos", "title").into_iter().collect();
            assert_eq!(titles, expected.iter().copied().collect(), "{query}");
            assert_eq!(api.body["isPlain"], true, "{query}");
            let page = crate::web::page(&app, Some(&ada), &format!("/{query}")).await;
            let page = page.expect(200).text;
            let said = "Looked for the text as it is written";
            assert!(page.contains(said), "{page}");
            for title in expected {
                assert!(page.contains(&format!("<bdi>{title}</bdi>")), "{page}");
            }
        }
    }
}

async fn while_changes_arrive_late_own_todos_and_people_are_found_and_the_rest_is_said_to_be_late(
    on: Combination,
) {
    let app = Studyhall::start_without_worker(on).await;
    let (ada, bob) = (app.member("ada").await, app.member("bob").await);
    befriend(&app, &ada, &bob).await;
    let write = async |text: &str| {
        let text = [("text", text)];
        crate::web::post(&app, Some(&ada), "/messages/bob", &text)
            .await
            .expect(303);
    };
    write("Late chapters?").await;
    app.catch_up().await;
    app.twin.migrate().await.expect("indexes can be made");
    // From here on nothing arrives.
    app.sign_up("late.eve", json!({ "showProfile": true }))
        .await
        .expect(201);
    let hidden = app.member("late.cyd").await;
    write("Later chapters?").await;
    for title in ["Be LATE", "100%", "100 of them", "Early"] {
        app.todo(&ada, title).await;
    }
    let added = crate::web::post(&app, Some(&ada), "/todos", &[("title", "late!")]).await;
    let seen = format!(
        "{}; {}",
        crate::web::cookie(&ada),
        crate::web::cookies(&added.expect(303))
    );
    let look = async |words: &str| {
        let path = format!("/search?q={words}");
        let call = app.call("GET", &path).header("cookie", &seen);
        call.header("accept", "text/html")
            .send()
            .await
            .expect(200)
            .text
    };
    let found = look("late").await;
    for text in [
        "<bdi>Be LATE</bdi>",
        "<bdi>late!</bdi>",
        "href=\"/u/late.eve\"",
        "Late chapters?",
        "▲ Changes arrive late right now",
    ] {
        assert!(found.contains(text), "no {text} in {found}");
    }
    for text in ["could not load", &hidden.name, "Early", "Later chapters?"] {
        assert!(!found.contains(text), "{text} in {found}");
    }
    // Nothing in the words means anything else.
    let found = look("100%25").await;
    assert!(
        found.contains("100%") && !found.contains("100 of them"),
        "{found}"
    );
    assert!(!look("l_te.").await.contains("late.eve"));
    // A program that asks for its own writes is not answered without them.
    let token = app.todo(&ada, "last").await;
    let messages = app.call("GET", "/api/v1/search?q=late&in=messages");
    let messages = messages
        .by(&ada.token)
        .header("sync-token", token.header("sync-token"));
    messages.send().await.problem(503, "not-caught-up");
}
