//! `/u/{name}`: somebody else, as far as the reader may know of them.

use axum::{Router, extract::State, response::Response, routing::get};
use jiff::{Span, civil::Date};
use maud::{Markup, html};
use twinbase::prelude::*;
use twinbase_web::Problem;

use crate::{
    api::{AppState, PathName},
    domain::{
        Calendar, Error, Pair, Streak, Tie, TypedName, User, days,
        queries::{
            Board, Freshness, Range, StudyDays, following, has_asked, hidden_by, rank, standing,
            streak_of, study_days, visible,
        },
        week_of,
    },
    web::{
        layout::{Page, Place},
        parts::{Point, Shape, chart, number, panel},
        viewer::Viewer,
    },
};

pub(super) fn routes() -> Router<AppState> {
    Router::new().route("/u/{name}", get(show))
}

/// How the reader stands to somebody, as the reader may know it.
enum Bond {
    Friends,
    /// The reader has asked: a request that was declined looks as one that waits.
    Asked,
    /// The other has asked.
    IsAsked,
    None,
}

struct Stands {
    bond: Bond,
    /// Whether the reader has hidden them.
    is_hidden: bool,
}

async fn stands(
    twin: &Twinbase,
    me: &AggregateId,
    other: &AggregateId,
    name: &TypedName,
) -> Result<Option<Stands>, Error> {
    let Some((pair, side)) = Pair::of(me, other) else {
        return Ok(None);
    };
    let bond = match standing(twin, &pair).await?.tie {
        Tie::Friends => Bond::Friends,
        Tie::AskedBy(by) if by != side => Bond::IsAsked,
        _ if has_asked(twin, me, other, name).await? => Bond::Asked,
        _ => Bond::None,
    };
    let is_hidden = hidden_by(twin, me).await?.contains(other);
    Ok(Some(Stands { bond, is_hidden }))
}

/// What a profile shows.
struct Profile {
    user: User,
    streak: Streak,
    /// The rank of this week, of those who are on the board.
    rank: Option<u64>,
    days: StudyDays,
}

async fn show(
    State(state): State<AppState>,
    viewer: Viewer,
    PathName(name): PathName,
) -> Result<Response, Problem> {
    let (twin, me) = (state.twin(), viewer.id());
    let is_me = name.folded() == viewer.user.username.folded();
    let (id, name, stands) = if is_me {
        (me.clone(), viewer.user.username.to_string(), None)
    } else {
        let other = visible(twin, me, &name).await?;
        let stands = stands(twin, me, &other.id, &name).await?;
        (other.id, other.username, stands)
    };
    let freshness = viewer.freshness();
    let profile = profile(twin, &id, viewer.about.now, &freshness);
    let body = html! {
        (panel("profile", "How it goes", &viewer.about, profile, |profile| numbers(&profile, viewer.about.now)).await)
        @if let Some(stands) = &stands { (deeds(&name, stands)) }
        @if is_me {
            p {
                @if viewer.user.show_profile { "This is how others see you. " }
                @else { "Your friends see you like this. Others do not find you. " }
                a href="/account" { "Change it" }
            }
        }
    };
    let place = if is_me {
        Place::Account
    } else {
        Place::Elsewhere
    };
    Ok(Page::new(name, place, body).of(&viewer))
}

async fn profile(
    twin: &Twinbase,
    id: &AggregateId,
    now: Timestamp,
    freshness: &Freshness,
) -> Result<Answer<Profile>, Error> {
    let user = freshness.collection::<User>(twin).get(id).await?;
    let freshness = &following(freshness, user.source);
    let found = user.value.ok_or(Error::NotFound { what: "user" })?.value;
    let board = Board {
        range: Range::Week(now),
        ..Board::all_time()
    };
    let (days, rank) = tokio::try_join!(
        study_days(twin, id, None, freshness),
        rank(twin, &board, id, freshness),
    )?;
    let streak = streak_of(&found, &days.value, now);
    Ok(days.zip(rank).map(|(days, rank)| Profile {
        user: found,
        streak,
        rank,
        days,
    }))
}

fn numbers(profile: &Profile, now: Timestamp) -> Markup {
    let Profile {
        user,
        streak,
        rank,
        days: all,
    } = profile;
    let today = Calendar::of(user).date(now);
    let year = counted(all, today.saturating_sub(Span::new().days(364)), today);
    let this_week = if user.week == week_of(now) {
        user.week_points
    } else {
        0
    };
    html! {
        dl.numbers {
            div { dt { "Points" } dd.big { (number(user.total_points.into())) } }
            div { dt { "This week" } dd.big { (number(this_week.into())) } }
            div { dt { "Rank this week" } dd.big { @if let Some(rank) = rank { (number(i64::try_from(*rank).unwrap_or(i64::MAX))) } @else { "none" } } }
            div { dt { "Streak" } dd.big { (streak.days) @if streak.days == 1 { " day" } @else { " days" } } }
            div { dt { "Longest" } dd.big { (streak.longest) @if streak.longest == 1 { " day" } @else { " days" } } }
        }
        (chart(Shape::Heatmap, &year))
    }
}

/// What the server timed of every day: reports and what was entered by hand are nobody else's business.
fn counted(found: &StudyDays, from: Date, to: Date) -> Vec<Point> {
    let points = days(from, to).map(|date| {
        let minutes = found.get(&date).map_or(0, |day| day.counted_minutes);
        Point {
            date,
            minutes,
            counts: minutes > 0,
            completion: None,
        }
    });
    points.collect()
}

/// What the reader can do, as they stand to each other.
fn deeds(name: &str, stands: &Stands) -> Markup {
    let act = |verb: &str, words: &str| {
        let path = format!("/friends/{name}/{verb}");
        html! { form method="post" action=(path) { button { (words) } } }
    };
    html! {
        div.buttons {
            @match stands.bond {
                Bond::Friends => {
                    a.button.primary href={ "/messages/" (name) } { "Message" }
                    a.button href={ "/friends/" (name) "/remove" } { "Remove friend" }
                }
                Bond::Asked => (act("withdraw", "Take the request back")),
                Bond::IsAsked => { (act("accept", "Accept")) (act("decline", "Decline")) }
                Bond::None => {
                    form method="post" action="/friends" {
                        (crate::web::parts::hidden("username", name))
                        button.primary { "Ask to be friends" }
                    }
                }
            }
            @if stands.is_hidden { (act("unhide", "Show on my boards")) }
            @else { (act("hide", "Hide from my boards")) }
            a.button href={ "/friends/" (name) "/block" } { "Block" }
        }
    }
}
