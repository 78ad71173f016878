//! What somebody does for themselves: todos, sessions, reports; and coming here at all.

use std::sync::atomic::Ordering;

use reqwest::{Method, StatusCode};
use serde_json::json;
use tokio::time::Instant;

use super::{Act, has, id};
use crate::day::{
    kind::Kind,
    players::{Timer, lock, take},
};

impl Act {
    pub(super) async fn add_todo(&mut self) {
        let title = self.words("Read chapter 3");
        let body = json!({ "title": title });
        let Some(made) = self.write((Method::POST, "/todos"), Some(&body)).await else {
            return;
        };
        let (id, token) = (id(&made), made.token());
        let newest = "/todos?completed=false&limit=20";
        self.see(self.me(), token.as_ref(), newest, |list| has(list, &id))
            .await;
        // The word that nobody else writes.
        let word = title.rsplit(' ').next().unwrap_or_default();
        let search = format!("/search?q={word}");
        self.see(self.me(), token.as_ref(), &search, |found| {
            found.json()["todos"][0]["id"] == id.as_str()
        })
        .await;
        lock(&self.player().open).push(id);
    }

    pub(super) async fn add_todo_by_form(&mut self) {
        let title = self.words("Solve sheet 7");
        let reply = self.me().send_form("/todos", &[("title", &title)]).await;
        if self.judge("/todos", self.at, reply).is_some() {
            self.see_page("/todos", |page| page.text().contains(&title))
                .await;
            self.see_page(&format!("/search?q={}", title.replace(' ', "+")), |page| {
                page.text().contains(&title)
            })
            .await;
        }
    }

    pub(super) async fn complete(&mut self) {
        let Some(id) = take(&self.community.players[self.who].open, &mut self.rng) else {
            self.kind = Kind::AddTodo;
            return Box::pin(self.add_todo()).await;
        };
        let path = format!("/todos/{id}/complete");
        if let Some(done) = self.write((Method::POST, &path), None).await {
            self.see_completed(&id, done.token(), true).await;
            let is_given = |ledger: &crate::Reply| ledger.text().contains(&id);
            self.see(self.me(), done.token().as_ref(), "/points", is_given)
                .await;
            lock(&self.player().done).push(id);
        }
    }

    pub(super) async fn undo(&mut self) {
        let Some(id) = take(&self.community.players[self.who].done, &mut self.rng) else {
            self.kind = Kind::OpenPoints;
            return self.open("/points").await;
        };
        let body = json!({ "completed": false });
        let path = format!("/todos/{id}");
        if let Some(undone) = self.write((Method::PATCH, &path), Some(&body)).await {
            self.see_completed(&id, undone.token(), false).await;
            lock(&self.player().open).push(id);
        }
    }

    async fn see_completed(&self, id: &str, token: Option<crate::WriteToken>, completed: bool) {
        let path = format!("/todos/{id}");
        self.see(self.me(), token.as_ref(), &path, |todo| {
            todo.json()["completed"] == completed
        })
        .await;
    }

    pub(super) async fn delete_todo(&mut self) {
        let Some(id) = take(&self.community.players[self.who].open, &mut self.rng) else {
            self.kind = Kind::OpenTodos;
            return self.open("/todos").await;
        };
        let path = format!("/todos/{id}");
        if let Some(deleted) = self.write((Method::DELETE, &path), None).await {
            let (me, token) = (self.me(), deleted.token());
            let is_gone = |todo: &crate::Reply| todo.status == StatusCode::NOT_FOUND;
            self.see(me, token.as_ref(), &path, is_gone).await;
            let newest = "/todos?limit=100";
            self.see(me, token.as_ref(), newest, |list| {
                list.status.is_success() && !has(list, &id)
            })
            .await;
        }
    }

    pub(super) async fn use_timer(&mut self) {
        let before = std::mem::replace(&mut *lock(&self.player().timer), Timer::Changes);
        let after = match before {
            Timer::Stands => self.start_timer().await,
            Timer::Runs => self.stop_timer().await,
            // Another act is at it, and puts it back.
            Timer::Changes => {
                self.kind = Kind::OpenSessions;
                return self.open("/sessions").await;
            }
        };
        *lock(&self.player().timer) = after.unwrap_or(before);
    }

    async fn start_timer(&mut self) -> Option<Timer> {
        let subject = self.words("Algebra");
        let (timer, body) = (
            "/sessions/timer",
            json!({ "subject": subject, "goalMinutes": 25 }),
        );
        let started = self.write((Method::POST, timer), Some(&body)).await?;
        self.see(self.me(), started.token().as_ref(), timer, |shown| {
            shown.json()["timer"]["subject"] == subject.as_str()
        })
        .await;
        Some(Timer::Runs)
    }

    async fn stop_timer(&mut self) -> Option<Timer> {
        let stop = (Method::POST, "/sessions/timer/stop");
        let stopped = self.write(stop, Some(&json!({}))).await?;
        let (id, token) = (id(&stopped), stopped.token());
        self.see(self.me(), token.as_ref(), "/sessions", |list| {
            has(list, &id)
        })
        .await;
        Some(Timer::Stands)
    }

    pub(super) async fn report(&mut self) {
        if self.player().has_reported.swap(true, Ordering::Relaxed) {
            self.kind = Kind::OpenReports;
            return self.open("/reports").await;
        }
        let body = json!({ "studyHours": 2.5, "completionPct": 80, "notes": self.words("Good") });
        if let Some(made) = self.write((Method::POST, "/reports"), Some(&body)).await {
            let id = id(&made);
            self.see(self.me(), made.token().as_ref(), "/reports", |list| {
                has(list, &id)
            })
            .await;
        }
    }

    pub(super) async fn sign_up(&mut self) {
        let name = self.words("new").replace(' ', "-");
        let client = self.community.client.clone();
        match client.sign_up(&name, "Look around").await {
            Ok((person, made)) => {
                self.record.done(self.kind, self.at);
                let todo = made.json()["todo"]["id"]
                    .as_str()
                    .unwrap_or_default()
                    .to_owned();
                let token = made.token();
                self.see(&person, token.as_ref(), "/todos", |list| has(list, &todo))
                    .await;
                let due = Instant::now();
                let home = person.open("/", "identity").await;
                self.compare("/", due, home, |page| page.status.is_success());
            }
            Err(error) => self.record.failed(self.kind, &format!("{error:#}")),
        }
    }
}
