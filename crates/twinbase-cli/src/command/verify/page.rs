//! The report of a verification as one page of HTML, for whoever is not at the terminal.

use std::fmt::Write as _;

use twinbase::{
    core::Timestamp,
    sync::verify::{CollectionReport, Scope, VerifyReport},
};

use super::is_clean;
use crate::{
    Checked,
    command::scope::{describe, wrong},
};

const STYLE: &str = "\
:root{color-scheme:light dark}\
body{font:16px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem}\
.scroll{overflow-x:auto}table{border-collapse:collapse;width:100%}\
th,td{text-align:left;padding:.3rem .6rem;border-bottom:1px solid #8886}\
td.n{text-align:right;font-variant-numeric:tabular-nums}\
li{overflow-wrap:anywhere}";

/// The page. It names ids and fields, and no values.
pub(super) fn of(
    report: &VerifyReport,
    checks: &[Checked],
    (began, scope): (Timestamp, &Scope),
    verdict: &str,
) -> String {
    let mut page = format!(
        "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\
         <title>Verification of {began:.0}</title><style>{STYLE}</style></head><body>\
         <h1>{} {}</h1><p>Rows and documents were compared from {began:.0} on: {}.</p>\
         <div class=\"scroll\"><table><thead><tr><th>Collection</th><th>Rows</th><th>Documents</th>\
         <th>In flight</th><th>Wrong</th></tr></thead><tbody>",
        if is_clean(report, checks) {
            "\u{2713}"
        } else {
            "\u{2717}"
        },
        escaped(verdict),
        escaped(&scope.to_string()),
    );
    for of in &report.collections {
        let wrong = if of.drifted() == 0 {
            "none".to_owned()
        } else {
            wrong(of)
        };
        let _ = write!(
            page,
            "<tr><td>{}</td><td class=\"n\">{}</td><td class=\"n\">{}</td><td class=\"n\">{}</td><td>{}</td></tr>",
            escaped(&of.collection),
            of.rows,
            of.documents,
            of.in_flight,
            escaped(&wrong),
        );
    }
    page.push_str("</tbody></table></div>");
    for of in report
        .collections
        .iter()
        .filter(|of| !of.is_clean() || !of.absent.is_empty())
    {
        findings(&mut page, of);
    }
    for check in checks {
        let _ = write!(
            page,
            "<h2>{}</h2><p>{} of {} are wrong.</p><ul>",
            escaped(check.name),
            check.wrong,
            check.checked
        );
        for sample in &check.samples {
            let _ = write!(page, "<li>{}</li>", escaped(sample));
        }
        page.push_str("</ul>");
    }
    page.push_str("</body></html>\n");
    page
}

fn findings(page: &mut String, of: &CollectionReport) {
    let _ = write!(page, "<h2>{}</h2>", escaped(&of.collection));
    if let Some(error) = &of.error {
        let _ = write!(
            page,
            "<p>It was not compared to its end: {}</p>",
            escaped(error)
        );
    }
    let (named, all) = (of.samples.len() as u64, of.drifted());
    if named < all {
        let _ = write!(page, "<p>The first {named} of {all}:</p>");
    }
    page.push_str("<ul>");
    for id in &of.absent {
        let _ = write!(
            page,
            "<li>Nothing has the id {}.</li>",
            escaped(id.as_str())
        );
    }
    for finding in &of.samples {
        let text = describe(&of.collection, finding);
        let _ = write!(page, "<li>{}</li>", escaped(&text));
    }
    page.push_str("</ul>");
}

fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for one in text.chars() {
        match one {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            one => out.push(one),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_somebody_wrote_into_an_id_is_shown_and_not_run() {
        let sample = serde_json::json!({
            "collection": "todos", "extra": 1,
            "samples": [{ "id": "<script>alert(1)</script>", "drift": "extra" }],
        });
        let report = VerifyReport {
            collections: vec![serde_json::from_value(sample).unwrap()],
        };
        let page = of(
            &report,
            &[],
            (Timestamp::UNIX_EPOCH, &Scope::default()),
            "1 document does not match its row.",
        );
        assert!(
            page.contains("&lt;script&gt;alert(1)&lt;/script&gt;"),
            "{page}"
        );
        assert!(!page.contains("<script"), "{page}");
        assert!(page.contains("1970-01-01T00:00:00Z"), "{page}");
    }
}
