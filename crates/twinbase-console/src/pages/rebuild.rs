//! Rebuilding collections: what a rebuild would take, how far one is, and the way back.

use std::{num::NonZeroU32, time::Duration};

use axum::{extract::State, response::Response};
use maud::{Markup, html};
use twinbase::{
    core::primary::Phase,
    sync::rebuild::{Planned, RebuildStatus},
};
use twinbase_web::{Nullable, PageForm, Problem, body};

use super::{
    Console,
    draft::Draft,
    frame::{again, page},
    parts::{lasting, moment, number, query, state},
    rebuild_confirm,
};
use crate::{
    Operator,
    failure::no_answer,
    rebuilds::{Act, act, options},
};

/// What to do with which collection.
pub(super) struct Wish {
    collection: String,
    act: Act,
    keep_hours: Nullable<u32>,
    rate: Nullable<NonZeroU32>,
}

body!(Wish {
    collection: "todos",
    act: "start",
    keep_hours: "24",
    rate: null
});

pub(super) async fn show(
    State(console): State<Console>,
    operator: Operator,
) -> Result<Response, Problem> {
    let rebuilds = console.twin.rebuilds();
    let all = rebuilds.list().await?;
    let moves = RebuildStatus::is_under_way;
    let runs = all.iter().any(|one| moves(one) && !one.paused);
    // Rows are counted for it, which a page that is refreshed every other second must not do.
    let planned = if runs {
        Vec::new()
    } else {
        rebuilds.plan().await.map_err(no_answer)?
    };
    let is_due = |collection: &str| {
        let mut planned = planned.iter();
        planned.any(|one| one.is_due() && one.collection == collection)
    };
    let body = html! {
        p { "Makes a collection anew from the primary while everybody reads and writes. Readers move when the new one agrees; the one that they used before is kept for a way back." }
        @for one in &all { (shown(&console, one, moves(one))) }
        @if !planned.is_empty() {
            section {
                h2 { "What a rebuild takes" }
                (plan(&planned))
                (strays(&planned))
            }
        }
        section {
            h2 { "Rebuild a collection" }
            form method="get" action=(console.path("/rebuild/confirm")) {
                input type="hidden" name="act" value="start";
                label for="collection" { "Collection" }
                select id="collection" name="collection" {
                    @for schema in console.twin.registry().iter() {
                        option value=(schema.collection) selected[is_due(&schema.collection)] { (schema.collection) }
                    }
                }
                button { "Rebuild…" }
            }
        }
    };
    let page = page(&console, &operator, ("Rebuild", "/rebuild"), &body);
    Ok(if runs { again(page) } else { page })
}

fn shown(console: &Console, one: &RebuildStatus, moves: bool) -> Markup {
    // What is undone by its counterpart is done at once; the rest says first what it does.
    let button = |act: &str, words: &str| {
        html! {
            form method="post" action=(console.path("/rebuild")) {
                input type="hidden" name="collection" value=(one.collection);
                input type="hidden" name="act" value=(act);
                button { (words) }
            }
        }
    };
    let asks = |act: &str, words: &str| {
        let query = query(&[("collection", Some(&one.collection)), ("act", Some(act))]);
        html! { a.button href=(console.path(&format!("/rebuild/confirm{query}"))) { (words) } }
    };
    html! {
        section {
            h2 { (one.collection) }
            p role="status" { (state_of(one)) }
            @let is_compared = one.phase == Phase::Verifying;
            @let (done, total) = if is_compared { (one.compared, one.to_compare) } else { (one.filled, one.total) };
            @if let (Some(total), true) = (total, moves) {
                progress max=(total.max(1)) value=(done) { (done) " of " (total) }
            }
            dl {
                dt { "Readers use" } dd { code { (one.serving) } }
                @if let Some(beside) = &one.beside { dt { "Beside it" } dd { code { (beside) } } }
                dt { "Filled" } dd {
                    (number(one.filled))
                    @if let Some(total) = one.total { " of " (number(total)) }
                    @if moves && one.rows_per_second > 0 { ", " (number(one.rows_per_second.into())) " a second" }
                    @if !is_compared { (left(one)) }
                }
                @if is_compared {
                    dt { "Compared" } dd {
                        (number(one.compared))
                        @if let Some(total) = one.to_compare { " of about " (number(total.max(one.compared))) " rows and documents" }
                        @if one.compared_per_second > 0 { ", " (number(one.compared_per_second.into())) " a second" }
                        (left(one))
                    }
                }
                dt { "Made anew when compared" } dd { (number(one.mended)) }
                dt { "Asked for" } dd {
                    (moment(one.requested_at))
                    @if let Some(id) = &one.operation { ", " a href=(console.path(&format!("/log/{id}"))) { "who asked" } }
                }
                @if let (Some(until), Some(beside)) = (one.keep_until, &one.beside) {
                    dt { code { (beside) } " is kept until" } dd { (moment(until)) }
                }
            }
            @if let Some(all) = &one.without_document { p { (all) ". Verify names them." } }
            @if one.is_without_way_back() { p { (NO_WAY_BACK) } }
            @if let Some(error) = one.error.as_ref().or(one.waits_for.as_ref()) { p.error { (error) } }
            div.buttons {
                @if moves && one.phase <= Phase::Verifying {
                    @if one.paused { (button("resume", "Go on")) } @else { (button("pause", "Pause")) }
                    (asks("cancel", "Cancel…"))
                }
                @if let (Phase::Kept, Some(beside)) = (one.phase, &one.beside) {
                    @if one.way_back { (asks("rollback", &format!("Move readers to {beside}…"))) }
                    (asks("cancel", &format!("Remove {beside}…")))
                }
            }
        }
    }
}

/// Another mapping made what is or will be kept.
pub(super) const NO_WAY_BACK: &str = "There is no way back with this program: another mapping than its own made what readers used before. The earlier version of the program can roll back.";

/// How far one is, and whether somebody has paused it.
pub(super) fn state_of(one: &RebuildStatus) -> Markup {
    let class = match (one.phase, &one.error) {
        // What was kept is kept on.
        (Phase::Kept, Some(_)) => "warn",
        (_, Some(_)) => "bad",
        _ if one.is_failing() || one.without_worker => "bad",
        _ if one.paused => "warn",
        (Phase::Kept | Phase::Ended, None) => "good",
        _ => "quiet",
    };
    html! {
        (state(class, one.phase.name()))
        @if one.paused { ", paused" }
        @if let Some(at) = one.paused_since { " since " (moment(at)) " UTC" }
        @if let Some(idle) = one.idle() { ": " (idle) }
    }
}

fn left(one: &RebuildStatus) -> Markup {
    html! {
        @if let Some(eta) = one.eta_seconds {
            ", " (lasting(Duration::from_secs(eta))) " left" @if one.eta_guessed { " (guessed)" }
        }
    }
}

fn plan(planned: &[Planned]) -> Markup {
    html! {
        table {
            thead { tr { th scope="col" { "Collection" } th scope="col" { "Due" } th scope="col" { "Rows" } th scope="col" { "Time" } th scope="col" { "Space" } } }
            tbody {
                @for one in planned {
                    tr {
                        th scope="row" { (one.collection) }
                        td data-label="Due" {
                            @if one.mapping_changed { (state("warn", "its mapping has changed")) }
                            @else if one.without_version > 0 {
                                (state("warn", &format!(
                                    "{}{} rows were there before",
                                    if one.without_version_is_least { "at least " } else { "" }, number(one.without_version)
                                )))
                            }
                            @else if one.never_filled { (state("warn", "its rows were there before")) }
                            @else { "no" }
                        }
                        td data-label="Rows" { (number(one.rows)) }
                        td data-label="Time" { (lasting(Duration::from_secs(one.seconds))) @if !one.measured { " (guessed)" } }
                        td data-label="Space" { (number(one.bytes / 1_000)) " KB" }
                    }
                }
            }
        }
    }
}

/// What no record names: readers do not use it, and nothing removes it.
fn strays(planned: &[Planned]) -> Markup {
    let has_some = |one: &Planned| !one.strays.is_empty();
    html! {
        @if planned.iter().any(has_some) {
            h3 { "Collections that no record names" }
            p { "Readers do not use them and no rebuild knows them, as after the primary was put back. Remove them by hand." }
            @for one in planned {
                @for stray in &one.strays {
                    p {
                        code { (stray.name) } " of " (one.collection) ": "
                        @match stray.documents {
                            Some(1) => "1 document",
                            Some(count) => { (number(count)) " documents" },
                            None => "more documents than could be counted",
                        }
                        ". " (stray.remedy)
                    }
                }
            }
        }
    }
}

pub(super) async fn change(
    State(console): State<Console>,
    operator: Operator,
    form: PageForm<Wish>,
) -> Result<Response, Problem> {
    let PageForm { sent, value, .. } = form;
    let done = match value {
        Ok(wish) => wish.done(&console, &operator).await,
        Err(faults) => Err(Problem::invalid_fields(faults)),
    };
    let Err(problem) = done else {
        return Ok(console.see("/rebuild"));
    };
    let draft = Draft::refused(sent, problem.clone());
    // Without these there is no form to show again.
    let Ok(what) = Act::parse(draft.value("act")) else {
        return Err(problem);
    };
    rebuild_confirm::form(
        &console,
        &operator,
        (draft.value("collection"), what),
        &draft,
    )
    .await
}

impl Wish {
    async fn done(self, console: &Console, operator: &Operator) -> Result<(), Problem> {
        let keep = self
            .keep_hours
            .flatten()
            .map(|hours| u64::from(hours) * 3_600);
        let keep = keep.map(|seconds| ("/keepHours", seconds));
        let rate = self.rate.flatten().map(|rate| ("/rate", rate));
        let options = options(self.act, keep, rate)?;
        act(
            &console.twin,
            operator,
            &self.collection,
            self.act,
            &options,
        )
        .await?;
        Ok(())
    }
}
