//! A Studyhall that listens on a port of its own.

use std::{sync::Arc, time::Duration};

use serde_json::{Value, json};
use studyhall::{
    api::{self, AppState, Rates, Settings},
    domain::community,
    web,
};
use twinbase::{core::Replica, prelude::*};
use twinbase_testkit::faults::{Faults, FaultyReplica};

use super::{Answer, Call, Combination, Databases, Server, TestClock, sql};

/// What a test wants to be different.
pub(crate) struct Options {
    /// No worker runs: events wait until [`Studyhall::catch_up`].
    pub(crate) without_worker: bool,
    pub(crate) settings: Settings,
    /// Stands before the replica.
    pub(crate) replica: Option<Arc<dyn Replica>>,
}

/// Without limits on what costs: a test writes more in a minute than a person does. And a page is whole, however slow the machine.
impl Default for Options {
    fn default() -> Self {
        Self {
            without_worker: false,
            settings: Settings {
                rates: Rates::OFF,
                panel_wait: Duration::from_mins(2),
                ..Settings::default()
            },
            replica: None,
        }
    }
}

/// A running Studyhall.
pub(crate) struct Studyhall {
    pub(crate) twin: Twinbase,
    pub(crate) clock: Arc<TestClock>,
    pub(crate) state: AppState,
    server: Server,
    _worker: Option<Worker>,
    databases: Databases,
}

/// Somebody who has signed up and in.
#[derive(Debug, Clone)]
pub(crate) struct Member {
    pub(crate) id: String,
    pub(crate) name: String,
    pub(crate) token: String,
}

pub(crate) const PASSWORD: &str = "correct horse battery";

impl Studyhall {
    pub(crate) async fn start(combination: Combination) -> Self {
        let databases = combination.databases().await;
        Self::start_on(databases, Options::default()).await
    }

    pub(crate) async fn start_without_worker(combination: Combination) -> Self {
        let options = Options {
            without_worker: true,
            ..Options::default()
        };
        Self::start_on(combination.databases().await, options).await
    }

    /// One whose replica fails on purpose, and whose pages wait for none of their panels.
    pub(crate) async fn hurried(combination: Combination) -> (Self, Faults) {
        let mut options = Options::default();
        options.settings.panel_wait = Duration::ZERO;
        Self::faulty(combination, options).await
    }

    /// One whose replica fails on purpose.
    pub(crate) async fn faulty(combination: Combination, options: Options) -> (Self, Faults) {
        let databases = combination.databases().await;
        let twin = community()
            .primary(&databases.primary)
            .replica(&databases.replica);
        let twin = twin.open().await.expect("the databases open");
        let (replica, faults) = FaultyReplica::new(twin.sides().replica.clone());
        let options = Options {
            replica: Some(replica),
            ..options
        };
        (Self::start_on(databases, options).await, faults)
    }

    pub(crate) async fn start_on(databases: Databases, options: Options) -> Self {
        twinbase_testkit::log::keep();
        let clock = TestClock::new();
        let mut builder = community()
            .primary(&databases.primary)
            .replica(&databases.replica)
            .clock(clock.clone());
        if let Some(replica) = options.replica {
            builder = builder.open_replica(replica);
        }
        let twin = builder.open().await.expect("the databases open");
        twin.migrate().await.expect("the migrations run");
        let worker = (!options.without_worker).then(|| {
            twin.start_worker(WorkerOptions::default())
                .expect("valid options")
        });
        let base = options.settings.base_path.clone();
        let state = AppState::new(twin.clone(), options.settings);
        Self {
            twin,
            clock,
            server: Server::start(base.around(api::router(&state).merge(web::router(&state))))
                .await,
            state,
            _worker: worker,
            databases,
        }
    }

    pub(crate) fn call(&self, method: &str, path: &str) -> Call {
        self.server.call(method, path)
    }

    /// The host and port, as `Host` has it.
    pub(crate) fn host(&self) -> &str {
        self.server.base.trim_start_matches("http://")
    }

    /// A second server on the same databases, as if in another process.
    pub(crate) async fn another_server(&self) -> Server {
        let state = AppState::new(self.twin.clone(), Settings::default());
        Server::start(api::router(&state)).await
    }

    /// Another process on the same databases, which knows nothing of what this one does; it has pages too.
    pub(crate) async fn another_process(&self) -> (AppState, Server) {
        let sides = self.twin.sides();
        let twin = community()
            .open_primary(sides.primary.clone())
            .open_replica(sides.replica.clone())
            .clock(self.clock.clone());
        let twin = twin.open().await.expect("the databases open");
        let state = AppState::new(twin, Options::default().settings);
        let server = Server::start(api::router(&state).merge(web::router(&state))).await;
        (state, server)
    }

    pub(crate) async fn sign_up(&self, name: &str, more: Value) -> Answer {
        let mut body = json!({
            "username": name, "email": format!("{name}@example.com"), "password": PASSWORD
        });
        if let (Some(body), Value::Object(more)) = (body.as_object_mut(), more) {
            body.extend(more);
        }
        self.call("POST", "/api/v1/users").json(&body).send().await
    }

    pub(crate) async fn log_in(&self, name: &str, password: &str) -> Answer {
        let body = json!({ "username": name, "password": password });
        self.call("POST", "/api/v1/login").json(&body).send().await
    }

    /// Somebody new, who has a session.
    pub(crate) async fn member(&self, name: &str) -> Member {
        let user = self.sign_up(name, json!({})).await.expect(201);
        let session = self.log_in(name, PASSWORD).await.expect(200);
        Member {
            id: user.str("id").to_owned(),
            name: name.to_owned(),
            token: session.str("token").to_owned(),
        }
    }

    /// A new todo of a member.
    pub(crate) async fn todo(&self, member: &Member, title: &str) -> Answer {
        let call = self.call("POST", "/api/todos").by(&member.token);
        call.json(&json!({ "title": title }))
            .send()
            .await
            .expect(201)
    }

    pub(crate) async fn points(&self, member: &Member) -> i64 {
        let me = self
            .call("GET", "/api/users/me")
            .by(&member.token)
            .send()
            .await;
        me.expect(200).body["totalPoints"]
            .as_i64()
            .expect("it is a number")
    }

    /// Applies all events that wait.
    pub(crate) async fn catch_up(&self) {
        self.twin
            .drain(WorkerOptions::default())
            .await
            .expect("events can be applied");
    }

    /// How many events there are, applied or not.
    pub(crate) async fn events(&self) -> i64 {
        let sql = "select count(*) as count from \"Outbox\"";
        let rows = self.twin.query(sql, &[]).await.expect("it can be asked");
        rows[0].get("count").expect("it is a number")
    }

    /// Whether any file of embedded databases has these bytes.
    pub(crate) fn is_in_a_file(&self, text: &str) -> bool {
        let files = std::fs::read_dir(self.databases.folder.path()).expect("a folder");
        let mut files = files.map(|file| file.and_then(|file| std::fs::read(file.path())));
        files.any(|bytes| {
            let bytes = bytes.expect("it can be read");
            let mut found = bytes.windows(text.len());
            found.any(|bytes| bytes == text.as_bytes())
        })
    }

    /// Plain SQL, as another program would send it.
    pub(crate) async fn sql(&self, statements: String) {
        sql::run(&self.databases.primary, statements).await;
    }

    /// Fails unless both sides agree when everything is applied.
    pub(crate) async fn verify(&self) {
        self.catch_up().await;
        let report = self
            .twin
            .verify(|_, _| {})
            .await
            .expect("both sides can be read");
        assert!(report.is_clean(), "{report:?}");
    }
}
