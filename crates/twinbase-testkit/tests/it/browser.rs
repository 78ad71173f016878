//! The browser: scripts run, and a page that does not load is a failure.

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;
use twinbase_testkit::browser::Browser;

const PAGE: &str = "<!doctype html><title>t</title><p id=a>before</p><script>\
    setTimeout(() => { a.textContent = 'af' + 'ter' }, 200);\
    </script>";

/// Serves the page to whoever asks, until the test ends.
async fn serve() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let url = format!("http://{}/", listener.local_addr().expect("its address"));
    tokio::spawn(async move {
        while let Ok((mut client, _)) = listener.accept().await {
            let mut request = [0; 4096];
            let answer = format!(
                "HTTP/1.1 200 OK\r\ncontent-type: text/html\r\ncontent-length: {}\r\n\r\n{PAGE}",
                PAGE.len()
            );
            if client.read(&mut request).await.is_ok() {
                client.write_all(answer.as_bytes()).await.ok();
            }
        }
    });
    url
}

#[tokio::test]
async fn a_page_is_seen_after_its_scripts_ran() {
    let Some(browser) = Browser::from_env() else {
        return;
    };
    let url = serve().await;
    let tab = browser.tab().await;
    tab.goto(&url).await;
    tab.until_text("p", "after").await;
    assert_eq!(tab.texts("p").await, ["after"]);
}

#[tokio::test]
#[should_panic(expected = "cannot open http://127.0.0.1:1/")]
async fn a_page_that_does_not_load_is_a_failure() {
    match Browser::from_env() {
        Some(browser) => browser.tab().await.goto("http://127.0.0.1:1/").await,
        None => panic!("cannot open http://127.0.0.1:1/ without a browser"),
    }
}
