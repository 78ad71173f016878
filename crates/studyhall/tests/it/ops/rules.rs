//! Reads alert rules in the one form that ours have. It is no YAML parser: what it does not expect is an error.

/// An alert.
#[derive(Debug, Default)]
pub(super) struct Rule {
    pub(super) alert: String,
    pub(super) expr: String,
    pub(super) wait: String,
    pub(super) severity: String,
    pub(super) runbook: String,
}

const HEADER: [&str; 4] = [
    "groups:",
    "  - name: twinbase",
    "    interval: 15s",
    "    rules:",
];

pub(super) fn read(text: &str) -> Result<Vec<Rule>, String> {
    let mut lines = text.lines().filter(|line| !line.starts_with('#'));
    for expected in HEADER {
        let line = lines.next().unwrap_or_default();
        if line != expected {
            return Err(format!("{line:?} instead of {expected:?}"));
        }
    }
    let mut rules = Vec::new();
    while let Some(line) = lines.next() {
        let take = |line: Option<&str>, key: &str| -> Result<String, String> {
            let line = line.unwrap_or_default();
            let value = line.strip_prefix(key);
            value
                .map(str::to_owned)
                .ok_or_else(|| format!("{line:?} instead of {key:?}"))
        };
        let mut rule = Rule {
            alert: take(Some(line), "      - alert: ")?,
            ..Rule::default()
        };
        rule.expr = take(lines.next(), "        expr: ")?;
        rule.wait = take(lines.next(), "        for: ")?;
        take(lines.next(), "        labels:")?;
        rule.severity = take(lines.next(), "          severity: ")?;
        take(lines.next(), "        annotations:")?;
        quoted(&take(lines.next(), "          summary: ")?)?;
        quoted(&take(lines.next(), "          description: ")?)?;
        rule.runbook = quoted(&take(lines.next(), "          runbook: ")?)?;
        // Plain text in YAML ends at these.
        if rule.expr.contains(": ") || rule.expr.contains(" #") {
            return Err(format!("{} must be quoted", rule.expr));
        }
        rules.push(rule);
    }
    Ok(rules)
}

/// A text in double quotes without escapes.
fn quoted(text: &str) -> Result<String, String> {
    let inner = text
        .strip_prefix('"')
        .and_then(|text| text.strip_suffix('"'));
    let inner = inner.filter(|inner| !inner.is_empty() && !inner.contains(['"', '\\']));
    inner
        .map(str::to_owned)
        .ok_or_else(|| format!("{text} is not a plain text in quotes"))
}

#[test]
fn what_is_not_expected_is_refused() {
    let header = HEADER.join("\n");
    assert_eq!(read(&header).map(|rules| rules.len()), Ok(0));
    for wrong in [
        "",
        "groups:\n",
        &format!("{header}\n      - record: x"),
        &format!("{header}\n      - alert: X"),
    ] {
        assert!(read(wrong).is_err(), "{wrong}");
    }
}
