//! A service with one aggregate, as an application adds one: the aggregate with its table (`note.rs`), its routes
//! (`routes.rs`) and its tests (`tests.rs`). `cargo run -p twinbase-web --example note` listens at localhost:3003 and
//! keeps its databases where it is started.

mod note;
mod routes;
#[cfg(test)]
mod tests;

use std::{error::Error, time::Duration};

use axum::Router;
use twinbase::{Builder, prelude::*};
use twinbase_web::{Edge, Idempotency, idempotency};

/// How long a request may take.
const LIMIT: Duration = Duration::from_secs(30);

/// The application, before its databases are named.
fn app() -> Builder {
    Twinbase::builder()
        .aggregate::<note::Note>()
        .migrations(note::migrations())
        .migrations(idempotency::migrations())
}

fn router(twin: &Twinbase) -> Router {
    let routes = routes::router()
        .fallback(twinbase_web::not_found)
        .with_state(Idempotency::new(twin.clone(), LIMIT));
    Edge::new("notes", twin, LIMIT).around(routes)
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let twin = app()
        .primary("sqlite:notes.db")
        .replica("embedded:documents.db")
        .with_worker(WorkerOptions::default())
        .open()
        .await?;
    twin.migrate().await?;
    let listener = tokio::net::TcpListener::bind("127.0.0.1:3003").await?;
    Ok(axum::serve(listener, router(&twin)).await?)
}
