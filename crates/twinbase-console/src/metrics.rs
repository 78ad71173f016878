//! `GET /metrics`: the engine's metrics in Prometheus' text format.

use std::{
    sync::{Mutex, PoisonError},
    time::Duration,
};

use axum::{
    Router,
    extract::State,
    http::header,
    middleware::from_fn_with_state,
    response::{IntoResponse, Response},
    routing::get,
};
use metrics_exporter_prometheus::{Matcher, PrometheusBuilder, PrometheusHandle};

use crate::scraping::{Scraping, scrapers_only};

/// From half a millisecond (a local commit) to a minute (when the health report turns critical).
const SECONDS: &[f64] = &[
    0.0005, 0.001, 0.0025, 0.005, 0.01, 0.02, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0,
];

/// Sizes of batches: 1 to what a batch may have at most, and some room.
const SIZES: &[f64] = &[
    1.0, 2.0, 5.0, 10.0, 25.0, 50.0, 100.0, 250.0, 500.0, 1_000.0, 2_500.0, 5_000.0, 10_000.0,
];

/// Samples of histograms are put into their buckets so often, scraped or not: until then they take memory.
const UPKEEP: Duration = Duration::from_secs(5);

const TEXT_FORMAT: &str = "text/plain; version=0.0.4; charset=utf-8";

/// The metrics of this process. Cheap to clone.
#[derive(Clone)]
pub struct Metrics {
    handle: PrometheusHandle,
}

/// Why metrics cannot be collected.
#[derive(Debug, thiserror::Error)]
#[error("the metrics of this process go elsewhere already, or cannot be collected")]
pub struct InstallError {
    /// The recorder's own reason.
    #[source]
    source: metrics_exporter_prometheus::BuildError,
}

impl Metrics {
    /// Collects the metrics of this process from now on. There is one recorder in a
    /// process: later calls answer the same one.
    pub fn install() -> Result<Self, InstallError> {
        static INSTALLED: Mutex<Option<Metrics>> = Mutex::new(None);
        let mut installed = INSTALLED.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(metrics) = &*installed {
            return Ok(metrics.clone());
        }
        let handle = builder().and_then(PrometheusBuilder::install_recorder);
        let handle = handle.map_err(|source| InstallError { source })?;
        twinbase::sync::metrics::describe();
        let upkeep = handle.clone();
        std::thread::spawn(move || {
            loop {
                std::thread::sleep(UPKEEP);
                upkeep.run_upkeep();
            }
        });
        let metrics = Self { handle };
        *installed = Some(metrics.clone());
        Ok(metrics)
    }

    /// All metrics as they are now, in Prometheus' text format.
    pub fn render(&self) -> String {
        self.handle.render()
    }
}

impl std::fmt::Debug for Metrics {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Metrics")
    }
}

fn builder() -> Result<PrometheusBuilder, metrics_exporter_prometheus::BuildError> {
    PrometheusBuilder::new()
        .set_buckets_for_metric(Matcher::Suffix("_seconds".to_owned()), SECONDS)?
        .set_buckets(SIZES)
}

/// `GET /metrics`, for whoever may scrape. Whoever may not is told the `remedy`, a sentence about the host's settings.
pub fn metrics<S>(scraping: Scraping, remedy: &'static str) -> Router<S>
where
    S: Clone + Send + Sync + 'static,
{
    Router::new()
        .route("/metrics", get(scrape))
        .with_state(scraping.metrics.clone())
        .route_layer(from_fn_with_state((scraping, remedy), scrapers_only))
}

async fn scrape(State(metrics): State<Metrics>) -> Response {
    ([(header::CONTENT_TYPE, TEXT_FORMAT)], metrics.render()).into_response()
}

#[cfg(test)]
mod tests {
    use twinbase::sync::metrics::{ALL, Kind};

    use super::*;

    /// Every metric there is, with a value, through the buckets of this recorder.
    #[test]
    fn every_metric_has_its_kind_and_its_help_and_histograms_have_buckets() {
        let recorder = builder().unwrap().build_recorder();
        let handle = recorder.handle();
        metrics::with_local_recorder(&recorder, || {
            twinbase::sync::metrics::describe();
            for metric in ALL {
                match metric.kind {
                    Kind::Counter => metrics::counter!(metric.name).increment(1),
                    Kind::Gauge => metrics::gauge!(metric.name).set(1.0),
                    Kind::Histogram => metrics::histogram!(metric.name).record(0.3),
                }
            }
        });
        let text = handle.render();
        for metric in ALL {
            let kind = match metric.kind {
                Kind::Counter => "counter",
                Kind::Gauge => "gauge",
                Kind::Histogram => "histogram",
            };
            let name = metric.name;
            assert!(
                text.contains(&format!("# TYPE {name} {kind}\n")),
                "{name} in {text}"
            );
            assert!(
                text.contains(&format!("# HELP {name} ")),
                "{name} in {text}"
            );
            if metric.kind == Kind::Histogram {
                let bound = if name.ends_with("_seconds") {
                    "0.5"
                } else {
                    "1"
                };
                assert!(
                    text.contains(&format!("{name}_bucket{{le=\"{bound}\"}} 1\n")),
                    "{name} in {text}"
                );
            }
        }
    }
}
