//! The names in an expression of `PromQL`: metrics with their matchers, and the labels of its groupings.

/// What an expression names.
#[derive(Debug, Default)]
pub(super) struct Expression {
    pub(super) selectors: Vec<Selector>,
    /// Labels in `by (..)`, `on (..)` and the like.
    pub(super) grouping: Vec<String>,
}

/// A metric with its matchers: label and text.
#[derive(Debug)]
pub(super) struct Selector {
    pub(super) metric: String,
    pub(super) matchers: Vec<(String, String)>,
}

const GROUPINGS: [&str; 6] = [
    "by",
    "without",
    "on",
    "ignoring",
    "group_left",
    "group_right",
];
const OPERATORS: [&str; 4] = ["and", "or", "unless", "bool"];

impl Expression {
    pub(super) fn parse(text: &str) -> Result<Self, String> {
        let mut expression = Self::default();
        let mut rest = text;
        while let Some(c) = rest.chars().next() {
            if c.is_ascii_alphabetic() || c == '_' {
                rest = expression.word(rest)?;
            } else if c == '[' {
                rest = after(rest, ']')?;
            } else if "(){},.+-*/<>=! ".contains(c) || c.is_ascii_digit() {
                rest = &rest[1..];
            } else {
                return Err(format!("{c:?} is not expected at {rest:?}"));
            }
        }
        Ok(expression)
    }

    /// Takes a word and what belongs to it; answers what comes after.
    fn word<'a>(&mut self, text: &'a str) -> Result<&'a str, String> {
        let (word, rest) = split_word(text);
        let next = rest.trim_start();
        if GROUPINGS.contains(&word) {
            let (labels, rest) = enclosed(next, '(', ')')?;
            self.grouping
                .extend(labels.split(',').map(|label| label.trim().to_owned()));
            return Ok(rest);
        }
        // A function or an aggregation; the latter may have its grouping first.
        if OPERATORS.contains(&word)
            || next.starts_with('(')
            || GROUPINGS.contains(&split_word(next).0) && !word.starts_with("twinbase")
        {
            return Ok(rest);
        }
        let (matchers, rest) = if rest.starts_with('{') {
            let (text, rest) = enclosed(rest, '{', '}')?;
            (matchers(text)?, rest)
        } else {
            (Vec::new(), rest)
        };
        self.selectors.push(Selector {
            metric: word.to_owned(),
            matchers,
        });
        Ok(rest)
    }
}

fn split_word(text: &str) -> (&str, &str) {
    let part = |c: char| c.is_ascii_alphanumeric() || c == '_';
    text.split_at(text.find(|c| !part(c)).unwrap_or(text.len()))
}

fn after(text: &str, end: char) -> Result<&str, String> {
    let rest = text.split_once(end).map(|(_, rest)| rest);
    rest.ok_or_else(|| format!("no {end:?} in {text:?}"))
}

fn enclosed(text: &str, begin: char, end: char) -> Result<(&str, &str), String> {
    let inner = text
        .strip_prefix(begin)
        .and_then(|text| text.split_once(end));
    inner.ok_or_else(|| format!("no {begin}..{end} at {text:?}"))
}

/// `label="x", other=~"y"`; texts without commas and escapes.
fn matchers(text: &str) -> Result<Vec<(String, String)>, String> {
    let one = |text: &str| {
        let (label, rest) = split_word(text.trim());
        let rest = ["=~", "!~", "!=", "="]
            .iter()
            .find_map(|sign| rest.strip_prefix(sign));
        let value = rest.and_then(|rest| rest.strip_prefix('"')?.strip_suffix('"'));
        let value = value.ok_or_else(|| format!("{text:?} is not a matcher"))?;
        Ok((label.to_owned(), value.to_owned()))
    };
    text.split(',').map(one).collect()
}

#[test]
fn metrics_matchers_and_groupings_are_found() {
    let text = r#"sum by (job, le) (rate(a_bucket{x="1", y=~"2|3"}[5m])) > 0.5 or absent(b)"#;
    let expression = Expression::parse(text).unwrap();
    assert_eq!(expression.grouping, ["job", "le"]);
    let names: Vec<_> = expression
        .selectors
        .iter()
        .map(|selector| selector.metric.as_str())
        .collect();
    assert_eq!(names, ["a_bucket", "b"]);
    let matchers = &expression.selectors[0].matchers;
    assert_eq!(
        matchers,
        &[
            ("x".to_owned(), "1".to_owned()),
            ("y".to_owned(), "2|3".to_owned())
        ]
    );
    for wrong in ["sum by job (a)", "a{x}", "a[5m", "a; b"] {
        assert!(Expression::parse(wrong).is_err(), "{wrong}");
    }
}
