//! Before a rebuild is begun, ended or taken back: what it takes, what it does, and how to undo it.

use std::time::Duration;

use axum::{extract::State, response::Response};
use maud::{Markup, html};
use serde_json::json;
use twinbase::{
    core::primary::Phase,
    sync::rebuild::{RebuildError, RebuildStatus},
};
use twinbase_web::{Params, Problem, fields::hidden, params::plain};

use super::{
    Console,
    draft::{Draft, Label},
    parts::{lasting, number, query},
    rebuild::{NO_WAY_BACK, state_of},
};
use crate::{
    Operator,
    failure::{NOT_NOW, no_answer},
    rebuilds::{Act, refused},
};

pub(super) async fn show(
    State(console): State<Console>,
    operator: Operator,
    mut params: Params,
) -> Result<Response, Problem> {
    let missing = |name| move || Problem::invalid_parameter(name, "is missing");
    let collection = params.take("collection", plain(64))?;
    let collection = collection.ok_or_else(missing("collection"))?;
    let act = params.take("act", Act::parse)?;
    let act = act.ok_or_else(missing("act"))?;
    params.finish()?;
    let draft = Draft::with(json!({ "keepHours": "24" }));
    form(&console, &operator, (&collection, act), &draft).await
}

const KEEP: Label = ("keepHours", "Keep what readers use now for how many hours");
const RATE: Label = ("rate", "At most so many rows a second");

pub(super) async fn form(
    console: &Console,
    operator: &Operator,
    (collection, act): (&str, Act),
    draft: &Draft,
) -> Result<Response, Problem> {
    let now = console.twin.rebuilds().of(collection).await;
    let now = now.map_err(refused)?;
    // A form that was sent is shown again as it was typed.
    if draft.problem().is_none()
        && let Err(error) = console.twin.rebuilds().check(collection, act.ask()).await
    {
        return not_now(console, operator, (collection, act), now.as_ref(), error).await;
    }
    let takes = if act == Act::Start {
        takes(console, collection).await?
    } else {
        html! {}
    };
    let (title, effect, is_danger) = words(act, now.as_ref());
    let body = html! {
        p.lead { (collection) }
        (draft.summary("go on", &[KEEP, RATE]))
        (takes)
        p { (effect) }
        form method="post" action=(console.path("/rebuild")) {
            (hidden("collection", collection))
            (hidden("act", act.name()))
            @if act == Act::Start {
                (draft.number(KEEP.0, KEEP.1, "0: it is removed as soon as all readers have moved, and there is no way back."))
                (draft.number(RATE.0, RATE.1, "Empty: as fast as it goes."))
            }
            p.buttons {
                a.button href=(console.path("/rebuild")) { "Back" }
                button class=[is_danger.then_some("danger")] { (title) }
            }
        }
    };
    Ok(draft.page(console, operator, (&title, "/rebuild"), &body))
}

/// In which state it is instead, and what can be done in that.
async fn not_now(
    console: &Console,
    operator: &Operator,
    (collection, act): (&str, Act),
    now: Option<&RebuildStatus>,
    error: RebuildError,
) -> Result<Response, Problem> {
    let problem = refused(error);
    if problem.kind() != NOT_NOW {
        return Err(problem);
    }
    let mut possible = Vec::new();
    for other in Act::ALL {
        // To pause what is paused changes nothing, and the other way round.
        let is_idle = match other {
            Act::Pause => now.is_some_and(|now| now.paused),
            Act::Resume => now.is_some_and(|now| !now.paused),
            _ => false,
        };
        if !is_idle
            && console
                .twin
                .rebuilds()
                .check(collection, other.ask())
                .await
                .is_ok()
        {
            possible.push(other);
        }
    }
    let draft = Draft::refused(json!({}), problem);
    let body = html! {
        p.lead { (collection) }
        (draft.summary("go on", &[]))
        p role="status" {
            @match now {
                Some(now) => (state_of(now)),
                None => "It was never rebuilt.",
            }
        }
        p.buttons {
            a.button href=(console.path("/rebuild")) { "Back" }
            @for other in possible {
                @let query = query(&[("collection", Some(collection)), ("act", Some(other.name()))]);
                a.button href=(console.path(&format!("/rebuild/confirm{query}"))) { (words(other, now).0) "…" }
            }
        }
    };
    let (title, ..) = words(act, now);
    Ok(draft.page(console, operator, (&title, "/rebuild"), &body))
}

/// How many rows, how long, how much space.
async fn takes(console: &Console, collection: &str) -> Result<Markup, Problem> {
    let planned = console.twin.rebuilds().plan().await.map_err(no_answer)?;
    let planned = planned.iter().find(|one| one.collection == *collection);
    Ok(html! {
        @if let Some(one) = planned {
            @if one.mapping_changed { p { (NO_WAY_BACK) } }
            p {
                (number(one.rows)) @if one.rows == 1 { " row" } @else { " rows" } ", about " (lasting(Duration::from_secs(one.seconds)))
                @if !one.measured { " (guessed)" }
                ", " (number(one.bytes / 1_000)) " KB beside the old collection."
            }
        }
    })
}

/// The title, what happens and how it is undone, and whether it cannot be.
fn words(act: Act, now: Option<&RebuildStatus>) -> (String, String, bool) {
    let is_kept = now.is_some_and(|now| now.phase == Phase::Kept);
    let beside = now.and_then(|now| now.beside.as_deref());
    let beside = beside.unwrap_or("the other collection");
    let (title, effect, is_danger) = match act {
        Act::Start => (
            "Rebuild",
            "A new collection is filled while everybody reads and writes; every change goes to both. Readers move when it agrees \
             with the rows. Until then you can cancel it, and afterwards, while what they use now is kept, move readers back.",
            false,
        ),
        Act::Pause => (
            "Pause",
            "Filling and comparing rest. Every change goes to both collections all the same.",
            false,
        ),
        Act::Resume => (
            "Go on",
            "Filling and comparing go on where they were.",
            false,
        ),
        Act::Cancel if is_kept => {
            let title = format!("Remove {beside}");
            let effect =
                format!("{beside} is removed now. Then there is no way back but another rebuild.");
            return (title, effect, true);
        }
        Act::Cancel => (
            "Cancel the rebuild",
            "The new collection is removed. Readers notice nothing. To undo it, begin another rebuild.",
            true,
        ),
        Act::RollBack => {
            let title = format!("Move readers to {beside}");
            let effect = format!(
                "Readers move to {beside}, which has had every change since. To undo it, move them back again while both are kept."
            );
            return (title, effect, false);
        }
    };
    (title.to_owned(), effect.to_owned(), is_danger)
}
