//! No cache gives one viewer what another may see: every read of the API and every page, as two members and a stranger.

use serde_json::{Value, json};
use studyhall::{api, web};

use crate::{
    forms,
    friends::befriend,
    openapi,
    operator::operator,
    support::{Answer, Combination, Member, Studyhall, on_two_combinations},
    web::cookie,
};

on_two_combinations! {
    what_differs_by_viewer_is_kept_by_no_cache_and_has_another_tag,
}

/// What every path is asked about: things of the first of the two.
struct Things {
    todo: String,
    form: String,
    session: String,
    report: String,
    response: String,
    user: String,
}

impl Things {
    async fn of(app: &Studyhall, ada: &Member) -> Self {
        let post = async |path: &str, body: Value| {
            let call = app.call("POST", path).by(&ada.token).json(&body);
            call.send().await.expect(201).str("id").to_owned()
        };
        let form = json!({ "isPublic": true, "questions": forms::two() });
        let form = forms::opened(app, ada, form).await.str("id").to_owned();
        let answers = json!({ "answers": { "pace": "Right", "value": 4 } });
        let times = json!({ "subject": "Algebra", "startedAt": "2026-01-31T09:00:00Z", "endedAt": "2026-01-31T10:00:00Z" });
        let report = json!({ "studyHours": 1, "completionPct": 50 });
        Self {
            todo: app.todo(ada, "Read").await.str("id").to_owned(),
            response: post(&format!("/api/v1/forms/{form}/responses"), answers).await,
            session: post("/api/v1/sessions", times).await,
            report: post("/api/v1/reports", report).await,
            user: ada.id.clone(),
            form,
        }
    }

    fn path(&self, template: &str) -> String {
        let id = match template.trim_start_matches("/api/v1").split('/').nth(1) {
            Some("todos") => &self.todo,
            Some("forms") => &self.form,
            Some("sessions") => &self.session,
            Some("reports") => &self.report,
            Some("responses") => &self.response,
            _ => &self.user,
        };
        let path = template.replace("{id}", id).replace("{name}", "ada");
        path.replace("{aggregate_type}", "todo")
            .replace("{type}", "todo")
            .replace("{*path}", "nowhere")
    }
}

async fn what_differs_by_viewer_is_kept_by_no_cache_and_has_another_tag(on: Combination) {
    let app = Studyhall::start_without_worker(on).await;
    let (ada, bob) = (operator(&app, "ada").await, operator(&app, "bob").await);
    befriend(&app, &ada, &bob).await;
    let things = Things::of(&app, &ada).await;
    app.catch_up().await;
    let mut paths = openapi::mounted(&api::router(&app.state));
    paths.extend(openapi::mounted(&web::router(&app.state)));
    // The same again below `/api`.
    paths.retain(|path| path.starts_with("/api/v1/") || !path.starts_with("/api/"));
    let (mut own, mut tagged) = (0, 0);
    for template in &paths {
        let path = things.path(template);
        let get = async |by: Option<&Member>, tag: &str| {
            let mut call = app.call("GET", &path).header("accept", "text/html");
            if path == "/live" {
                call = app.call("GET", "/live?on=nothing");
            }
            if let Some(by) = by {
                call = call.header("cookie", cookie(by));
            }
            if !tag.is_empty() {
                call = call.header("if-none-match", tag);
            }
            call.send().await
        };
        let of_ada = get(Some(&ada), "").await;
        let of_bob = get(Some(&bob), "").await;
        let of_stranger = get(None, "").await;
        let all = [&of_ada, &of_bob, &of_stranger];
        if all.iter().all(|answer| is_kept_by_nobody(answer)) {
            own += 1;
        } else {
            let same =
                |answer: &&Answer| (answer.status, &answer.text) == (of_ada.status, &of_ada.text);
            assert!(
                all.iter().all(same),
                "{path} is kept, and differs by viewer"
            );
        }
        let tag = of_ada.header("etag");
        if tag.is_empty() {
            continue;
        }
        tagged += 1;
        assert_eq!(get(Some(&ada), tag).await.status, 304, "{path}");
        for (other, by) in [(&of_bob, Some(&bob)), (&of_stranger, None)] {
            if other.text != of_ada.text {
                assert_ne!(other.header("etag"), tag, "{path}");
                assert_eq!(get(by, tag).await.status, other.status, "{path}");
            }
        }
    }
    assert!(own > 90 && tagged >= 7, "{own} and {tagged}");
    // It has no end to wait for.
    let stream = app.call("GET", "/live?on=todos");
    let stream = stream.header("cookie", cookie(&ada)).open().await;
    assert_eq!(stream.headers()["cache-control"], "private, no-store");
}

/// No cache keeps it, shared or not.
fn is_kept_by_nobody(answer: &Answer) -> bool {
    let mut control = answer.header("cache-control").split(',');
    control.any(|directive| directive.trim() == "no-store")
}
