//! The page as HTML: a function of the view alone. No script, no inline style.

#[cfg(test)]
mod tests;

use maud::{DOCTYPE, Markup, html};
use twinbase::health::Severity;

use super::view::{Mood, Place, Sync, Try, View, WorkerView, span};

/// The whole page.
pub(super) fn page(view: &View) -> Markup {
    html! {
        (DOCTYPE)
        html lang="en" data-theme=[view.theme] {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="color-scheme" content="light dark";
                title { "Studyhall" }
                link rel="stylesheet" href="assets/status.css";
                link rel="icon" type="image/svg+xml" href="assets/studyhall.svg";
            }
            body {
                a.skip href="#main" { "Skip to the content" }
                header {
                    h1 { "Studyhall " small { (view.version) } }
                    p { "For operators: how the service is doing." }
                    p.as-of {
                        span { "As of " time { (view.as_of) } }
                        a.button href="status" { "Refresh" } a.button href="./" { "Studyhall" }
                        " " a.button href="operations" { "Operations" }
                    }
                }
                main #main {
                    (running(view))
                    (sync(view.sync.as_ref(), &view.request_id))
                    (places(view))
                    (commands(&view.commands))
                }
                footer {
                    p { "Request " code { (view.request_id) } }
                }
            }
        }
    }
}

fn running(view: &View) -> Markup {
    let WorkerView {
        mood,
        state,
        detail,
    } = &view.worker;
    html! {
        section.running aria-labelledby="running" {
            h2 #running { "What is running" }
            dl {
                div {
                    dt { "Server" }
                    dd { (sign(Mood::Good, "running")) p { "It answered this page." } }
                }
                div {
                    dt { "Worker" }
                    dd { (sign(*mood, state)) p { (detail) } }
                }
            }
        }
    }
}

fn places(view: &View) -> Markup {
    html! {
        section.places aria-labelledby="places" {
            h2 #places { "Where the data is" }
            dl { @for place in &view.places { (self::place(place)) } }
            @if let Some(folder) = &view.data_folder {
                p.apart { "Embedded databases are in " code { (folder) } "." }
            }
        }
    }
}

fn place(place: &Place) -> Markup {
    html! {
        div {
            dt { (place.side) ": " (place.kind) }
            dd {
                @match &place.answer {
                    Ok(latency) => (sign(Mood::Good, &format!("answers in {}", span(*latency)))),
                    Err(reason) => {
                        (sign(Mood::Bad, "does not answer"))
                        @if !reason.is_empty() { p { (reason) } }
                    }
                }
                @if !place.location.is_empty() { p { code { (place.location) } } }
                p.quiet { (place.purpose) }
            }
        }
    }
}

fn sync(sync: Option<&Sync>, request_id: &str) -> Markup {
    html! {
        section.sync aria-labelledby="sync" {
            h2 #sync { "How far the documents are behind" }
            @match sync {
                None => (failed("The primary did not report what is pending.", request_id)),
                Some(sync) => dl.numbers {
                    (number("Lag", &span(sync.lag), mood(sync.thresholds.of_lag(sync.lag)), "Age of the oldest pending change"))
                    (number("Backlog", &backlog(sync), mood(sync.thresholds.queue.severity(sync.backlog)), &on_their_way(sync)))
                    (number("Retrying", &sync.retrying.to_string(), some(sync.retrying, None), "Refused, and tried again"))
                    (number("Failed", &sync.failed.to_string(), some(sync.failed, sync.thresholds.failed.severity(sync.failed)), "Given up until somebody looks"))
                }
            }
        }
    }
}

/// A large backlog is the database's own estimate.
fn backlog(sync: &Sync) -> String {
    if sync.is_exact {
        sync.backlog.to_string()
    } else {
        format!("about {}", sync.backlog)
    }
}

fn on_their_way(sync: &Sync) -> String {
    match sync.empty_in {
        Some(left) if sync.backlog > 0 => {
            format!("Changes on their way; done in {} at this rate", span(left))
        }
        _ => "Changes on their way".to_owned(),
    }
}

fn number(name: &str, value: &str, mood: Mood, meaning: &str) -> Markup {
    html! {
        div {
            dt { (name) }
            dd { strong { (value) } (sign(mood, word(mood))) p.quiet { (meaning) } }
        }
    }
}

const fn word(mood: Mood) -> &'static str {
    match mood {
        Mood::Good => "fine",
        Mood::Warning => "worth a look",
        Mood::Bad => "needs attention",
        Mood::Neutral => "",
    }
}

const fn mood(severity: Option<Severity>) -> Mood {
    match severity {
        None => Mood::Good,
        Some(Severity::Warning) => Mood::Warning,
        Some(Severity::Critical) => Mood::Bad,
    }
}

/// One is worth a look, long before there are so many that it is an alert.
fn some(count: u64, severity: Option<Severity>) -> Mood {
    match mood(severity) {
        Mood::Good if count > 0 => Mood::Warning,
        mood => mood,
    }
}

fn commands(commands: &[Try]) -> Markup {
    html! {
        section.commands aria-labelledby="commands" {
            h2 #commands { "What to try" }
            ol {
                @for command in commands {
                    li { p { (command.what) } pre tabindex="0" { code { (command.line) } } }
                }
            }
        }
    }
}

fn failed(reason: &str, request_id: &str) -> Markup {
    html! {
        p { (sign(Mood::Bad, "could not be read")) }
        p { (reason) " Refresh the page, or look for request " code { (request_id) } " in the log." }
    }
}

fn sign(mood: Mood, word: &str) -> Markup {
    let (class, sign) = match mood {
        Mood::Good => ("good", "●"),
        Mood::Warning => ("warning", "▲"),
        Mood::Bad => ("bad", "✖"),
        Mood::Neutral => ("neutral", "○"),
    };
    html! {
        @if !word.is_empty() {
            span.mood.(class) { span aria-hidden="true" { (sign) } " " (word) }
        }
    }
}
