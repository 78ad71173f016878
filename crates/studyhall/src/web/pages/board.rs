//! `/leaderboard`: the top, and the places around oneself.

use axum::{Router, extract::State, http::Uri, response::Response, routing::get};
use jiff::{ToSpan as _, tz::TimeZone};
use maud::{Markup, html};
use twinbase::prelude::*;
use twinbase_web::{Params, Problem};

use crate::{
    api::AppState,
    domain::{
        queries::{Board, BoardEntry, Range, around, top},
        week_of,
    },
    web::{
        layout::{Page, Place},
        parts::{amount, empty, number, panel},
        viewer::{Viewer, Visitor},
    },
};

pub(super) fn routes() -> Router<AppState> {
    Router::new().route("/leaderboard", get(show))
}

async fn show(
    State(state): State<AppState>,
    visitor: Visitor,
    uri: Uri,
) -> Result<Response, Problem> {
    let mut params = Params::of(&uri)?;
    let all_time = params.take("range", |text| match text {
        "week" => Ok(false),
        "all" => Ok(true),
        _ => Err("must be week or all"),
    })?;
    let friends = params.take("who", |text| match text {
        "all" => Ok(false),
        "friends" => Ok(true),
        _ => Err("must be all or friends"),
    })?;
    params.finish()?;
    let (all_time, now) = (all_time.unwrap_or(false), visitor.about().now);
    let range = if all_time {
        Range::All
    } else {
        Range::Week(now)
    };
    let viewer = visitor.viewer();
    // Strangers have no friends: they see everybody.
    let friends = friends.unwrap_or(false) && viewer.is_some();
    let board = match viewer {
        Some(viewer) => Board::of_reader(state.twin(), range, viewer.id(), friends).await?,
        None => Board {
            range,
            ..Board::all_time()
        },
    };
    let best = top(state.twin(), &board, &visitor.freshness()).await;
    let id = viewer.map(Viewer::id);
    let body = html! {
        (filters(all_time, viewer.map(|_| friends)))
        @if !all_time { p.quiet { (week(now)) } }
        (panel("board", "Top ten", visitor.about(), best, |best| table(&best, all_time, id)))
        @if let Some(viewer) = viewer {
            @if viewer.user.show_profile {
                @let near = around(state.twin(), &board, viewer.id(), &visitor.freshness()).await;
                (panel("around", "Around you", visitor.about(), near, |near| table(&near, all_time, id)))
            } @else {
                p { "You are not on the board. " a href="/account" { "Show me on it" } }
            }
        }
    };
    Ok(Page::new("Board", Place::Board, body).for_visitor(&visitor))
}

/// "Week 48, ends in 2 days".
fn week(now: Timestamp) -> String {
    let monday = week_of(now);
    let today = now.to_zoned(TimeZone::UTC).date();
    let left = monday
        .checked_add(7.days())
        .ok()
        .and_then(|end| today.until(end).ok());
    let number = monday.iso_week_date().week();
    match left.map_or(0, |left| left.get_days()) {
        1 => format!("Week {number}, ends today at midnight UTC"),
        days => format!("Week {number}, ends in {days} days"),
    }
}

/// Which points, and whose; a stranger has no friends to choose.
fn filters(all_time: bool, friends: Option<bool>) -> Markup {
    let link = |all_time: bool, of_friends: bool, name: &str, here: bool| {
        let range = if all_time { "all" } else { "week" };
        let who = if of_friends { "friends" } else { "all" };
        html! { a href={ "/leaderboard?range=" (range) "&who=" (who) } aria-current=[here.then_some("true")] { (name) } }
    };
    let of_friends = friends.unwrap_or(false);
    html! {
        p.filters {
            (link(false, of_friends, "This week", !all_time))
            (link(true, of_friends, "All time", all_time))
            @if let Some(of_friends) = friends {
                (link(all_time, false, "Everybody", !of_friends))
                (link(all_time, true, "Friends", of_friends))
            }
        }
    }
}

fn table(entries: &[BoardEntry], all_time: bool, me: Option<&AggregateId>) -> Markup {
    html! {
        @if entries.is_empty() {
            @if all_time { (empty("Nobody has points yet. Be the first.", Some(("/todos", "Complete a todo")))) }
            @else { (empty("Nobody has points this week yet. Be the first.", Some(("/todos", "Complete a todo")))) }
        } @else {
            table {
                thead { tr { th scope="col" { "Rank" } th scope="col" { "Name" } th.count scope="col" { "Points" } th.count scope="col" { "Time" } } }
                tbody {
                    @for entry in entries {
                        @let is_me = me == Some(&entry.id);
                        tr.mine[is_me] {
                            td { (entry.rank) }
                            th scope="row" {
                                a href={ "/u/" (entry.username) } { bdi { (entry.username) } }
                                @if is_me { " " span.badge { "You" } }
                            }
                            @let (points, minutes) = if all_time { (entry.total_points, entry.total_minutes) } else { (entry.week_points, entry.week_minutes) };
                            td.count { (number(points.into())) }
                            td.count { (amount(minutes.into())) }
                        }
                    }
                }
            }
        }
    }
}
