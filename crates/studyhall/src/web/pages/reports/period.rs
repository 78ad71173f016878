//! Days together: a week as bars, a month as a line, a year as a heatmap; and the streak.

use std::sync::Arc;

use futures_util::FutureExt as _;
use jiff::{Span, civil::Date};
use maud::{Markup, html};
use twinbase::prelude::*;

use super::{TOPICS, View};
use crate::{
    api::AppState,
    domain::{
        Calendar, days,
        queries::{StudyDay, StudyDays, streak_of, study_days},
    },
    web::{
        parts::{Point, Shape, chart, empty, live_panel, streak},
        viewer::Viewer,
    },
};

pub(super) async fn body(state: &AppState, viewer: &Viewer, view: View) -> Markup {
    let today = Calendar::of(&viewer.user).date(viewer.about.now);
    let (title, back, shape) = match view {
        View::Day | View::Week => ("The last 7 days", 6, Shape::Bars),
        View::Month => ("The last 30 days", 29, Shape::Line),
        View::Year => ("The last 365 days", 364, Shape::Heatmap),
    };
    let from = today.saturating_sub(Span::new().days(back));
    let (twin, freshness, about) = (state.twin(), viewer.freshness(), &viewer.about);
    // One read for both: a streak needs all days.
    let all = study_days(twin, viewer.id(), None, &freshness);
    let all = all.map(|all| Arc::new(all.map_err(Arc::new))).shared();
    let found = all.clone().map(|all| {
        split(&all, |all| {
            let days = all.range(from..=today);
            days.map(|(date, day)| (*date, *day)).collect::<StudyDays>()
        })
    });
    let own = all.map(|all| split(&all, |all| streak_of(&viewer.user, all, about.now)));
    let (study, own) = tokio::join!(
        live_panel("study", title, TOPICS, about, found, |found| html! {
            @if found.is_empty() { (empty("Nothing in these days yet.", Some(("/sessions", "Start a session")))) }
            (chart(shape, &points(&found, from, today)))
            p.quiet { "A day counts, here and for the streak, by the timer or by its report, whose hours are shown then. Sessions by hand do not count." }
        }),
        live_panel("streak", "Streak", TOPICS, about, own, |own| streak(&own)),
    );
    html! { (study) (own) }
}

/// A part of an answer, as old and from where the whole is.
fn split<T, U, E>(
    whole: &Result<Answer<T>, Arc<E>>,
    part: impl FnOnce(&T) -> U,
) -> Result<Answer<U>, Arc<E>> {
    let whole = whole.as_ref().map_err(Arc::clone)?;
    Ok(Answer {
        value: part(&whole.value),
        source: whole.source,
        staleness: whole.staleness,
    })
}

/// Every day, also those of nothing.
fn points(found: &StudyDays, from: Date, to: Date) -> Vec<Point> {
    days(from, to)
        .map(|date| {
            let day = found.get(&date).copied().unwrap_or_default();
            Point {
                date,
                minutes: minutes(&day),
                counts: day.is_active(),
                completion: day.report.map(|(_, completion)| completion),
            }
        })
        .collect()
}

/// What the report says or, without one, what the timer measured: as for a streak, what was entered by hand does not count by itself.
fn minutes(day: &StudyDay) -> i64 {
    #[expect(
        clippy::cast_possible_truncation,
        reason = "hours of a day; a cast of anything else saturates"
    )]
    let reported = day.report.map(|(hours, _)| (hours * 60.0).round() as i64);
    reported.unwrap_or(day.counted_minutes)
}
