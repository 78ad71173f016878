//! What was just done, on top of the next page, with its undo.

use maud::{Markup, html};

use crate::web::viewer::About;

/// The place is there also while nothing is said, so that what comes into it later is read out.
pub(in crate::web) fn toast(about: &About) -> Markup {
    html! {
        div #toast role="status" {
            @if let Some((said, undo)) = &about.said {
                div.toast {
                    span { (said.words()) @if let Some((path, name)) = said.page() { " " a href=(path) { (name) } } }
                    @if let Some(path) = undo {
                        form method="post" action=(path) hx-post=(path) { button.plain { "Undo" } }
                    }
                }
            }
        }
    }
}
