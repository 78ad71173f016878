//! `/u/{name}`: somebody else, as far as the reader may know of them.

use axum::{Router, extract::State, response::Response, routing::get};
use maud::{Markup, html};
use twinbase::prelude::*;
use twinbase_web::Problem;

use crate::{
    api::{AppState, PathName},
    domain::{
        Error, Pair, Side, Standing, Streak, Tie, User,
        queries::{Freshness, standing, streak_of, study_days, visible},
        week_of,
    },
    web::{
        layout::{Page, Place},
        parts::{number, panel},
        viewer::Viewer,
    },
};

pub(super) fn routes() -> Router<AppState> {
    Router::new().route("/u/{name}", get(show))
}

/// What a profile shows.
struct Profile {
    user: User,
    streak: Streak,
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
        let pair = Pair::of(me, &other.id);
        let stands = match pair {
            Some((pair, side)) => Some((standing(twin, &pair).await?, side)),
            None => None,
        };
        (other.id, other.username, stands)
    };
    let freshness = viewer.freshness();
    let profile = profile(twin, &id, viewer.about.now, &freshness);
    let body = html! {
        (panel("profile", "How it goes", &viewer.about, profile, |profile| numbers(&profile, viewer.about.now)).await)
        @if let Some((standing, side)) = &stands { (deeds(&name, *standing, *side)) }
        @if is_me { p { "This is how others see you. " a href="/account" { "Change it" } } }
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
    let found = user.value.ok_or(Error::NotFound { what: "user" })?.value;
    let days = study_days(twin, id, None, freshness).await?;
    let streak = streak_of(&found, &days.value, now);
    Ok(days.map(|_| Profile {
        user: found,
        streak,
    }))
}

fn numbers(profile: &Profile, now: Timestamp) -> Markup {
    let Profile { user, streak } = profile;
    let this_week = if user.week == week_of(now) {
        user.week_points
    } else {
        0
    };
    html! {
        dl.numbers {
            div { dt { "Points" } dd.big { (number(user.total_points.into())) } }
            div { dt { "This week" } dd.big { (number(this_week.into())) } }
            div { dt { "Streak" } dd.big { (streak.days) @if streak.days == 1 { " day" } @else { " days" } } }
            div { dt { "Longest" } dd.big { (streak.longest) @if streak.longest == 1 { " day" } @else { " days" } } }
        }
    }
}

/// What the reader can do, as they stand to each other.
fn deeds(name: &str, standing: Standing, side: Side) -> Markup {
    let act = |verb: &str, words: &str| {
        let path = format!("/friends/{name}/{verb}");
        html! { form method="post" action=(path) { button { (words) } } }
    };
    html! {
        div.buttons {
            @match standing.tie {
                Tie::Friends => {
                    a.button.primary href={ "/messages/" (name) } { "Message" }
                    a.button href={ "/friends/" (name) "/remove" } { "Remove friend" }
                }
                Tie::AskedBy(by) if by == side => (act("withdraw", "Take the request back")),
                Tie::AskedBy(_) => { (act("accept", "Accept")) (act("decline", "Decline")) }
                Tie::Strangers => {
                    form method="post" action="/friends" {
                        (crate::web::parts::hidden("username", name))
                        button.primary { "Ask to be friends" }
                    }
                }
            }
            (act("hide", "Hide from my boards"))
            a.button href={ "/friends/" (name) "/block" } { "Block" }
        }
    }
}
