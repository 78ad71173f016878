//! Pages of forms.

mod answering;
mod building;

use super::cookies;
use crate::support::{Answer, Member, Studyhall};

/// The page that a post leads to, with the cookies that the post set.
async fn after(app: &Studyhall, member: &Member, done: &Answer) -> Answer {
    assert_eq!(done.status, 303, "{}", done.text);
    let seen = format!("studyhall_session={}; {}", member.token, cookies(done));
    let call = app.call("GET", done.header("location"));
    call.header("cookie", seen).send().await.expect(200)
}

#[track_caller]
fn has(answer: &Answer, texts: &[&str]) {
    for text in texts {
        assert!(answer.text.contains(text), "no {text} in {}", answer.text);
    }
}
