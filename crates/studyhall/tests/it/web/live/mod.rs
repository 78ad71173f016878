//! Pages that change by themselves: what their streams are told, and what they do with it.

mod pages;
mod streams;
mod topics;

use std::time::Duration;

use reqwest::Response;
use tokio::time::timeout;

use super::cookie;
use crate::support::{Member, Server, Studyhall};

/// Far longer than anything here takes.
const SOON: Duration = Duration::from_mins(3);

/// Every topic.
const ALL: &str = "todos,points,session,message,thread,board,friends,report,results,week";

/// The stream of one open page.
pub(crate) struct Tab {
    response: Response,
    text: String,
    /// The id of the last event.
    pub(crate) position: String,
}

impl Tab {
    /// A page that shows these topics and knows nothing yet; what it is told at once is over.
    pub(crate) async fn new(app: &Studyhall, member: &Member, topics: &str) -> Self {
        let mut tab = Self::at(app, member, topics, "").await;
        let all: Vec<_> = topics.split(',').collect();
        assert_eq!(tab.next().await.expect("it is told"), all);
        tab
    }

    /// A page that knows everything up to a position.
    pub(crate) async fn at(app: &Studyhall, member: &Member, topics: &str, from: &str) -> Self {
        let call = app.call("GET", &format!("/live?on={topics}&from={from}"));
        Self::of(call.header("cookie", cookie(member)).open().await)
    }

    /// The same of another server.
    pub(crate) async fn on(server: &Server, member: &Member, topics: &str) -> Self {
        let call = server.call("GET", &format!("/live?on={topics}"));
        let mut tab = Self::of(call.header("cookie", cookie(member)).open().await);
        tab.next().await.expect("it is told");
        tab
    }

    pub(crate) fn of(response: Response) -> Self {
        assert_eq!(response.status(), 200);
        assert_eq!(response.headers()["content-type"], "text/event-stream");
        Self {
            response,
            text: String::new(),
            position: String::new(),
        }
    }

    /// The names of the next event; `None` when the stream has ended.
    pub(crate) async fn next(&mut self) -> Option<Vec<String>> {
        loop {
            if let Some((event, rest)) = self.text.split_once("\n\n") {
                let (event, rest) = (event.to_owned(), rest.to_owned());
                self.text = rest;
                let field = |name: &str| {
                    let mut lines = event.lines();
                    lines.find_map(|line| {
                        line.strip_prefix(name)?
                            .strip_prefix(": ")
                            .map(str::to_owned)
                    })
                };
                if let Some(names) = field("data") {
                    assert_eq!(field("event").as_deref(), Some("changed"));
                    self.position = field("id").expect("it has a position");
                    return Some(names.split(' ').map(str::to_owned).collect());
                }
                continue;
            }
            let chunk = timeout(SOON, self.response.chunk()).await;
            let chunk = chunk.expect("something comes").ok().flatten()?;
            self.text
                .push_str(std::str::from_utf8(&chunk).expect("it is text"));
        }
    }

    /// Waits until all of these were told, and returns all that was.
    pub(crate) async fn hears(&mut self, names: &[&str]) -> Vec<String> {
        let mut heard: Vec<String> = Vec::new();
        while !names
            .iter()
            .all(|name| heard.iter().any(|heard| heard == name))
        {
            let next = self.next().await;
            heard.extend(next.unwrap_or_else(|| panic!("it ended after {heard:?}")));
        }
        heard
    }
}
