//! What a page that asks first says: how many, what stays in backups, and as of when.

use maud::{Markup, html};

use super::number;
use crate::web::viewer::Viewer;

pub(in crate::web) const BACKUPS: &str =
    "It cannot be brought back. Backups that were made before keep it until they are deleted.";

/// "1 todo", "1,234 todos".
pub(in crate::web) fn counted(count: i64, one: &str, many: &str) -> String {
    let name = if count == 1 { one } else { many };
    format!("{} {name}", number(count))
}

/// As of when the numbers of the page are.
pub(in crate::web) fn as_of(viewer: &Viewer) -> Markup {
    let now = viewer.about.now;
    let shown = now.to_zoned(viewer.zone());
    html! { p.quiet { "As of " time datetime=(now) { (shown.strftime("%H:%M:%S")) } "." } }
}
