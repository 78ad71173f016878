//! A server on a port of its own.

use std::net::SocketAddr;

use axum::Router;
use reqwest::Client;
use tokio::{net::TcpListener, task::JoinHandle};

use super::Call;

/// Routes that are being served, until this is dropped.
pub(crate) struct Server {
    pub(crate) base: String,
    client: Client,
    task: JoinHandle<()>,
}

impl Server {
    pub(crate) async fn start(routes: Router) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0")
            .await
            .expect("a port is free");
        let address = listener.local_addr().expect("it has an address");
        let service = routes.into_make_service_with_connect_info::<SocketAddr>();
        Self {
            base: format!("http://{address}"),
            // Where a page sends the browser is what a test wants to see.
            client: Client::builder()
                .redirect(reqwest::redirect::Policy::none())
                .build()
                .expect("a client"),
            task: tokio::spawn(async move {
                axum::serve(listener, service)
                    .await
                    .expect("the server runs");
            }),
        }
    }

    pub(crate) fn call(&self, method: &str, path: &str) -> Call {
        Call::new(&self.client, method, &format!("{}{path}", self.base))
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.task.abort();
    }
}
