//! The routes: one file for each thing that can be asked.

mod account;
mod forms;
mod friends;
pub(super) mod health;
mod leaderboard;
mod messages;
mod operations;
mod points;
mod reports;
mod responses;
mod search;
mod session;
mod sessions;
mod statistics;
mod timer;
mod todos;
mod users;

pub(crate) use account::{Leave, NewPassword, leave, replace_password};
pub(crate) use forms::{ResponseDraft, SentAnswers, answer_form};
pub(crate) use reports::{DraftOfReport, file as reports_file};
pub(crate) use search::Kind;
pub(crate) use session::{Credentials, sign_in};
pub(crate) use timer::{Discard, EndOfTimer, NewTimer};
pub(crate) use users::{SignUp, create_user};

use axum::{Router, http::Method};
use serde_json::json;
use twinbase_web::{
    Code, method_not_allowed, not_found,
    openapi::{Info, Op, Operation, Routes, pages, schema},
};

use super::{AppState, Costly, SERVICE, session::cookie_name};

/// Every route: the API under `/api/v1` and, with the same meaning, under `/api`, where the original has it.
pub(super) fn all(state: &AppState) -> Router<AppState> {
    let api = community()
        .merge(operations::api(state))
        .layered(|router| router, describe_limits)
        .merge(health::reports());
    let again = api.router();
    let described = api.below("/api/v1").merge(health::routes());
    let router = described.router();
    Router::new()
        .nest("/api", again.merge(pages(info(state), described)))
        .merge(router)
        .merge(operations::metrics(state))
        .fallback(not_found)
        .method_not_allowed_fallback(method_not_allowed)
}

/// Adds to what costs that it can be too much.
fn describe_limits(method: &Method, path: &str, operation: &mut Operation) {
    if operation.is_secured() && Costly::of(method, path, None).is_some() {
        operation.problem(Code::TooManyAttempts);
        operation.answers_header(
            "RateLimit-Policy",
            "How many are allowed, in how many seconds.",
        );
        operation.answers_header(
            "RateLimit",
            "How many are left, and in how many seconds there is one more.",
        );
    }
}

/// What the OpenAPI document says of the whole.
fn info(state: &AppState) -> Info {
    let description = "Users, their todos, the points that completing them earns, friends, messages, and forms. Every path below `/api/v1` is \
                       there below `/api` as well. Sign in at `/api/v1/login`.";
    let info = Info::new(SERVICE, "Studyhall", description).version(env!("CARGO_PKG_VERSION"));
    info.cookie(cookie_name(state))
}

/// What a port for metrics alone has.
pub(super) fn of_metrics(state: &AppState) -> Router<AppState> {
    Router::new()
        .merge(operations::metrics(state))
        .merge(health::life().router())
        .fallback(not_found)
        .method_not_allowed_fallback(method_not_allowed)
}

fn community() -> Routes<AppState> {
    let leader = json!({ "id": "0194b7d2-52a0-7c3e-9a51-0c6f2f1d9f10", "username": "ada", "rank": 1, "totalPoints": 7, "weekPoints": 2, "week": "2030-01-28", "avatar": null });
    let leaders = schema::page(&schema::like(&leader));
    let point = json!({
        "id": "0194b7d2-52a0-7c3e-9a51-0c6f2f1d9f11", "amount": 1, "sum": 7, "week": "2030-01-28",
        "at": "2030-01-31T09:00:00Z", "todoId": "0194b7d2-52a0-7c3e-9a51-0c6f2f1d9f12", "title": "Chapter 3",
    });
    let ledger = schema::page(&schema::like(&point));
    let of_point = "/properties/items/items/properties/";
    let nullable = ["todoId", "title"].map(|name| format!("{of_point}{name}"));
    let ledger = schema::with_nulls(ledger, &nullable.each_ref().map(String::as_str));
    Routes::new()
        .merge(users::routes())
        .merge(account::routes())
        .merge(session::routes())
        .merge(todos::routes())
        .merge(forms::routes())
        .merge(responses::routes())
        .merge(friends::routes())
        .merge(messages::routes())
        .on(
            "/leaderboard",
            Op::get("Who has the most points; equals share a rank", leaders)
                .query(
                    "range",
                    &json!({ "type": "string", "enum": ["week", "all"] }),
                    "The points of this week, or of all time. Without it of this week; at `/api/leaderboard`, as the original has it, of all time.",
                )
                .query(
                    "who",
                    &json!({ "type": "string", "enum": ["all", "friends"] }),
                    "Everybody, or you and your friends.",
                )
                .query(
                    "around",
                    &json!({ "type": "string", "enum": ["me"], "example": "me" }),
                    "The five before you, you, and the five after you, in place of the top; nobody when you are not on the board.",
                )
                .query(
                    "limit",
                    &json!({ "type": "integer", "minimum": 1, "maximum": leaderboard::MOST_ITEMS, "default": 10 }),
                    "How many, at most.",
                )
                .query(
                    "cursor",
                    &json!({ "type": "string" }),
                    "The `nextCursor` of the page before: a place, by points, when they were reached, and id. Pages are read as the board is \
                     then: whoever stays is on one of them, whoever falls meanwhile may be on two, and whoever rises past the cursor is on \
                     none; they are on the first page that is read again.",
                ),
            leaderboard::read,
        )
        .merge(sessions::routes())
        .merge(timer::routes())
        .merge(reports::routes())
        .merge(search::routes())
        .merge(statistics::routes())
        .on(
            "/points",
            Op::get("Why your points are what they are, newest first; what `totalPoints` has beside the newest `sum` is from another program", ledger)
                .paged(crate::domain::queries::LEDGER_LENGTH),
            points::read,
        )
}
