//! What happened in a tab: pages that loaded, and what went wrong on them.

use serde_json::Value;

#[derive(Debug, Default)]
pub(super) struct Seen {
    /// How many pages have been begun.
    pub(super) pages: u64,
    /// The last of them that has loaded whole: a load that is told of late is not taken for that of the page after.
    pub(super) loaded: u64,
    /// Errors of scripts and of the console, requests that failed, what the page's policy refused.
    pub(super) troubles: Vec<String>,
}

impl Seen {
    pub(super) fn note(&mut self, method: &str, event: &Value) {
        let trouble = match method {
            "Page.frameNavigated" if event["frame"]["parentId"].is_null() => {
                self.pages += 1;
                None
            }
            "Page.loadEventFired" => {
                self.loaded = self.pages;
                None
            }
            "Runtime.exceptionThrown" => Some(exception(&event["exceptionDetails"])),
            "Runtime.consoleAPICalled" => console(event),
            "Log.entryAdded" => logged(&event["entry"]),
            "Network.responseReceived" => answered(&event["response"]),
            "Network.loadingFailed" => failed(event),
            _ => None,
        };
        self.troubles.extend(trouble);
    }
}

pub(super) fn exception(details: &Value) -> String {
    let thrown = details["exception"]["description"].as_str();
    let text = thrown.or(details["text"].as_str()).unwrap_or_default();
    format!("exception: {text}")
}

fn console(event: &Value) -> Option<String> {
    let kind = event["type"].as_str()?;
    if !matches!(kind, "error" | "warning" | "assert") {
        return None;
    }
    let words = event["args"].as_array()?.iter().map(|word| {
        let text = word["value"].as_str().or(word["description"].as_str());
        text.map_or_else(|| word["value"].to_string(), str::to_owned)
    });
    let words = words.collect::<Vec<_>>().join(" ");
    Some(format!("console {kind}: {words}"))
}

/// What the browser itself says: what the policy refused, above all. Requests are told of by their own events.
fn logged(entry: &Value) -> Option<String> {
    let (level, source) = (entry["level"].as_str()?, entry["source"].as_str()?);
    if source == "network" || !matches!(level, "error" | "warning") {
        return None;
    }
    let text = entry["text"].as_str().unwrap_or_default();
    Some(format!("{source} {level}: {text}"))
}

fn answered(response: &Value) -> Option<String> {
    let status = response["status"].as_u64()?;
    let url = response["url"].as_str().unwrap_or_default();
    (status >= 400).then(|| format!("answer {status}: {url}"))
}

/// What a new page or a download cuts short has not failed.
fn failed(event: &Value) -> Option<String> {
    let text = event["errorText"].as_str().unwrap_or_default();
    if event["canceled"] == true || text == "net::ERR_ABORTED" {
        return None;
    }
    let (kind, blocked) = (&event["type"], &event["blockedReason"]);
    Some(format!("request failed: {text} {kind} {blocked}"))
}
