//! A journey by keys alone: what has the focus is seen, and leads on.

use super::{Hall, Person, Scripts};
use crate::support::PASSWORD;

#[tokio::test(flavor = "multi_thread")]
async fn a_newcomer_gets_to_the_first_point_by_keys_alone() {
    let Some(hall) = Hall::open(Scripts::On).await else {
        return;
    };
    let ada = hall.person().await;
    ada.visit("/").await;
    // The first stop of each page leads past the navigation.
    ada.press("Tab").await;
    assert_eq!(focus(&ada).await, "Skip to the content");
    ada.press("Enter").await;
    tab_to(&ada, "Sign up").await;
    ada.press("Enter").await;
    ada.until_text("h1", "Sign up").await;
    for (field, text) in [
        ("Name", "ada"),
        ("E-mail address", "ada@example.com"),
        ("Password", PASSWORD),
    ] {
        tab_to(&ada, field).await;
        ada.write(text).await;
    }
    tab_to(&ada, "Show me on the board").await;
    ada.press("Space").await;
    ada.press("Space").await;
    ada.press("Enter").await;
    ada.until_text(".toast", "Welcome.").await;
    tab_to(&ada, "What is to be done?").await;
    ada.write("Read chapter 3").await;
    ada.press("Enter").await;
    ada.until_text("#todos li", "Read chapter 3").await;
    assert_eq!(ada.path().await, "/", "one stays where one was");
    tab_to(&ada, "Complete: Read chapter 3").await;
    ada.press("Space").await;
    ada.until_text(".toast", "Done. You earned 1 point.").await;
    tab_to(&ada, "Why is my number what it is?").await;
    ada.press("Enter").await;
    ada.until_text("#ledger", "Read chapter 3").await;
}

/// Goes on by Tab until this has the focus, which is seen at each stop.
async fn tab_to(person: &Person, name: &str) {
    let mut stops = Vec::new();
    for _ in 0..60 {
        person.press("Tab").await;
        let stop = focus(person).await;
        if stop == name {
            return;
        }
        stops.push(stop);
    }
    panic!("no {name:?} among {stops:?}");
}

/// The name of what has the focus, which must be seen: in the window, with its outline, and not below anything.
async fn focus(person: &Person) -> String {
    let state = person
        .evaluate(
            r"(() => {
                const one = document.activeElement;
                if (one === document.body) return '';
                const label = one.labels?.[0]?.innerText;
                const name = one.getAttribute('aria-label') ?? label ?? one.innerText;
                const box = one.getBoundingClientRect();
                const hit = document.elementFromPoint(box.x + box.width / 2, box.y + box.height / 2);
                const style = getComputedStyle(one);
                const is_seen = style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) >= 2
                    && hit && (one.contains(hit) || hit.contains(one));
                return is_seen ? name.trim() : 'UNSEEN ' + one.outerHTML.slice(0, 200);
            })()",
        )
        .await;
    let state = state.as_str().unwrap_or_default();
    assert!(!state.starts_with("UNSEEN"), "{state}");
    state.to_owned()
}
