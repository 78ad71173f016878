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
    const SIDE: &str = "primary";
    let (scheme, rest) = url.split_once(':').unwrap_or_default();
    Ok(match scheme {
        "postgres" | "postgresql" | "cockroach" | "cockroachdb" => {
            // CockroachDB speaks PostgreSQL's protocol and says itself that it is one.
            let url = format!("postgres:{rest}");
            Arc::new(Postgres::connect(&url, postgres::Options::default()).await?)
        }
        "sqlite" => {
            let path = path(rest, SIDE)?;
            Arc::new(Sqlite::open(path, sqlite::Options::default()).await?)
        }
        _ => {
            let reason = "must begin with postgres:, cockroach: or sqlite:";
            return Err(OpenError::url(SIDE, reason));
        }
    })
}

/// Opens the replica that a URL names.
pub(crate) async fn replica(url: &str) -> Result<Arc<dyn Replica>, OpenError> {
    const SIDE: &str = "replica";
    let (scheme, rest) = url.split_once(':').unwrap_or_default();
    Ok(match scheme {
        "mongodb" | "mongodb+srv" => {
            Arc::new(Mongo::connect(url, mongo::Options::default()).await?)
        }
        "embedded" => {
            let path = path(rest, SIDE)?;
            Arc::new(Embedded::open(path, embedded::Options::default()).await?)
        }
        _ => {
            let reason = "must begin with mongodb: or embedded:";
            return Err(OpenError::url(SIDE, reason));
        }
    })
}

/// The file of `sqlite:file`, `sqlite:/file` and `sqlite:///file`, without the scheme.
fn path<'a>(rest: &'a str, side: &'static str) -> Result<&'a Path, OpenError> {
    let file = rest.strip_prefix("//").unwrap_or(rest);
    if file.is_empty() {
        return Err(OpenError::url(side, "names no file"));
    }
    Ok(Path::new(file))
}
