//! Names of people.

use maud::{Markup, html};

/// A name, which breaks after its dots and underscores before it breaks inside a word.
pub(in crate::web) fn name(name: &str) -> Markup {
    html! {
        bdi { @for (at, part) in name.split_inclusive(['.', '_']).enumerate() { @if at > 0 { wbr; } (part) } }
    }
}

#[cfg(test)]
mod tests {
    use super::name;

    #[test]
    fn a_name_breaks_between_its_words() {
        assert_eq!(name("ada").into_string(), "<bdi>ada</bdi>");
        let of_two = name("ada.love_lace").into_string();
        assert_eq!(of_two, "<bdi>ada.<wbr>love_<wbr>lace</bdi>");
    }
}
