//! Points: exactly one for every completion.

use futures_util::future::join_all;
use serde_json::{Value, json};
use studyhall::domain::queries::check_ledger;

use crate::support::{Answer, Combination, Member, Studyhall, on_two_combinations};

on_two_combinations! {
    sixteen_concurrent_completions_earn_one_point,
    undoing_takes_the_point_back_and_repeating_writes_nothing,
    completions_and_undoings_at_once_keep_points_and_todos_in_step,
    a_deleted_todo_takes_its_point_with_it,
    many_todos_are_made_together_or_not_at_all,
    every_point_has_an_entry_of_the_ledger_and_its_week,
    a_ledger_is_read_to_its_end,
    equals_share_a_rank_and_everybody_sees_the_places_around_them,
    a_point_that_is_taken_back_costs_no_place_among_equals,
    points_and_minutes_that_are_not_the_sums_of_their_causes_are_found,
}

async fn patch(app: &Studyhall, member: &Member, id: &str, body: Value) -> Answer {
    let call = app
        .call("PATCH", &format!("/api/todos/{id}"))
        .by(&member.token);
    call.json(&body).send().await
}

async fn complete(app: &Studyhall, member: &Member, id: &str) -> Answer {
    let path = format!("/api/v1/todos/{id}/complete");
    app.call("POST", &path).by(&member.token).send().await
}

async fn sixteen_concurrent_completions_earn_one_point(on: Combination) {
    let app = Studyhall::start(on).await;
    let ada = app.member("ada").await;
    let todo = app.todo(&ada, "Read").await;
    let id = todo.str("id");
    let answers = join_all((0..16).map(async |i| match i % 2 {
        0 => complete(&app, &ada, id).await,
        _ => patch(&app, &ada, id, json!({ "completed": true })).await,
    }));
    for answer in answers.await {
        let answer = answer.expect(200);
        assert_eq!(answer.body["completed"], true);
        assert_eq!(answer.header("etag"), "\"2\"");
    }
    assert_eq!(app.points(&ada).await, 1);
    // The user, the todo, the completion and the point.
    assert_eq!(app.events().await, 4);
    app.verify().await;
}

async fn undoing_takes_the_point_back_and_repeating_writes_nothing(on: Combination) {
    let app = Studyhall::start(on).await;
    let ada = app.member("ada").await;
    let todo = app.todo(&ada, "Read").await;
    let id = todo.str("id");
    let done = complete(&app, &ada, id).await.expect(200);
    assert_eq!(done.body["pointsAwarded"], 1);
    assert!(done.body["completedAt"].is_string());
    assert_eq!(app.points(&ada).await, 1);

    let events = app.events().await;
    let again = complete(&app, &ada, id).await.expect(200);
    assert_eq!(again.body["pointsAwarded"], 0);
    assert_eq!(again.str("completedAt"), done.str("completedAt"));
    assert_eq!(app.events().await, events);

    let undone = patch(&app, &ada, id, json!({ "completed": false }))
        .await
        .expect(200);
    assert_eq!(undone.body["completedAt"], Value::Null);
    assert_eq!(app.points(&ada).await, 0);
    patch(&app, &ada, id, json!({ "completed": false }))
        .await
        .expect(200);
    assert_eq!(app.points(&ada).await, 0);
    let both = json!({ "completed": true, "title": "Read it all" });
    let both = patch(&app, &ada, id, both).await.expect(200);
    assert_eq!(both.str("title"), "Read it all");
    assert_eq!(app.points(&ada).await, 1);
    app.verify().await;
}

async fn completions_and_undoings_at_once_keep_points_and_todos_in_step(on: Combination) {
    let app = Studyhall::start(on).await;
    let ada = app.member("ada").await;
    let mut ids = Vec::new();
    for title in ["a", "b", "c"] {
        ids.push(app.todo(&ada, title).await.str("id").to_owned());
    }
    let (app, ada, ids) = (&app, &ada, &ids);
    let changes = join_all((0..24).map(async |i| {
        let body = json!({ "completed": i % 3 != 0 });
        patch(app, ada, &ids[i % ids.len()], body).await
    }));
    for answer in changes.await {
        answer.expect(200);
    }
    app.catch_up().await;
    let todos = app
        .call("GET", "/api/todos")
        .by(&ada.token)
        .send()
        .await
        .expect(200);
    let done = todos
        .items()
        .iter()
        .filter(|todo| todo["completed"] == true)
        .count();
    assert_eq!(
        app.points(ada).await,
        i64::try_from(done).expect("it is small")
    );
    app.verify().await;
}

async fn a_deleted_todo_takes_its_point_with_it(on: Combination) {
    let app = Studyhall::start(on).await;
    let ada = app.member("ada").await;
    let todo = app.todo(&ada, "Read").await;
    let path = format!("/api/todos/{}", todo.str("id"));
    complete(&app, &ada, todo.str("id")).await.expect(200);
    let deleted = app
        .call("DELETE", &path)
        .by(&ada.token)
        .send()
        .await
        .expect(200);
    assert_eq!(deleted.body, json!({ "success": true }));
    assert_eq!(app.points(&ada).await, 0);
    let token = deleted.header("sync-token");
    for method in ["GET", "DELETE"] {
        let call = app.call(method, &path).by(&ada.token);
        let gone = call.header("sync-token", token).send().await;
        gone.problem(404, "not-found");
    }
    // The replica, once it has the deletion, shows the todo to nobody.
    let list = app
        .call("GET", "/api/todos?consistency=strict")
        .by(&ada.token);
    let list = list.header("sync-token", token);
    let list = list.header("prefer", "wait=10").send().await.expect(200);
    assert!(list.items().is_empty());
    app.verify().await;
}

async fn many_todos_are_made_together_or_not_at_all(on: Combination) {
    let app = Studyhall::start(on).await;
    let ada = app.member("ada").await;
    let bulk = |todos: Vec<Value>| {
        let call = app.call("POST", "/api/v1/todos/bulk").by(&ada.token);
        call.json(&json!({ "todos": todos })).send()
    };
    let titles: Vec<_> = (0..100).map(|i| format!("todo {i}")).collect();
    let todos = titles.iter().enumerate();
    let todos = todos.map(|(i, title)| json!({ "title": title, "completed": i < 7 }));
    let made = bulk(todos.collect()).await.expect(201);
    assert_eq!(made.of_items("title"), titles);
    assert_eq!(app.points(&ada).await, 7);
    assert_eq!(app.events().await, 1 + 100 + 1);

    let bad = bulk(vec![json!({ "title": "a" }), json!({ "title": "" })]).await;
    let bad = bad.problem(422, "invalid-fields");
    assert_eq!(bad.body["errors"][0]["pointer"], "/todos/1/title");
    bulk(vec![json!({ "title": "a" }); 101])
        .await
        .problem(422, "invalid-fields");
    bulk(vec![]).await.problem(422, "invalid-fields");
    assert_eq!(app.events().await, 102);

    let statistics = app
        .call("GET", "/api/statistics?consistency=strict")
        .by(&ada.token);
    let statistics = statistics.header("sync-token", made.header("sync-token"));
    let statistics = statistics
        .header("prefer", "wait=10")
        .send()
        .await
        .expect(200);
    assert_eq!(statistics.header("x-read-source"), "replica");
    assert_eq!(statistics.body["total"], 100);
    assert_eq!(statistics.body["completed"], 7);
    assert_eq!(statistics.body["open"], 93);
    assert_eq!(statistics.body["completionRate"], 0.07);
    app.verify().await;
}

/// The items of the ledger: amount, sum and week of each.
async fn ledger(app: &Studyhall, member: &Member) -> Vec<(i64, i64, String)> {
    let call = app.call("GET", "/api/v1/points").by(&member.token);
    let answer = call.send().await.expect(200);
    let number = |value: &Value| value.as_i64().expect("a number");
    let entry = |item: &Value| {
        let week = item["week"].as_str().expect("a date").to_owned();
        (number(&item["amount"]), number(&item["sum"]), week)
    };
    answer.items().iter().map(entry).collect()
}

async fn a_ledger_is_read_to_its_end(on: Combination) {
    let app = Studyhall::start_without_worker(on).await;
    let ada = app.member("ada").await;
    let done = json!({ "title": "x", "completed": true });
    // All at one time: the id decides.
    for count in [100, 7] {
        let call = app.call("POST", "/api/v1/todos/bulk").by(&ada.token);
        let todos = json!({ "todos": vec![done.clone(); count] });
        call.json(&todos).send().await.expect(201);
    }
    let (mut sums, mut path) = (Vec::new(), "/api/v1/points?limit=50".to_owned());
    loop {
        let page = app.call("GET", &path).by(&ada.token).send().await;
        let page = page.expect(200);
        sums.extend(page.items().iter().filter_map(|item| item["sum"].as_i64()));
        let Some(next) = page.body["nextCursor"].as_str() else {
            break;
        };
        assert!(
            page.header("link").contains(next),
            "{}",
            page.header("link")
        );
        path = format!("/api/v1/points?limit=50&cursor={next}");
    }
    assert_eq!(sums, (1..=107).rev().collect::<Vec<i64>>());
    let first = crate::web::page(&app, Some(&ada), "/points")
        .await
        .expect(200);
    let older = first.text.split("href=\"/points?cursor=").nth(1);
    let older = older
        .and_then(|link| link.split('"').next())
        .expect("a link");
    let older = format!("/points?cursor={older}");
    let older = crate::web::page(&app, Some(&ada), &older).await.expect(200);
    assert_eq!(older.text.matches("<tr><td data-label=\"When\"").count(), 7);
    assert!(
        !older.text.contains("href=\"/points?cursor="),
        "{}",
        older.text
    );
}

async fn board(app: &Studyhall, range: &str) -> Vec<(i64, String, i64, i64)> {
    app.catch_up().await;
    let path = format!("/api/v1/leaderboard?range={range}");
    let answer = app.call("GET", &path).send().await.expect(200);
    let line = |item: &Value| {
        let number = |name: &str| item[name].as_i64().expect("a number");
        let name = item["username"].as_str().expect("a name").to_owned();
        (
            number("rank"),
            name,
            number("totalPoints"),
            number("weekPoints"),
        )
    };
    answer.items().iter().map(line).collect()
}

async fn every_point_has_an_entry_of_the_ledger_and_its_week(on: Combination) {
    let app = Studyhall::start_without_worker(on).await;
    app.sign_up("ada", json!({ "showProfile": true }))
        .await
        .expect(201);
    let token = app
        .log_in("ada", crate::support::PASSWORD)
        .await
        .expect(200);
    let ada = Member {
        id: String::new(),
        name: "ada".to_owned(),
        token: token.str("token").to_owned(),
    };
    let old = app.todo(&ada, "Old").await;
    complete(&app, &ada, old.str("id")).await.expect(200);
    let first = ledger(&app, &ada).await;
    assert_eq!((first[0].0, first[0].1), (1, 1));
    assert_eq!(board(&app, "week").await, [(1, "ada".to_owned(), 1, 1)]);

    // A week later the board is empty, and nothing was reset.
    app.clock.advance(jiff::SignedDuration::from_hours(7 * 24));
    let token = app
        .log_in("ada", crate::support::PASSWORD)
        .await
        .expect(200);
    let ada = Member {
        token: token.str("token").to_owned(),
        ..ada
    };
    assert!(board(&app, "week").await.is_empty());
    let new = app.todo(&ada, "New").await;
    complete(&app, &ada, new.str("id")).await.expect(200);
    assert_eq!(board(&app, "week").await, [(1, "ada".to_owned(), 2, 1)]);

    // What is undone and done again counts for the week of the first time.
    let undo = json!({ "completed": false });
    patch(&app, &ada, old.str("id"), undo).await.expect(200);
    assert_eq!(board(&app, "week").await, [(1, "ada".to_owned(), 1, 1)]);
    complete(&app, &ada, old.str("id")).await.expect(200);
    let path = format!("/api/todos/{}", old.str("id"));
    app.call("DELETE", &path)
        .by(&ada.token)
        .send()
        .await
        .expect(200);
    assert_eq!(board(&app, "week").await, [(1, "ada".to_owned(), 1, 1)]);
    let all = ledger(&app, &ada).await;
    let amounts: Vec<_> = all.iter().map(|entry| entry.0).collect();
    assert_eq!(amounts, [-1, 1, -1, 1, 1]);
    assert_eq!(all[0].1, 1);
    let weeks: Vec<_> = all.iter().map(|entry| entry.2 == first[0].2).collect();
    assert_eq!(weeks, [true, true, true, false, true]);
    app.verify().await;
}

async fn equals_share_a_rank_and_everybody_sees_the_places_around_them(on: Combination) {
    use studyhall::domain::queries::{Board, Freshness, around};
    use twinbase::prelude::AggregateId;

    let app = Studyhall::start_without_worker(on).await;
    let mut ids = Vec::new();
    for (i, points) in [5, 3, 3, 3, 2, 2, 1, 1, 1, 1, 1, 1, 0]
        .into_iter()
        .enumerate()
    {
        let user = app
            .sign_up(&format!("user{i}"), json!({ "showProfile": true }))
            .await
            .expect(201);
        let session = app
            .log_in(&format!("user{i}"), crate::support::PASSWORD)
            .await
            .expect(200);
        ids.push(user.str("id").to_owned());
        let todos: Vec<_> = (0..points)
            .map(|_| json!({ "title": "x", "completed": true }))
            .collect();
        if points > 0 {
            let call = app.call("POST", "/api/todos/bulk").by(session.str("token"));
            call.json(&json!({ "todos": todos }))
                .send()
                .await
                .expect(201);
        }
        app.clock.advance(jiff::SignedDuration::from_secs(1));
    }
    let ranks: Vec<_> = board(&app, "all")
        .await
        .into_iter()
        .map(|line| line.0)
        .collect();
    assert_eq!(ranks, [1, 2, 2, 2, 5, 5, 7, 7, 7, 7]);
    // Page by page everybody comes once, with the rank that they have on the whole board.
    let (mut paged, mut path) = (Vec::new(), "/api/v1/leaderboard?limit=3".to_owned());
    loop {
        let page = app.call("GET", &path).send().await.expect(200);
        paged.extend(page.items().iter().filter_map(|item| item["rank"].as_i64()));
        let Some(next) = page.body["nextCursor"].as_str() else {
            break;
        };
        path = format!("/api/v1/leaderboard?limit=3&cursor={next}");
    }
    // Whoever has no points is on no board.
    assert_eq!(paged, [1, 2, 2, 2, 5, 5, 7, 7, 7, 7, 7, 7]);
    for source in ["replica", "primary"] {
        let freshness = if source == "replica" {
            Freshness::default()
        } else {
            // A token that nothing has met yet.
            let late = app.sign_up("late", json!({})).await.expect(201);
            Freshness {
                token: late.header("sync-token").parse().ok(),
                ..Freshness::default()
            }
        };
        for (me, names, ranks) in [
            (
                7,
                vec![2, 3, 4, 5, 6, 7, 8, 9, 10, 11],
                vec![2, 2, 5, 5, 7, 7, 7, 7, 7, 7],
            ),
            (0, vec![0, 1, 2, 3, 4, 5], vec![1, 2, 2, 2, 5, 5]),
            (12, vec![], vec![]),
        ] {
            let id = AggregateId::new(&ids[me]).expect("an id");
            let near = around(&app.twin, &Board::all_time(), &id, &freshness)
                .await
                .expect("both sides answer");
            let found: Vec<_> = near
                .value
                .iter()
                .map(|entry| entry.username.to_string())
                .collect();
            let expected: Vec<_> = names.iter().map(|i| format!("user{i}")).collect();
            assert_eq!(found, expected, "around {me} from the {source}");
            let found: Vec<_> = near.value.iter().map(|entry| entry.rank).collect();
            assert_eq!(found, ranks, "around {me} from the {source}");
        }
    }
}

async fn a_point_that_is_taken_back_costs_no_place_among_equals(on: Combination) {
    let app = Studyhall::start_without_worker(on).await;
    let (ada, bob) = (app.member("ada").await, app.member("bob").await);
    for member in [&ada, &bob] {
        crate::friends::show(&app, member).await;
        for title in ["one", "two"] {
            let todo = app.todo(member, title).await;
            complete(&app, member, todo.str("id")).await.expect(200);
            app.clock.advance(jiff::SignedDuration::from_secs(10));
        }
    }
    let names = async |range| {
        let board = board(&app, range).await.into_iter();
        board.map(|line| (line.0, line.1)).collect::<Vec<_>>()
    };
    let first = [(1, "ada".to_owned()), (1, "bob".to_owned())];
    assert_eq!(names("all").await, first);
    // She was first, and still is after a slip of the finger.
    let third = app.todo(&ada, "three").await;
    complete(&app, &ada, third.str("id")).await.expect(200);
    app.clock.advance(jiff::SignedDuration::from_secs(10));
    let undo = json!({ "completed": false });
    patch(&app, &ada, third.str("id"), undo).await.expect(200);
    for range in ["all", "week"] {
        assert_eq!(names(range).await, first, "{range}");
    }
    app.verify().await;
}

async fn points_and_minutes_that_are_not_the_sums_of_their_causes_are_found(on: Combination) {
    let app = Studyhall::start_without_worker(on).await;
    // In the middle of a week, which nothing here leaves by accident.
    app.clock.set("2030-01-16T10:00:00Z");
    let (ada, _bob) = (app.member("ada").await, app.member("bob").await);
    let study = async |minutes| {
        let call = |path: &str| app.call("POST", path).by(&ada.token);
        let new = json!({ "subject": "Algebra" });
        let started = call("/api/v1/sessions/timer").json(&new).send().await;
        started.expect(200);
        app.clock.advance(jiff::SignedDuration::from_mins(minutes));
        let stopped = call("/api/v1/sessions/timer/stop").json(&json!({})).send();
        stopped.await.expect(201);
    };
    let check = async || check_ledger(&app.twin).await.expect("it can be read");
    study(25).await;
    app.clock.advance(jiff::SignedDuration::from_hours(7 * 24));
    // A week that has minutes and no points, then one more of each.
    study(10).await;
    assert_eq!(check().await.wrong, 0);
    study(40).await;
    let todo = app.todo(&ada, "Read").await;
    complete(&app, &ada, todo.str("id")).await.expect(200);
    let report = check().await;
    assert_eq!((report.people, report.wrong), (2, 0), "{report:?}");
    for column in [
        "total_points",
        "week_points",
        "total_minutes",
        "week_minutes",
    ] {
        let add = async |amount: i32| {
            app.sql(format!(
                "update users set {column} = {column} + {amount} where username = 'ada'"
            ))
            .await;
        };
        add(1).await;
        let report = check().await;
        assert_eq!(report.wrong, 1, "{column}: {report:?}");
        let wrong = &report.samples[0];
        assert_eq!(wrong.id.as_str(), ada.id, "{column}");
        let ledger = (wrong.ledger.minutes, wrong.ledger.week_minutes);
        assert_eq!(ledger, (75, 50), "{column}");
        add(-1).await;
    }
    app.sql("update users set week = '1970-01-05' where username = 'ada'".to_owned())
        .await;
    assert_eq!(check().await.wrong, 1);
}
