//! The page of the reader's own day.

use super::{cookies, page, post};
use crate::support::{Combination, Studyhall, on_two_combinations};

on_two_combinations! {
    a_day_is_set_by_a_form_and_a_profile_does_not_move_it,
}

async fn a_day_is_set_by_a_form_and_a_profile_does_not_move_it(on: Combination) {
    let app = Studyhall::start_without_worker(on).await;
    app.clock.set("2030-06-10T12:00:00Z");
    let ada = app.member("ada").await;
    let east = [
        ("timeZone", "Pacific/Kiritimati"),
        ("dayStart", "4"),
        ("weeklyAim", "3"),
        ("holidays", "2030-12-26\n2030-12-25"),
    ];
    let saved = post(&app, Some(&ada), "/account/day", &east).await;
    assert_eq!(
        (saved.status, saved.header("location")),
        (303, "/account/day")
    );
    let seen = format!("studyhall_session={}; {}", ada.token, cookies(&saved));
    let form = app.call("GET", "/account/day").header("cookie", &seen);
    let form = form.send().await.expect(200);
    for text in [
        "Saved.",
        "value=\"Pacific/Kiritimati\"",
        "value=\"4\" selected",
        "2030-12-25\n2030-12-26",
        "It is <time datetime=\"2030-06-10\"",
    ] {
        assert!(form.text.contains(text), "no {text} in {}", form.text);
    }
    let bad = [
        ("timeZone", "Mars"),
        ("dayStart", "4"),
        ("weeklyAim", "8"),
        ("holidays", "soon"),
    ];
    let refused = post(&app, Some(&ada), "/account/day", &bad)
        .await
        .expect(422);
    for text in [
        "3 things to fix",
        "value=\"Mars\"",
        ">soon</textarea>",
        "<title>Error:",
    ] {
        assert!(refused.text.contains(text), "no {text} in {}", refused.text);
    }
    // However it is typed, and from a list.
    let typed = [
        ("timeZone", " pacific/kiritimati"),
        ("dayStart", "4"),
        ("weeklyAim", "3"),
    ];
    post(&app, Some(&ada), "/account/day", &typed)
        .await
        .expect(303);
    let form = page(&app, Some(&ada), "/account/day").await.expect(200);
    for text in [
        "value=\"Pacific/Kiritimati\"",
        "list=\"timeZone-list\"",
        "<option value=\"Asia/Kathmandu\">",
    ] {
        assert!(form.text.contains(text), "no {text} in {}", form.text);
    }
    assert!(form.text.len() < 60_000, "{}", form.text.len());
    // Two hours later it is the 11th there, and in Honolulu it stays so.
    app.clock.set("2030-06-10T14:00:05Z");
    let west = [
        ("timeZone", "Pacific/Honolulu"),
        ("dayStart", "4"),
        ("weeklyAim", "5"),
    ];
    post(&app, Some(&ada), "/account/day", &west)
        .await
        .expect(303);
    let moved = page(&app, Some(&ada), "/account/day").await.expect(200);
    assert!(
        moved.text.contains("It is <time datetime=\"2030-06-11\""),
        "{}",
        moved.text
    );
    let stale = [
        ("shown", "{}"),
        ("timeZone", "UTC"),
        ("dayStart", "0"),
        ("weeklyAim", "5"),
    ];
    let stale = post(&app, Some(&ada), "/account/day", &stale)
        .await
        .expect(409);
    assert!(stale.text.contains("changed elsewhere"), "{}", stale.text);
    app.verify().await;
}
