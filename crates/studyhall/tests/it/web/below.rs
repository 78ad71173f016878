//! The site below a path of its host, as behind a proxy that serves several.

use std::collections::BTreeSet;

use super::{cookies, page, post};
use crate::operator::operator;
use crate::support::{Answer, Combination, Member, Options, PASSWORD, Studyhall};

const BASE: &str = "/study";
/// Every attribute that names a path.
const ATTRIBUTES: [&str; 7] = [
    "href",
    "action",
    "formaction",
    "src",
    "hx-get",
    "hx-post",
    "data-stream",
];

async fn below() -> Studyhall {
    let mut options = Options::default();
    options.settings.base_path = BASE.parse().expect("it is a path");
    Studyhall::start_on(Combination::SqliteEmbedded.databases().await, options).await
}

/// What a page names by an attribute, as a browser reads it.
fn named<'a>(page: &'a Answer, attribute: &str) -> impl Iterator<Item = String> + 'a {
    let begin = format!(" {attribute}=\"");
    let parts = page.text.split(&begin).skip(1).collect::<Vec<_>>();
    let value = |part: &str| Some(part.split('"').next()?.replace("&amp;", "&"));
    parts.into_iter().filter_map(value)
}

/// Follows every link from here on; each must be below the path, and there.
async fn walk(app: &Studyhall, member: Option<&Member>, from: &str) -> BTreeSet<String> {
    let (mut seen, mut open) = (BTreeSet::new(), vec![from.to_owned()]);
    while let Some(path) = open.pop() {
        // The page of operators is the program's, not the library's.
        if seen.contains(&path) || path == format!("{BASE}/status") {
            continue;
        }
        let answer = page(app, member, &path).await;
        assert!(answer.status < 400, "{path}: {}", answer.status);
        seen.insert(path.clone());
        if let Some(to) = answer.headers.get("location") {
            let to = to.to_str().expect("a path").to_owned();
            assert!(to.starts_with(BASE), "{path} leads to {to}");
            open.push(to);
            continue;
        }
        if !answer.header("content-type").starts_with("text/html") {
            continue;
        }
        for attribute in ATTRIBUTES {
            for named in named(&answer, attribute).filter(|named| named.starts_with('/')) {
                let of_site = named.starts_with(&format!("{BASE}/"));
                assert!(of_site, "{path}: {attribute} names {named}");
                if ["href", "src"].contains(&attribute) {
                    open.extend(named.split('#').next().map(str::to_owned));
                }
            }
        }
    }
    seen
}

#[tokio::test(flavor = "multi_thread")]
async fn every_link_of_every_page_stays_below_the_path() {
    let app = below().await;
    let ada = app.member("ada").await;
    app.todo(&ada, "Read chapter 3").await;
    app.catch_up().await;
    let fields = [("key", "0194b7d2-52a0-7c3e-9a51"), ("title", "What next?")];
    let made = post(&app, Some(&ada), "/study/forms", &fields).await;
    let form = made.expect(303).header("location").to_owned();
    assert!(form.starts_with("/study/forms/"), "{form}");
    let seen = walk(&app, Some(&ada), "/study").await;
    for there in [
        "/study/",
        "/study/todos",
        "/study/account/day",
        "/study/reports?view=year",
        &form,
    ] {
        assert!(seen.contains(there), "{there} of {seen:?}");
    }
    let of_strangers = walk(&app, None, "/study/").await;
    assert!(of_strangers.contains("/study/signup"), "{of_strangers:?}");
    let boss = operator(&app, "grace").await;
    let of_operators = walk(&app, Some(&boss), "/study/operations").await;
    assert!(
        of_operators.contains("/study/operations/rebuild"),
        "{of_operators:?}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn forms_redirects_and_cookies_are_below_the_path() {
    let app = below().await;
    app.member("ada").await;
    let away = page(&app, None, "/study/todos").await.expect(303);
    assert_eq!(away.header("location"), "/study/login?next=%2Ftodos");
    let fields = [
        ("username", "ada"),
        ("password", PASSWORD),
        ("next", "/todos"),
    ];
    let signed_in = post(&app, None, "/study/login", &fields).await.expect(303);
    assert_eq!(signed_in.header("location"), "/study/todos");
    let session = signed_in.header("set-cookie");
    assert!(session.contains("; Path=/study; HttpOnly"), "{session}");
    let call = app.call("GET", "/study/todos").header("hx-request", "true");
    let call = call.header("hx-current-url", "http://host/study/todos?show=done");
    let gone = call.header("accept", "text/html").send().await.expect(401);
    let link = "href=\"/study/login?next=%2Ftodos%3Fshow%3Ddone\"";
    assert!(gone.text.contains(link), "{}", gone.text);
    // A proxy that takes the path off, and a probe at the port itself.
    let call = app
        .call("GET", "/todos")
        .header("cookie", cookies(&signed_in));
    assert_eq!(call.send().await.status, 200);
    assert_eq!(app.call("GET", "/health/live").send().await.status, 200);
}
