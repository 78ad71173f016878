//! From a URL to a database: the one place that knows which ones there are.

use std::{path::Path, sync::Arc};

use twinbase_core::{Primary, Replica};
use twinbase_primary::{
    postgres::{self, Postgres},
    sqlite::{self, Sqlite},
};
use twinbase_replica::{
    embedded::{self, Embedded},
    mongo::{self, Mongo},
};

use crate::OpenError;

/// Opens the primary that a URL names.
pub(crate) async fn primary(url: &str) -> Result<Arc<dyn Primary>, OpenError> {
    match scheme(url) {
        "postgres" | "postgresql" | "cockroach" | "cockroachdb" => {
            // CockroachDB speaks PostgreSQL's protocol and says itself that it is one.
            let rest = url.split_once(':').map_or("", |(_, rest)| rest);
            let url = format!("postgres:{rest}");
            Ok(Arc::new(
                Postgres::connect(&url, postgres::Options::default()).await?,
            ))
        }
        "sqlite" => {
            let path = path(url, "primary")?;
            Ok(Arc::new(
                Sqlite::open(path, sqlite::Options::default()).await?,
            ))
        }
        _ => Err(unknown(
            "primary",
            "must begin with postgres:, cockroach: or sqlite:",
        )),
    }
}

/// Opens the replica that a URL names.
pub(crate) async fn replica(url: &str) -> Result<Arc<dyn Replica>, OpenError> {
    match scheme(url) {
        "mongodb" | "mongodb+srv" => Ok(Arc::new(
            Mongo::connect(url, mongo::Options::default()).await?,
        )),
        "embedded" => {
            let path = path(url, "replica")?;
            Ok(Arc::new(
                Embedded::open(path, embedded::Options::default()).await?,
            ))
        }
        _ => Err(unknown("replica", "must begin with mongodb: or embedded:")),
    }
}

fn scheme(url: &str) -> &str {
    url.split_once(':').map_or("", |(scheme, _)| scheme)
}

/// The file of `sqlite:file`, `sqlite:/file` and `sqlite:///file`.
fn path<'a>(url: &'a str, side: &'static str) -> Result<&'a Path, OpenError> {
    let rest = url.split_once(':').map_or("", |(_, rest)| rest);
    let file = rest.strip_prefix("//").unwrap_or(rest);
    if file.is_empty() {
        return Err(unknown(side, "names no file"));
    }
    Ok(Path::new(file))
}

fn unknown(side: &'static str, reason: &str) -> OpenError {
    OpenError::Url {
        side,
        reason: reason.to_owned(),
    }
}
