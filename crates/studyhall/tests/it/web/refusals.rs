//! What is answered where something cannot be done: it says why, leads on, and loses nothing.

use studyhall::{
    api::{Rates, Settings},
    web,
};

use super::{cookie, page, post};
use crate::{
    friends::befriend,
    openapi::{allowed, mounted},
    operator::operator,
    support::{
        Answer, Call, Combination, Member, Options, PASSWORD, Studyhall, on_two_combinations,
    },
};

on_two_combinations! {
    a_key_that_was_used_for_another_text_keeps_the_text_and_says_so,
    an_address_that_forms_are_sent_to_leads_to_its_page,
    a_refusal_has_the_navigation_and_leads_on,
    what_was_typed_too_often_is_sent_again_from_the_refusal,
    whoever_was_signed_out_comes_back_to_where_they_were,
    what_is_wrong_is_said_once_and_in_plain_words,
    what_was_changed_elsewhere_is_shown,
}

async fn a_key_that_was_used_for_another_text_keeps_the_text_and_says_so(on: Combination) {
    let app = Studyhall::start(on).await;
    let (ada, bob) = (app.member("ada").await, app.member("bob").await);
    befriend(&app, &ada, &bob).await;
    let hours = [("completionPct", "50"), ("studyHours", "1")];
    let times = [
        ("startedAt", "2026-01-31T09:00"),
        ("endedAt", "2026-01-31T10:00"),
    ];
    for (path, field, more) in [
        ("/todos", "title", &[][..]),
        ("/todos/bulk", "lines", &[("sure", "true")]),
        ("/forms", "title", &[]),
        ("/friends", "username", &[]),
        ("/messages/bob", "text", &[]),
        ("/sessions", "subject", &times),
        ("/reports", "notes", &hours),
    ] {
        let send = async |text| {
            let key = format!("key-of{}", path.replace('/', "-"));
            let mut fields = vec![("key", &*key), (field, text)];
            fields.extend(more);
            post(&app, Some(&ada), path, &fields).await
        };
        send("first").await.expect(303);
        send("first").await.expect(303);
        let other = send("other-one").await.expect(422).text;
        let said = if path == "/reports" {
            // A day has one report whatever its key is.
            "is not saved"
        } else {
            "This was sent already. Send it again if you meant another one."
        };
        assert!(other.contains(said), "{path}: {other}");
        assert!(other.contains("other-one"), "{path}: {other}");
        assert!(!other.to_lowercase().contains("idempotency"), "{other}");
        assert!(!other.contains("value=\"key-of"), "{path} has another key");
    }
}

async fn an_address_that_forms_are_sent_to_leads_to_its_page(on: Combination) {
    let app = Studyhall::start_without_worker(on).await;
    let boss = operator(&app, "chief").await;
    let mut led = Vec::new();
    for path in mounted(&web::router(&app.state)) {
        if path == "/{*path}" || allowed(&app, &path, &boss).await != ["POST".to_owned()].into() {
            continue;
        }
        // The console, which is for operators, has its own.
        if path.starts_with("/operations") {
            continue;
        }
        let asked = path.replace(['{', '}'], "");
        let away = page(&app, Some(&boss), &asked).await.expect(303);
        let to = away.header("location").to_owned();
        let there = page(&app, Some(&boss), &to).await;
        // Nobody is called `name`, and nothing has the id `id`.
        let is_there = there.status == 200
            || there.status == 404 && to.contains("/name")
            || there.status == 404 && to.contains("/id");
        assert!(is_there, "{path} to {to}: {}", there.status);
        led.push(path);
    }
    assert!(led.len() >= 16, "{led:?}");
}

/// A request of a signed-in member's browser.
fn call(app: &Studyhall, member: &Member, method: &str, path: &str) -> Call {
    let call = app.call(method, path).header("cookie", cookie(member));
    call.header("accept", "text/html")
}

async fn a_refusal_has_the_navigation_and_leads_on(on: Combination) {
    let app = Studyhall::start_without_worker(on).await;
    let ada = app.member("ada").await;
    let from_elsewhere = call(&app, &ada, "POST", "/todos").header("sec-fetch-site", "cross-site");
    let from_elsewhere = from_elsewhere.raw("application/x-www-form-urlencoded", "title=x");
    let unknown_method = call(&app, &ada, "DELETE", "/todos");
    for (refused, status) in [(from_elsewhere, 403), (unknown_method, 405)] {
        let refused = refused.send().await.expect(status);
        leads_on(&refused);
        // Another site chose what is in it.
        assert!(!refused.text.contains("Send it again"), "{}", refused.text);
    }
    let refused = call(&app, &ada, "DELETE", "/todos").send().await;
    assert!(refused.header("allow").contains("POST"));
    // To a script it is a word beside the page, which stays.
    let gone = call(&app, &ada, "POST", "/todos/7/complete").header("hx-request", "true");
    let gone = gone.raw("application/x-www-form-urlencoded", "");
    let gone = gone.send().await.expect(404);
    assert_eq!(gone.header("hx-retarget"), "#toast");
    assert!(
        gone.text.starts_with("<div class=\"toast bad\">"),
        "{}",
        gone.text
    );
}

#[track_caller]
fn leads_on(refused: &Answer) {
    for text in [
        "nav class=\"main\"",
        "Sign out",
        "To the first page",
        "studyhall.css",
    ] {
        assert!(refused.text.contains(text), "no {text} in {}", refused.text);
    }
}

async fn what_was_typed_too_often_is_sent_again_from_the_refusal(on: Combination) {
    let options = Options {
        without_worker: true,
        settings: Settings {
            rates: Rates::parse("write=1,search=1").expect("they are rates"),
            ..Options::default().settings
        },
        ..Options::default()
    };
    let app = Studyhall::start_on(on.databases().await, options).await;
    let ada = app.member("ada").await;
    let todo = [("key", "abc"), ("title", "Read <chapter> 3")];
    post(&app, Some(&ada), "/todos", &[("title", "x")])
        .await
        .expect(303);
    let refused = post(&app, Some(&ada), "/todos", &todo).await.expect(429);
    leads_on(&refused);
    for text in [
        "Send it again",
        "action=\"/todos\"",
        "name=\"key\" value=\"abc\"",
        "value=\"Read &lt;chapter&gt; 3\"",
    ] {
        assert!(refused.text.contains(text), "no {text} in {}", refused.text);
    }
    let passwords = [("password", PASSWORD), ("newPassword", "another one")];
    let refused = post(&app, Some(&ada), "/account/password", &passwords)
        .await
        .expect(429);
    leads_on(&refused);
    assert!(!refused.text.contains("Send it again") && !refused.text.contains("another one"));
    page(&app, Some(&ada), "/search?q=a").await.expect(200);
    let refused = page(&app, Some(&ada), "/search?q=two+words")
        .await
        .expect(429);
    leads_on(&refused);
    let again = "<a href=\"/search?q=two+words\">Try again</a>";
    assert!(refused.text.contains(again), "{}", refused.text);
}

async fn whoever_was_signed_out_comes_back_to_where_they_were(on: Combination) {
    let app = Studyhall::start_without_worker(on).await;
    let form = |path| {
        let call = app.call("POST", path).header("accept", "text/html");
        call.raw("application/x-www-form-urlencoded", "title=x")
    };
    let from = "http://host/todos?show=done&panel=x";
    let next = "/login?next=%2Ftodos%3Fshow%3Ddone";
    let empty = |path| {
        let call = app.call("POST", path).header("accept", "text/html");
        call.raw("application/x-www-form-urlencoded", "")
    };
    let away = empty("/todos/7/complete").header("referer", from);
    assert_eq!(away.send().await.expect(303).header("location"), next);
    let away = empty("/todos/7/complete").send().await.expect(303);
    assert_eq!(away.header("location"), "/login?next=%2F");
    // A password is typed again.
    let passwords = [("password", PASSWORD), ("newPassword", "another one")];
    let away = post(&app, None, "/account/password", &passwords).await;
    assert_eq!(away.expect(303).header("location"), "/login?next=%2F");
    // What was typed stays on the page, and is in no address.
    let kept = form("/todos").header("referer", from).send().await;
    let kept = kept.expect(401).text;
    for text in [
        &*format!("href=\"{next}\" target=\"_blank\""),
        "action=\"/todos\"",
        "name=\"title\" value=\"x\"",
        "Send it again",
    ] {
        assert!(kept.contains(text), "no {text} in {kept}");
    }
    // Another site chose what is in its form.
    let away = form("/todos").header("sec-fetch-site", "cross-site").send();
    assert_eq!(away.await.expect(303).header("location"), "/login?next=%2F");
    // A script leaves the page as it is, with all that was typed.
    for (call, current) in [
        (form("/todos"), from),
        (
            app.call("GET", "/todos?panel=todos")
                .header("accept", "text/html"),
            from,
        ),
    ] {
        let call = call
            .header("hx-request", "true")
            .header("hx-current-url", current);
        let signed_out = call.send().await.expect(401);
        assert_eq!(signed_out.header("hx-redirect"), "");
        assert_eq!(signed_out.header("hx-retarget"), "#toast");
        let link = "href=\"/login?next=%2Ftodos%3Fshow%3Ddone\" target=\"_blank\"";
        assert!(signed_out.text.contains(link), "{}", signed_out.text);
    }
}

async fn what_is_wrong_is_said_once_and_in_plain_words(on: Combination) {
    let app = Studyhall::start_without_worker(on).await;
    let ada = app.member("ada").await;
    for path in [
        "/points?cursor=zz",
        "/leaderboard?range=zzz",
        "/todos?colour=red",
    ] {
        let refused = page(&app, Some(&ada), path).await.expect(400);
        leads_on(&refused);
        assert_eq!(refused.text.matches("cannot be read").count(), 1);
        let alone = path.split('?').next().expect("a path");
        let link = format!("href=\"{alone}\">To the page itself");
        for text in ["parameter", "nextCursor", "`"] {
            assert!(!refused.text.contains(text), "{text} in {}", refused.text);
        }
        assert!(refused.text.contains(&link), "{}", refused.text);
    }
    let day = [
        ("timeZone", "UTC"),
        ("dayStart", "4"),
        ("weeklyAim", "3"),
        ("holidays", "2030-12-25\n24.12.2030\nsoon"),
    ];
    let refused = post(&app, Some(&ada), "/account/day", &day)
        .await
        .expect(422);
    for text in ["“24.12.2030” is none", "“soon” is none"] {
        assert!(refused.text.contains(text), "no {text} in {}", refused.text);
    }
    let report = [("studyHours", "2,5"), ("completionPct", "50,5")];
    post(&app, Some(&ada), "/reports", &report)
        .await
        .expect(303);
    app.catch_up().await;
    let shown = page(&app, Some(&ada), "/reports").await.expect(200).text;
    assert!(shown.contains(" · 2.5 h · 50.5 %"), "{shown}");
}

async fn what_was_changed_elsewhere_is_shown(on: Combination) {
    let app = Studyhall::start_without_worker(on).await;
    let ada = app.member("ada").await;
    let shown = r#"{"timeZone":"Asia/Kathmandu","dayStart":"5","weeklyAim":"5","holidays":""}"#;
    let day = [
        ("timeZone", "Europe/Berlin"),
        ("dayStart", "4"),
        ("weeklyAim", "3"),
        ("shown", shown),
    ];
    let refused = post(&app, Some(&ada), "/account/day", &day)
        .await
        .expect(409)
        .text;
    assert!(
        refused.contains("<li>Time zone: <bdi>UTC</bdi></li>"),
        "{refused}"
    );
    assert!(
        refused.contains("<li>My day begins at: <bdi>00:00</bdi></li>"),
        "{refused}"
    );
    assert!(refused.contains("value=\"Europe/Berlin\""), "{refused}");
    let new = post(&app, Some(&ada), "/forms", &[("title", "A form")]).await;
    let path = new.expect(303).header("location").to_owned();
    let save = async |version, title, question| {
        let fields = [
            ("version", version),
            ("do", "save"),
            ("title", title),
            ("q0.kind", "shortText"),
            ("q0.text", question),
        ];
        post(&app, Some(&ada), &path, &fields).await
    };
    save("1", "Newer", "Why?").await.expect(303);
    let refused = save("1", "Mine", "How?").await.expect(409).text;
    for text in [
        "<li>Title: <bdi>Newer</bdi></li>",
        "<li>Question 1: <bdi>Why?</bdi></li>",
        "value=\"Mine\"",
        "name=\"version\" value=\"2\"",
    ] {
        assert!(refused.contains(text), "no {text} in {refused}");
    }
    save("2", "Mine", "How?").await.expect(303);
}
