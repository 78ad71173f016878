//! `GET /plan`, `GET /rebuilds`, `GET` and `POST /rebuilds/{collection}`: collections made anew under traffic, and the way back.

use std::num::NonZeroU32;

use axum::{
    Json,
    extract::{OriginalUri, State},
    http::StatusCode,
    response::{IntoResponse as _, Response},
};
use serde_json::Value;
use twinbase::{
    prelude::*,
    sync::rebuild::{Ask, Planned, RebuildError, RebuildOptions, RebuildStatus},
};
use twinbase_web::{
    Body, Code, Nullable, Params, Part, Path, Place, Problem, body, openapi::schema,
};

use crate::{Operator, failure, operations, query::Asked};

/// What can be done with the rebuild of a collection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Act {
    /// Fills a new collection and has readers move to it.
    Start,
    /// Has it rest.
    Pause,
    /// Has it go on.
    Resume,
    /// Ends it, or removes what is kept.
    Cancel,
    /// Has readers move back.
    RollBack,
}

impl Act {
    /// All of them.
    pub(crate) const ALL: [Self; 5] = [
        Self::Start,
        Self::Pause,
        Self::Resume,
        Self::Cancel,
        Self::RollBack,
    ];

    /// What is asked of the library.
    pub(crate) const fn ask(self) -> Ask {
        match self {
            Self::Start => Ask::Start,
            Self::Pause => Ask::Pause,
            Self::Resume => Ask::Resume,
            Self::Cancel => Ask::Cancel,
            Self::RollBack => Ask::RollBack,
        }
    }

    /// The act of this name.
    pub(crate) fn parse(name: &str) -> Result<Self, &'static str> {
        Ok(match name {
            "start" => Self::Start,
            "pause" => Self::Pause,
            "resume" => Self::Resume,
            "cancel" => Self::Cancel,
            "rollback" => Self::RollBack,
            _ => return Err("must be start, pause, resume, cancel or rollback"),
        })
    }

    /// Its name.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Start => "start",
            Self::Pause => "pause",
            Self::Resume => "resume",
            Self::Cancel => "cancel",
            Self::RollBack => "rollback",
        }
    }
}

impl Part for Act {
    fn read(value: Value, place: &mut Place<'_>) -> Option<Self> {
        place.text(&value, Self::parse)
    }

    fn schema() -> Value {
        let mut text = schema::like(&"start".into());
        text["enum"] = ["start", "pause", "resume", "cancel", "rollback"].into();
        text
    }
}

/// What is sent.
pub(crate) struct Wish {
    act: Act,
    keep_seconds: Nullable<u32>,
    rate_per_second: Nullable<NonZeroU32>,
}

body!(Wish {
    act: "start",
    keep_seconds: 86_400,
    rate_per_second: null
});

pub(crate) async fn plan(State(twin): State<Twinbase>) -> Result<Json<Vec<Planned>>, Problem> {
    let planned = twin.rebuilds().plan().await;
    Ok(Json(planned.map_err(failure::no_answer)?))
}

pub(crate) async fn list(
    State(twin): State<Twinbase>,
    OriginalUri(uri): OriginalUri,
    params: Params,
) -> Result<Response, Problem> {
    let asked = Asked::of(params)?;
    let all = twin.rebuilds().list().await?;
    let page = asked.page(all, |one| &one.collection);
    Ok(page.into_response_at(&uri))
}

pub(crate) async fn show(
    State(twin): State<Twinbase>,
    Path(collection): Path<String>,
) -> Result<Json<RebuildStatus>, Problem> {
    let found = twin.rebuilds().of(&collection).await.map_err(refused)?;
    let never = || Problem::new(Code::NotFound, "The collection was never rebuilt.");
    found.map(Json).ok_or_else(never)
}

pub(crate) async fn change(
    State(twin): State<Twinbase>,
    operator: Operator,
    Path(collection): Path<String>,
    OriginalUri(uri): OriginalUri,
    Body { value: wish, .. }: Body<Wish>,
) -> Result<Response, Problem> {
    let keep = wish.keep_seconds.flatten().map(u64::from);
    let keep = keep.map(|seconds| ("/keepSeconds", seconds));
    let rate = wish.rate_per_second.flatten();
    let options = options(wish.act, keep, rate.map(|rate| ("/ratePerSecond", rate)))?;
    let done = act(&twin, &operator, &collection, wish.act, &options).await?;
    let mount = uri.path().rsplit_once("/rebuilds/").unwrap_or_default().0;
    let operation = done.operation.clone();
    let mut response = (StatusCode::ACCEPTED, Json(done)).into_response();
    if let Some(operation) = operation {
        operations::locate(&mut response, mount, &operation);
    }
    Ok(response)
}

/// What a rebuild is begun with; each value with its field, in which it is refused.
pub(crate) fn options(
    act: Act,
    keep: Option<(&str, u64)>,
    rate: Option<(&str, NonZeroU32)>,
) -> Result<RebuildOptions, Problem> {
    let fields = [keep.map(|(field, _)| field), rate.map(|(field, _)| field)];
    if let (true, Some(field)) = (act != Act::Start, fields.into_iter().flatten().next()) {
        let detail = format!("cannot be used with {}", act.name());
        return Err(Problem::field(field, detail));
    }
    let mut options = RebuildOptions::default();
    if let Some((field, seconds)) = keep {
        let keep = RebuildOptions::kept_for(seconds);
        options.keep = keep.map_err(|detail| Problem::field(field, detail))?;
    }
    options.rate = rate.map(|(_, rate)| rate);
    Ok(options)
}

/// Does it, for an operator.
pub(crate) async fn act(
    twin: &Twinbase,
    operator: &Operator,
    collection: &str,
    act: Act,
    options: &RebuildOptions,
) -> Result<RebuildStatus, Problem> {
    let rebuilds = twin.rebuilds().by(&operator.name);
    if act == Act::Start {
        rebuilds.require_worker().await.map_err(refused)?;
    }
    let status = match act {
        Act::Start => rebuilds.start(collection, options).await,
        Act::Pause => rebuilds.pause(collection).await,
        Act::Resume => rebuilds.resume(collection).await,
        Act::Cancel => rebuilds.cancel(collection).await,
        Act::RollBack => rebuilds.roll_back(collection).await,
    };
    status.map_err(refused)
}

pub(crate) fn refused(error: RebuildError) -> Problem {
    match error {
        RebuildError::Primary(error) => error.into(),
        RebuildError::Replica(error) => ReadError::from(error).into(),
        RebuildError::Unknown { .. } => Problem::not_found("collection"),
        other => Problem::new(failure::NOT_NOW, format!("{other}. {}", other.remedy())),
    }
}
