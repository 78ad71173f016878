//! The dashboard and the alerts in `ops/` name metrics, labels and commands that exist.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod promql;
mod rules;

use std::{collections::BTreeSet, fs, path::PathBuf};

use serde_json::Value;
use twinbase::{
    prelude::{CollectionState, WorkerState},
    sync::metrics::{ALL, Kind, Metric},
};

use crate::cli::program::Place;
use promql::Expression;

fn read(path: &str) -> String {
    let ops = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../ops");
    fs::read_to_string(ops.join(path)).unwrap()
}

/// The metric that a name in an expression is a series of.
fn metric(name: &str) -> Option<&'static Metric> {
    let of = |name: &str, histogram: bool| {
        ALL.iter()
            .find(|metric| metric.name == name && (metric.kind == Kind::Histogram) == histogram)
    };
    let parts = ["_bucket", "_sum", "_count"].into_iter();
    of(name, false).or_else(|| {
        parts
            .filter_map(|part| name.strip_suffix(part))
            .find_map(|name| of(name, true))
    })
}

/// Checks an expression; answers the metrics in it.
#[track_caller]
fn check(place: &str, text: &str) -> Vec<&'static Metric> {
    let expression = Expression::parse(text).unwrap_or_else(|error| panic!("{place}: {error}"));
    let mut labels: BTreeSet<_> = ["job", "instance", "le"].into();
    let mut found = Vec::new();
    for selector in &expression.selectors {
        let name = &selector.metric;
        let metric = metric(name).unwrap_or_else(|| panic!("{place}: there is no metric {name}"));
        found.push(metric);
        labels.extend(metric.labels);
        for (label, _) in &selector.matchers {
            let known = metric.labels.contains(&label.as_str()) || label == "job";
            assert!(known, "{place}: {name} has no label {label}");
        }
        let states = selector
            .matchers
            .iter()
            .filter(|(label, _)| label == "state");
        for value in states.flat_map(|(_, values)| values.split('|')) {
            let known = if metric.labels.contains(&"collection") {
                CollectionState::ALL
                    .iter()
                    .any(|state| state.name() == value)
            } else {
                WorkerState::ALL.iter().any(|state| state.name() == value)
            };
            assert!(known, "{place}: there is no state {value:?}");
        }
        for (label, values) in &selector.matchers {
            for value in values
                .split('|')
                .filter(|_| ["status", "result", "phase"].contains(&label.as_str()))
            {
                assert!(
                    metric.help.contains(value),
                    "{place}: {name} has no {label} {value:?}"
                );
            }
        }
    }
    assert!(!found.is_empty(), "{place}: no metric in {text}");
    for label in &expression.grouping {
        assert!(
            labels.contains(label.as_str()),
            "{place}: nothing in it has a label {label}"
        );
    }
    found
}

#[test]
fn every_alert_names_metrics_that_exist_and_has_a_runbook() {
    let rules = rules::read(&read("prometheus/twinbase-alerts.yml")).unwrap();
    assert!(rules.len() > 10, "{}", rules.len());
    let runbook = read("README.md");
    for rule in &rules {
        let name = &rule.alert;
        check(name, &rule.expr);
        assert!(
            ["page", "ticket"].contains(&rule.severity.as_str()),
            "{name}"
        );
        assert!(
            rule.wait.ends_with(['s', 'm', 'h']),
            "{name}: for {}",
            rule.wait
        );
        let anchor = format!("ops/README.md#{}", name.to_lowercase());
        assert_eq!(rule.runbook, anchor, "{name}");
        let sections = runbook.matches(&format!("\n## {name}\n")).count();
        assert_eq!(
            sections, 1,
            "{name} has {sections} sections in ops/README.md"
        );
    }
    for section in runbook.lines().filter_map(|line| line.strip_prefix("## ")) {
        assert!(
            rules.iter().any(|rule| rule.alert == section),
            "no alert {section}"
        );
        let (_, text) = runbook.split_once(&format!("\n## {section}\n")).unwrap();
        let text = text.split("\n## ").next().unwrap();
        for part in ["**Means**", "**Look at**", "**Do**"] {
            assert!(text.contains(part), "no {part} in {section}");
        }
    }
}

#[test]
fn every_panel_names_metrics_that_exist_and_every_metric_has_a_panel() {
    let dashboard: Value = serde_json::from_str(&read("grafana/twinbase.json")).unwrap();
    let (mut ids, mut shown) = (BTreeSet::new(), BTreeSet::new());
    for panel in dashboard["panels"].as_array().unwrap() {
        let title = panel["title"].as_str().unwrap();
        assert!(
            ids.insert(panel["id"].as_u64().unwrap()),
            "{title}: its id is taken"
        );
        if panel["type"] == "row" {
            continue;
        }
        assert!(
            !panel["description"].as_str().unwrap().is_empty(),
            "{title}"
        );
        for target in panel["targets"].as_array().unwrap() {
            let metrics = check(title, target["expr"].as_str().unwrap());
            shown.extend(metrics.iter().map(|metric| metric.name));
        }
    }
    for metric in ALL {
        assert!(
            shown.contains(metric.name),
            "no panel shows {}",
            metric.name
        );
    }
}

#[test]
fn every_command_of_the_runbook_exists() {
    let runbook = read("README.md");
    let place = Place::new();
    let mut commands = BTreeSet::new();
    for code in runbook.split('`').skip(1).step_by(2).chain(runbook.lines()) {
        let Some(rest) = code.strip_prefix("studyhall ") else {
            continue;
        };
        let words = rest.split_whitespace();
        let command: Vec<_> = words
            .take_while(|word| word.bytes().all(|byte| byte.is_ascii_lowercase()))
            .collect();
        let flags = rest
            .split_whitespace()
            .filter(|word| word.starts_with("--"));
        commands.insert((command, flags.collect::<Vec<_>>()));
    }
    assert!(commands.len() > 10, "{commands:?}");
    for (command, flags) in commands {
        let help = place.run(&[&command, &["--help"][..]].concat());
        help.expect(0, &[]);
        for flag in flags {
            assert!(
                help.stdout.contains(flag),
                "`studyhall {}` has no {flag}",
                command.join(" ")
            );
        }
    }
}
