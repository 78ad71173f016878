//! What every page of ours begins with.

use maud::{DOCTYPE, Markup, html};

/// A page with this title, more in its head, and this body.
pub(crate) fn page(title: &str, head: &Markup, body: &Markup) -> String {
    let page = html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="color-scheme" content="light dark";
                title { (title) }
                (head)
            }
            body { (body) }
        }
    };
    page.into_string()
}
