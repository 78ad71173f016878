//! Plain SQL on the primary, as another program would send it.

use std::time::Duration;

use tokio_postgres::NoTls;

/// Runs statements on the database that the URL names.
pub(super) async fn run(url: &str, statements: String) {
    if let Some(file) = url.strip_prefix("sqlite:") {
        let file = file.to_owned();
        let run = tokio::task::spawn_blocking(move || {
            let connection = rusqlite::Connection::open(file)?;
            connection.busy_timeout(Duration::from_secs(10))?;
            connection.execute_batch(&statements)
        });
        run.await
            .expect("it does not panic")
            .expect("the statements run");
        return;
    }
    let (client, connection) = tokio_postgres::connect(url, NoTls)
        .await
        .expect("the server answers");
    let driver = tokio::spawn(connection);
    client
        .batch_execute(&statements)
        .await
        .expect("the statements run");
    driver.abort();
}
