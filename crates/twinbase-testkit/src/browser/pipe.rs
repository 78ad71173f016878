//! The protocol's wire: JSON messages that end with a zero byte, requests one way, answers and events the other.

use std::collections::HashMap;
use std::io::{BufRead as _, BufReader, Read, Write};
use std::process::{ChildStdin, ChildStdout};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use anyhow::{Context as _, bail};
use serde_json::{Value, json};
use tokio::sync::oneshot;
use tokio::time::timeout;

use super::seen::Seen;

/// Starting the browser on a loaded machine takes most of it.
const DEADLINE: Duration = Duration::from_mins(2);

/// Who waits for an answer, and where events go. A thread of its own reads: tests have a runtime each, the browser is for all.
#[derive(Default)]
struct Readers {
    waiting: Mutex<HashMap<u64, oneshot::Sender<Value>>>,
    sessions: Mutex<HashMap<String, Arc<Mutex<Seen>>>>,
}

pub(super) struct Pipe {
    to: Mutex<ChildStdin>,
    next: AtomicU64,
    readers: Arc<Readers>,
}

pub(super) fn lock<T>(of: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    // A test that failed while it held the lock does not fail the others.
    of.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Pipe {
    pub(super) fn new(to: ChildStdin, from: ChildStdout) -> Self {
        let readers = Arc::<Readers>::default();
        let of_thread = Arc::clone(&readers);
        std::thread::spawn(move || of_thread.read(from));
        Self {
            to: Mutex::new(to),
            next: AtomicU64::new(1),
            readers,
        }
    }

    /// Sends a request and returns its id.
    pub(super) fn send(
        &self,
        session: Option<&str>,
        method: &str,
        parameters: Value,
    ) -> anyhow::Result<u64> {
        let id = self.next.fetch_add(1, Ordering::Relaxed);
        self.write(id, session, method, parameters)?;
        Ok(id)
    }

    /// Sends a request and waits for its answer.
    pub(super) async fn call(
        &self,
        session: Option<&str>,
        method: &str,
        parameters: Value,
    ) -> anyhow::Result<Value> {
        let id = self.next.fetch_add(1, Ordering::Relaxed);
        let (sender, receiver) = oneshot::channel();
        lock(&self.readers.waiting).insert(id, sender);
        self.write(id, session, method, parameters)?;
        let answer = timeout(DEADLINE, receiver).await;
        let answer = answer.with_context(|| format!("{method} did not return"))?;
        let mut answer = answer.with_context(|| format!("the browser ended before {method}"))?;
        if let Some(error) = answer.get("error") {
            bail!("{method}: {error}");
        }
        Ok(answer["result"].take())
    }

    fn write(
        &self,
        id: u64,
        session: Option<&str>,
        method: &str,
        parameters: Value,
    ) -> anyhow::Result<()> {
        let mut message = json!({ "id": id, "method": method });
        message["params"] = parameters;
        if let Some(session) = session {
            message["sessionId"] = session.into();
        }
        let mut bytes = message.to_string().into_bytes();
        bytes.push(0);
        let sent = lock(&self.to).write_all(&bytes);
        sent.with_context(|| format!("send {method} to the browser"))
    }

    /// What happens in a session is kept from now on.
    pub(super) fn follow(&self, session: &str) -> Arc<Mutex<Seen>> {
        let seen = Arc::default();
        lock(&self.readers.sessions).insert(session.to_owned(), Arc::clone(&seen));
        seen
    }
}

impl Readers {
    fn read(&self, from: impl Read) {
        for message in BufReader::new(from).split(0).map_while(Result::ok) {
            if let Ok(message) = serde_json::from_slice::<Value>(&message) {
                self.take(message);
            }
        }
        // Who still waits learns of the end.
        lock(&self.waiting).clear();
    }

    fn take(&self, message: Value) {
        if let Some(id) = message["id"].as_u64() {
            if let Some(waiting) = lock(&self.waiting).remove(&id) {
                waiting.send(message).ok();
            }
            return;
        }
        let (Some(session), Some(method)) =
            (message["sessionId"].as_str(), message["method"].as_str())
        else {
            return;
        };
        let seen = lock(&self.sessions).get(session).cloned();
        if let Some(seen) = seen {
            lock(&seen).note(method, &message["params"]);
        }
    }
}
