//! `/leaderboard`: the top, and the places around oneself.
//!
//! "More" reads the page again with ten rows more, from its own first row on, at once. So nobody is on it twice, wherever they
//! moved meanwhile, and nobody between two rows is missing. With [`MOST_ROWS`] the next page begins instead.

use axum::{Router, extract::State, http::Uri, response::Response, routing::get};
use jiff::{ToSpan as _, civil::Date, tz::TimeZone};
use maud::{Markup, html};
use twinbase::prelude::*;
use twinbase_web::{Page as Items, Problem, cursor, params::date};

use crate::{
    api::AppState,
    domain::{
        Topic,
        queries::{BOARD_LENGTH, Board, BoardEntry, Range, around, full_board_page},
        week_of,
    },
    web::{
        layout::{Page, Place},
        parts::{amount, empty, name, number, panel, triggers},
        viewer::{Viewer, Visitor, params},
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
    let mut params = params(&uri)?;
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
    let made = params.take("made", date)?;
    let after = params.take("cursor", cursor::read)?;
    let rows = params.take("rows", rows)?.unwrap_or(BOARD_LENGTH);
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
    let here = path(all_time, friends);
    if visitor.about().panel.as_deref() == Some(CHANGED) {
        let news = changed(&visitor, &here, made.unwrap_or_else(|| week_of(now)), true);
        return Ok(Page::new("Board", Place::Board, news).for_visitor(&visitor));
    }
    let (id, freshness, about) = (viewer.map(Viewer::id), visitor.freshness(), visitor.about());
    let start = after.as_ref().and_then(cursor::write);
    let is_top = start.is_none();
    let best = full_board_page(state.twin(), &board, after, rows, &freshness);
    let title = match (is_top, rows) {
        (true, BOARD_LENGTH) => "Top ten".to_owned(),
        (true, rows) => format!("Top {rows}"),
        (false, _) => "Further down".to_owned(),
    };
    let best = panel("board", &title, about, best, |best| {
        let best = Items::from(best);
        let none = format!(
            "Nobody has points{} yet. Be the first.",
            this_week(all_time)
        );
        html! {
            (table("board", &best.items, all_time, id, &none))
            p.pager {
                @if !is_top { a href=(here) { "Top ten" } }
                (more(&best, rows, &here, start.as_deref()))
            }
        }
    });
    let near = async {
        let shown = viewer.filter(|viewer| is_top && viewer.user.show_profile)?;
        let near = around(state.twin(), &board, shown.id(), &freshness);
        let near = panel("around", "Around you", about, near, |near| {
            let none = format!("You have no points{} yet.", this_week(all_time));
            table("around", &near, all_time, id, &none)
        });
        Some(near.await)
    };
    // Together: each waits for reads of its own.
    let (best, near) = tokio::join!(best, near);
    let body = html! {
        (filters(all_time, viewer.map(|_| friends)))
        (changed(&visitor, &here, week_of(now), false))
        @if !all_time { p.quiet { (week(now)) } }
        (best)
        @if let Some(near) = near { (near) }
        @else if is_top && viewer.is_some() { p { "You are not on the board. " a href="/account" { "Show me on it" } } }
    };
    let page = Page::new("Board", Place::Board, body).live(TOPICS);
    Ok(page.for_visitor(&visitor))
}

/// As many rows as a page may have: it stays light.
const MOST_ROWS: u32 = 100;

fn rows(text: &str) -> Result<u32, &'static str> {
    let rows = text.parse().ok();
    let rows = rows.filter(|rows| (BOARD_LENGTH..=MOST_ROWS).contains(rows));
    rows.ok_or("must be from 10 to 100")
}

/// The link to more rows of this page or, when it has as many as it may, to the next one. Without script the longer page begins
/// at the row that was the last.
fn more(best: &Items<BoardEntry>, rows: u32, here: &str, start: Option<&str>) -> Markup {
    let longer = (rows + BOARD_LENGTH).min(MOST_ROWS);
    let start = start.map(|start| format!("&cursor={start}"));
    let path = format!("{here}{}&rows={longer}", start.unwrap_or_default());
    html! {
        @match (&best.next_cursor, best.items.last()) {
            (Some(_), Some(last)) if longer > rows => {
                a href={ (path) "#board-" (last.id) } hx-get={ (path) "&panel=board" } hx-target="#board" hx-select="#board"
                    hx-swap="outerMorph" hx-replace-url=(path) { "More" }
            },
            (Some(next), _) => a href={ (here) "&cursor=" (next) } { "More" },
            (None, _) => {},
        }
    }
}

const TOPICS: &[Topic] = &[Topic::Board, Topic::Week];
const CHANGED: &str = "changed";

/// The board never moves under its reader: it says that it has changed. `made` is the week in which the page was.
fn changed(visitor: &Visitor, here: &str, made: Date, has_changed: bool) -> Markup {
    let about = visitor.about();
    let news = if made == week_of(about.now) {
        "Board changed"
    } else {
        "New week"
    };
    let again = about.panel_path(CHANGED);
    let again = again.map(|_| format!("{here}&made={made}&panel={CHANGED}"));
    html! {
        p #changed role="status" hx-get=[&again] hx-trigger=[again.is_some().then(|| triggers(TOPICS))] hx-target="this" hx-select="#changed" hx-swap="outerHTML" {
            @if has_changed { (news) ": " a href=(here) { "show" } }
        }
    }
}

fn path(all_time: bool, of_friends: bool) -> String {
    let range = if all_time { "all" } else { "week" };
    let who = if of_friends { "friends" } else { "all" };
    format!("/leaderboard?range={range}&who={who}")
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
        html! { a href=(path(all_time, of_friends)) aria-current=[here.then_some("true")] { (name) } }
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

const fn this_week(all_time: bool) -> &'static str {
    if all_time { "" } else { " this week" }
}

/// The roles are named because on a narrow page rows are no rows of a table for a browser.
fn table(
    of: &str,
    entries: &[BoardEntry],
    all_time: bool,
    me: Option<&AggregateId>,
    none: &str,
) -> Markup {
    html! {
        @if entries.is_empty() { (empty(none, Some(("/todos", "Complete a todo")))) }
        @else {
            table.ranks role="table" {
                thead role="rowgroup" {
                    tr role="row" {
                        th scope="col" role="columnheader" { "Rank" }
                        th scope="col" role="columnheader" { "Name" }
                        th.count scope="col" role="columnheader" { "Points" }
                        th.count scope="col" role="columnheader" { "Time" }
                    }
                }
                tbody role="rowgroup" { @for entry in entries { (row(of, entry, all_time, me == Some(&entry.id))) } }
            }
        }
    }
}

fn row(of: &str, entry: &BoardEntry, all_time: bool, is_me: bool) -> Markup {
    let (points, minutes) = if all_time {
        (entry.total_points, entry.total_minutes)
    } else {
        (entry.week_points, entry.week_minutes)
    };
    html! {
        tr.mine[is_me] id={ (of) "-" (entry.id) } role="row" {
            td role="cell" { (entry.rank) }
            th scope="row" role="rowheader" {
                a href={ "/u/" (entry.username) } { (name(&entry.username)) }
                @if is_me { " " span.badge { "You" } }
            }
            td.count role="cell" { (number(points.into())) }
            td.count role="cell" { (amount(minutes.into())) }
        }
    }
}
