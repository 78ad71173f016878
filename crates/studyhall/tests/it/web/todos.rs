//! Pages of todos.

use super::{cookies, page, post};
use crate::support::{Combination, Studyhall, on_two_combinations};

on_two_combinations! {
    a_todo_is_added_completed_taken_back_changed_and_deleted_without_a_script,
    what_was_typed_comes_back_with_what_is_wrong_with_it,
    a_second_click_adds_nothing,
    nobody_else_touches_a_todo,
}

/// The id of the first todo on a page.
fn first(text: &str) -> String {
    let at = text.find("id=\"todo-").expect("there is a todo") + 9;
    text[at..].split('"').next().expect("an id").to_owned()
}

async fn a_todo_is_added_completed_taken_back_changed_and_deleted_without_a_script(
    on: Combination,
) {
    // No worker: what a page shows of one's own writes comes from the primary, and at once.
    let app = Studyhall::start_without_worker(on).await;
    let ada = app.member("ada").await;
    let added = post(
        &app,
        Some(&ada),
        "/todos",
        &[("title", "Read <b>chapter</b> 3")],
    )
    .await;
    assert_eq!((added.status, added.header("location")), (303, "/todos"));
    let seen = format!("studyhall_session={}; {}", ada.token, cookies(&added));
    let list = app
        .call("GET", "/todos")
        .header("cookie", &seen)
        .send()
        .await
        .expect(200);
    assert!(
        list.text.contains("Read &lt;b&gt;chapter&lt;/b&gt; 3"),
        "{}",
        list.text
    );
    assert!(list.text.contains("data-source=\"primary\""));

    let id = first(&list.text);
    let done = post(&app, Some(&ada), &format!("/todos/{id}/complete"), &[]).await;
    assert_eq!(done.status, 303);
    let seen = format!("studyhall_session={}; {}", ada.token, cookies(&done));
    let list = app
        .call("GET", "/todos?show=done")
        .header("cookie", &seen)
        .send()
        .await
        .expect(200);
    for text in [
        "Done. You earned 1 point.",
        &format!("action=\"/todos/{id}/reopen\""),
    ] {
        assert!(list.text.contains(text), "no {text} in {}", list.text);
    }
    assert_eq!(app.points(&ada).await, 1);
    post(&app, Some(&ada), &format!("/todos/{id}/reopen"), &[])
        .await
        .expect(303);
    assert_eq!(app.points(&ada).await, 0);

    // Of two who change the same version, the second sees what the first made of it and loses nothing.
    let form = page(&app, Some(&ada), &format!("/todos/{id}/edit"))
        .await
        .expect(200);
    assert!(
        form.text.contains("name=\"version\" value=\"3\""),
        "{}",
        form.text
    );
    let path = format!("/todos/{id}");
    post(
        &app,
        Some(&ada),
        &path,
        &[("version", "3"), ("title", "Mine")],
    )
    .await
    .expect(303);
    let late = post(
        &app,
        Some(&ada),
        &path,
        &[("version", "3"), ("title", "Late")],
    )
    .await
    .expect(409);
    assert!(
        late.text.contains("<bdi>Mine</bdi>") && late.text.contains("value=\"Late\""),
        "{}",
        late.text
    );

    let sure = page(&app, Some(&ada), &format!("{path}/delete"))
        .await
        .expect(200);
    assert!(sure.text.contains("Delete todo?"));
    post(&app, Some(&ada), &format!("{path}/delete"), &[])
        .await
        .expect(303);
    page(&app, Some(&ada), &format!("{path}/edit"))
        .await
        .expect(404);
    app.verify().await;
}

async fn what_was_typed_comes_back_with_what_is_wrong_with_it(on: Combination) {
    let app = Studyhall::start_without_worker(on).await;
    let ada = app.member("ada").await;
    let long = "x".repeat(201);
    let refused = post(&app, Some(&ada), "/todos", &[("title", &long)])
        .await
        .expect(422);
    for text in [
        long.as_str(),
        "1 thing to fix before we can save",
        "aria-invalid=\"true\"",
    ] {
        assert!(refused.text.contains(text), "no {text} in {}", refused.text);
    }
    let lines = "- one\n\n- two";
    let preview = post(&app, Some(&ada), "/todos/bulk", &[("lines", lines)])
        .await
        .expect(200);
    assert!(preview.text.contains("These 2 todos will be added."));
    post(
        &app,
        Some(&ada),
        "/todos/bulk",
        &[("lines", lines), ("sure", "true")],
    )
    .await
    .expect(303);
    app.catch_up().await;
    let list = page(&app, Some(&ada), "/todos").await.expect(200);
    assert_eq!(list.text.matches("id=\"todo-").count(), 2);
}

async fn a_second_click_adds_nothing(on: Combination) {
    let app = Studyhall::start_without_worker(on).await;
    let ada = app.member("ada").await;
    let fields = [("key", "0194b7d2-52a0-7c3e"), ("title", "Once")];
    for _ in 0..2 {
        post(&app, Some(&ada), "/todos", &fields).await.expect(303);
    }
    app.catch_up().await;
    let list = page(&app, Some(&ada), "/todos").await.expect(200);
    assert_eq!(list.text.matches("id=\"todo-").count(), 1);
}

async fn nobody_else_touches_a_todo(on: Combination) {
    let app = Studyhall::start_without_worker(on).await;
    let (ada, eve) = (app.member("ada").await, app.member("eve").await);
    let todo = app.todo(&ada, "Mine").await;
    let path = format!("/todos/{}", todo.str("id"));
    for end in ["/edit", "/delete"] {
        page(&app, Some(&eve), &format!("{path}{end}"))
            .await
            .expect(404);
        page(&app, None, &format!("{path}{end}")).await.expect(303);
    }
    for end in ["", "/complete", "/reopen", "/delete"] {
        let refused = post(
            &app,
            Some(&eve),
            &format!("{path}{end}"),
            &[("title", "Hers")],
        )
        .await;
        assert_eq!(refused.status, 404, "{end}");
    }
    // A page of another site sends a reader's cookie along: it is refused.
    let call = app
        .call("POST", &format!("{path}/delete"))
        .header("sec-fetch-site", "cross-site");
    let call = call.raw("application/x-www-form-urlencoded", "");
    let cookie = format!("studyhall_session={}", ada.token);
    assert_eq!(call.header("cookie", cookie).send().await.status, 403);
}
