//! How much one user, and one address, may do in a minute.

use jiff::SignedDuration;
use serde_json::json;
use studyhall::api::{Rates, Settings};

use crate::support::{Answer, Combination, Member, Options, Studyhall, on_two_combinations};

on_two_combinations! {
    what_costs_is_limited_by_user_and_says_what_is_left,
    each_kind_has_its_own_limit_and_reading_has_none,
    an_address_has_a_limit_that_one_user_cannot_use_up,
    a_page_says_it_to_a_person_and_counts_with_the_api,
}

async fn start(on: Combination, rates: &str) -> Studyhall {
    let options = Options {
        without_worker: true,
        settings: Settings {
            rates: Rates::parse(rates).expect("they are rates"),
            ..Settings::default()
        },
        ..Options::default()
    };
    Studyhall::start_on(on.databases().await, options).await
}

async fn write(app: &Studyhall, by: &Member) -> Answer {
    let call = app.call("POST", "/api/v1/todos").by(&by.token);
    call.json(&json!({ "title": "x" })).send().await
}

async fn what_costs_is_limited_by_user_and_says_what_is_left(on: Combination) {
    let app = start(on, "write=2").await;
    let (ada, bob) = (app.member("ada").await, app.member("bob").await);
    let first = write(&app, &ada).await.expect(201);
    assert_eq!(first.header("ratelimit-policy"), "\"write\";q=2;w=60");
    assert!(first.header("ratelimit").starts_with("\"write\";r=1;t="));
    write(&app, &ada).await.expect(201);
    let refused = write(&app, &ada).await.problem(429, "too-many-attempts");
    assert!(refused.header("ratelimit").starts_with("\"write\";r=0;t="));
    let wait: i64 = refused.header("retry-after").parse().expect("seconds");
    assert!((1..=30).contains(&wait), "{wait}");
    let told = format!("Too many requests: wait {wait} s, then try again.");
    assert_eq!(refused.str("detail"), told);
    write(&app, &bob).await.expect(201);
    app.clock.advance(SignedDuration::from_secs(wait));
    write(&app, &ada).await.expect(201);
}

async fn each_kind_has_its_own_limit_and_reading_has_none(on: Combination) {
    let rates = "write=1,search=1,export=1,friend-request=1,message=1,response=1";
    let app = start(on, rates).await;
    let ada = app.member("ada").await;
    let send = async |method: &str, path: &str| {
        let call = app.call(method, path).by(&ada.token);
        let call = if method == "GET" {
            call
        } else {
            call.json(&json!({}))
        };
        call.send().await.status
    };
    for (method, path, other_path) in [
        ("POST", "/api/v1/todos", "/api/todos/7/complete"),
        ("GET", "/api/v1/search?q=x", "/api/todos?search=x"),
        ("GET", "/api/v1/account/export", "/api/reports.csv"),
        ("POST", "/api/v1/friends", "/api/friends"),
        ("POST", "/api/v1/messages/bob", "/api/messages/eve"),
        (
            "POST",
            "/api/v1/forms/7/responses",
            "/api/forms/8/responses",
        ),
    ] {
        assert_ne!(send(method, path).await, 429, "{path}");
        assert_eq!(send(method, other_path).await, 429, "{other_path}");
    }
    for _ in 0..5 {
        assert_eq!(send("GET", "/api/v1/todos").await, 200);
    }
}

async fn an_address_has_a_limit_that_one_user_cannot_use_up(on: Combination) {
    let app = start(on, "write=1").await;
    let ada = app.member("ada").await;
    for _ in 0..50 {
        write(&app, &ada).await;
    }
    let mut members = Vec::new();
    for number in 0..25 {
        members.push(app.member(&format!("member{number}")).await);
    }
    // Twenty times as much as one user, of which Ada took one: signing up takes long, in which there is more again.
    let mut done = 1;
    for member in &members {
        done += u32::from(write(&app, member).await.status == 201);
    }
    assert!((20..=22).contains(&done), "{done}");
}

async fn a_page_says_it_to_a_person_and_counts_with_the_api(on: Combination) {
    let app = start(on, "write=1").await;
    let ada = app.member("ada").await;
    write(&app, &ada).await.expect(201);
    let page = app
        .call("POST", "/todos")
        .header("cookie", format!("studyhall_session={}", ada.token))
        .header("sec-fetch-site", "same-origin")
        .header("accept", "text/html")
        .raw("application/x-www-form-urlencoded", "title=x")
        .send()
        .await
        .expect(429);
    assert!(page.header("content-type").starts_with("text/html"));
    assert!(
        page.text.contains("Too many requests: wait") && page.text.contains("try again"),
        "{}",
        page.text
    );
    assert!(!page.header("retry-after").is_empty());
}
