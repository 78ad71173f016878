//! Health, as an application sets how it is judged.

use twinbase::{
    health::{HealthReport, Level, Limits, Seen, Thresholds},
    prelude::*,
};

use crate::{app::account, combination::builder};

#[tokio::test]
async fn an_application_sets_from_which_numbers_on_its_health_is_bad() {
    let folder = tempfile::tempdir().unwrap();
    let file = |name| folder.path().join(name).display().to_string();
    let open = async |thresholds| {
        let twin = builder()
            .primary(&format!("sqlite:{}", file("app.db")))
            .replica(&format!("embedded:{}", file("documents.db")))
            .thresholds(thresholds);
        twin.open().await.unwrap()
    };
    let patient = open(Thresholds::default()).await;
    patient.migrate().await.unwrap();
    patient.insert(&account("a")).await.unwrap();
    let strict = open(Thresholds {
        queue: Limits {
            warning: 0,
            critical: 0,
        },
        ..Thresholds::default()
    })
    .await;
    for (twin, level, code) in [
        (patient, Level::Degraded, "no-worker"),
        (strict, Level::Unhealthy, "queue-size"),
    ] {
        let health = twin.health().await;
        let alerts = Seen::of(&health, None).alerts();
        let report = HealthReport::new(&health, None, alerts);
        assert_eq!(report.status, level, "{report:#?}");
        assert_eq!(report.alerts[0].code, code, "{report:#?}");
        twin.close().await;
    }
}
