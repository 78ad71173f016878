//! The pages, as a browser without script gets and sends them.

mod below;
mod board;
mod day;
mod forms;
mod friends;
mod home;
mod kept;
mod live;
mod messages;
mod panels;
mod refusals;
mod reports;
mod sessions;
mod todos;
mod visitors;
mod words;

pub(crate) use self::board::people;
use crate::support::{Answer, Member, Studyhall};

/// A page as a browser asks for it.
pub(crate) async fn page(app: &Studyhall, member: Option<&Member>, path: &str) -> Answer {
    let call = app.call("GET", path).header("accept", "text/html");
    match member {
        Some(member) => call.header("cookie", cookie(member)).send().await,
        None => call.send().await,
    }
}

/// A form as a browser sends it.
pub(crate) async fn post(
    app: &Studyhall,
    member: Option<&Member>,
    path: &str,
    fields: &[(&str, &str)],
) -> Answer {
    let mut body = url::form_urlencoded::Serializer::new(String::new());
    for (name, value) in fields {
        body.append_pair(name, value);
    }
    let call = app
        .call("POST", path)
        .raw("application/x-www-form-urlencoded", body.finish());
    let call = call
        .header("accept", "text/html")
        .header("sec-fetch-site", "same-origin");
    match member {
        Some(member) => call.header("cookie", cookie(member)).send().await,
        None => call.send().await,
    }
}

pub(crate) fn cookie(member: &Member) -> String {
    format!("studyhall_session={}", member.token)
}

/// The cookies that an answer sets, as the next request sends them.
pub(crate) fn cookies(answer: &Answer) -> String {
    let set = answer.headers.get_all("set-cookie").iter();
    let pairs = set.filter_map(|cookie| cookie.to_str().ok()?.split(';').next());
    pairs.collect::<Vec<_>>().join("; ")
}
