//! Pages of reports: the form of the day, and days together as pictures and tables.

use super::{cookies, page, post};
use crate::support::{Combination, Studyhall, on_two_combinations};

on_two_combinations! {
    a_day_is_reported_once_from_a_form_that_is_filled_in,
    a_report_is_of_the_day_for_which_its_form_was_shown,
    days_are_drawn_as_bars_a_line_and_a_heatmap_with_their_numbers,
}

async fn a_day_is_reported_once_from_a_form_that_is_filled_in(on: Combination) {
    let app = Studyhall::start_without_worker(on).await;
    app.clock.set("2030-02-02T12:00:00Z");
    let ada = app.member("ada").await;
    let by_hand = [
        ("subject", "Reading"),
        ("startedAt", "2030-02-02T09:00"),
        ("endedAt", "2030-02-02T10:30"),
    ];
    post(&app, Some(&ada), "/sessions", &by_hand)
        .await
        .expect(303);
    let form = page(&app, Some(&ada), "/reports").await.expect(200);
    for text in [
        "value=\"1.5\"",
        "1 h 30 min by hand",
        "0 min of the timer",
        "It cannot be changed later.",
    ] {
        assert!(form.text.contains(text), "no {text} in {}", form.text);
    }
    let bad = [
        ("studyHours", "25"),
        ("completionPct", "most"),
        ("notes", "kept"),
    ];
    let refused = post(&app, Some(&ada), "/reports", &bad).await.expect(422);
    for text in [
        "2 things to fix",
        "value=\"25\"",
        ">kept</textarea>",
        "<title>Error: reports",
    ] {
        assert!(refused.text.contains(text), "no {text} in {}", refused.text);
    }
    let good = [
        ("studyHours", "1.5"),
        ("completionPct", "80"),
        ("notes", "All <b>done</b>"),
    ];
    let sent = post(&app, Some(&ada), "/reports", &good).await;
    assert_eq!((sent.status, sent.header("location")), (303, "/reports"));
    let seen = format!("studyhall_session={}; {}", ada.token, cookies(&sent));
    let list = app.call("GET", "/reports").header("cookie", &seen);
    let list = list.send().await.expect(200);
    for text in [
        "Saved.",
        "You have reported 2 Feb 2030",
        "1.5 h · 80 %",
        "All &lt;b&gt;done&lt;/b&gt;",
    ] {
        assert!(list.text.contains(text), "no {text} in {}", list.text);
    }
    let again = post(&app, Some(&ada), "/reports", &good).await.expect(409);
    assert!(
        again.text.contains("You have reported 2 Feb 2030"),
        "{}",
        again.text
    );
    let file = app.call("GET", "/reports.csv").header("cookie", &seen);
    let file = file.send().await.expect(200);
    assert_eq!(file.header("content-type"), "text/csv; charset=utf-8");
    assert!(
        file.text.ends_with("2030-02-02,1.5,80,All <b>done</b>\r\n"),
        "{}",
        file.text
    );
    app.verify().await;
}

async fn a_report_is_of_the_day_for_which_its_form_was_shown(on: Combination) {
    let app = Studyhall::start_without_worker(on).await;
    app.clock.set("2030-02-01T23:50:00Z");
    let ada = app.member("ada").await;
    let report = async || {
        let form = page(&app, Some(&ada), "/reports").await.expect(200).text;
        let mark = "name=\"localDate\" value=\"";
        let at = form.find(mark).expect("the form has its day") + mark.len();
        [
            ("localDate", form[at..at + 10].to_owned()),
            ("studyHours", "1".to_owned()),
            ("completionPct", "50".to_owned()),
            ("notes", "Typed before midnight".to_owned()),
        ]
    };
    let send = async |fields: &[(&str, String)]| {
        let fields: Vec<_> = fields
            .iter()
            .map(|(name, value)| (*name, &**value))
            .collect();
        post(&app, Some(&ada), "/reports", &fields).await
    };
    let shown = report().await;
    app.clock.set("2030-02-02T00:10:00Z");
    send(&shown).await.expect(303);
    app.catch_up().await;
    let list = page(&app, Some(&ada), "/reports").await.expect(200).text;
    let file = app
        .call("GET", "/reports.csv")
        .header("cookie", super::cookie(&ada));
    let file = file.send().await.expect(200).text;
    assert!(
        file.contains("2030-02-01,1,50,") && !file.contains("2030-02-02"),
        "{file}"
    );
    assert!(!list.contains("You have reported"), "{list}");
    // Too late for the day that was shown: the words are kept, and both days are named.
    let shown = report().await;
    app.clock.set("2030-02-03T07:00:00Z");
    let refused = send(&shown).await.expect(409).text;
    for text in [
        "This one is of 2030-02-02; it is 2030-02-03 for you.",
        "Typed before midnight",
        "name=\"localDate\" value=\"2030-02-03\"",
    ] {
        assert!(refused.contains(text), "no {text} in {refused}");
    }
    app.verify().await;
}

async fn days_are_drawn_as_bars_a_line_and_a_heatmap_with_their_numbers(on: Combination) {
    let app = Studyhall::start_without_worker(on).await;
    app.clock.set("2030-02-01T12:00:00Z");
    let ada = app.member("ada").await;
    let empty = page(&app, Some(&ada), "/reports?view=week")
        .await
        .expect(200);
    assert!(
        empty.text.contains("Nothing in these days yet."),
        "{}",
        empty.text
    );
    for (day, hours) in [("01", "2"), ("02", "4.5")] {
        app.clock.set(&format!("2030-02-{day}T12:00:00Z"));
        let report = [("studyHours", hours), ("completionPct", "80")];
        post(&app, Some(&ada), "/reports", &report)
            .await
            .expect(303);
    }
    app.catch_up().await;
    for (view, shape, sum) in [
        ("week", "<rect class=\"bar\"", "6 h 30 min on 2 of 7 days."),
        (
            "month",
            "<polyline class=\"curve\"",
            "6 h 30 min on 2 of 30 days.",
        ),
        ("year", "class=\"heat-4\"", "6 h 30 min on 2 of 365 days."),
    ] {
        let drawn = page(&app, Some(&ada), &format!("/reports?view={view}"))
            .await
            .expect(200);
        for text in [
            shape,
            sum,
            "data-source=\"replica\"",
            "2 Feb 2030",
            "4 h 30 min",
            "80 %",
            "2 days",
            "This week 2 of 5",
        ] {
            assert!(
                drawn.text.contains(text),
                "no {text} in {view}: {}",
                drawn.text
            );
        }
        assert!(
            drawn.text.len() < 60_000,
            "{view}: {} bytes",
            drawn.text.len()
        );
        assert!(!drawn.text.contains("style="), "the policy refuses it");
    }
    // What is entered by hand is no study for the chart as it is none for the streak.
    app.clock.set("2030-02-03T12:00:00Z");
    let by_hand = [
        ("subject", "Reading"),
        ("startedAt", "2030-02-03T09:00"),
        ("endedAt", "2030-02-03T10:30"),
    ];
    let added = post(&app, Some(&ada), "/sessions", &by_hand).await;
    added.expect(303);
    app.catch_up().await;
    let drawn = page(&app, Some(&ada), "/reports?view=week").await;
    let drawn = drawn.expect(200).text;
    for text in [
        "6 h 30 min on 2 of 7 days.",
        "Sessions by hand do not count.",
        "2 Feb 2030: counted",
        "3 Feb 2030: still open",
    ] {
        assert!(drawn.contains(text), "no {text} in {drawn}");
    }
    page(&app, Some(&ada), "/reports?view=decade")
        .await
        .expect(400);
}
