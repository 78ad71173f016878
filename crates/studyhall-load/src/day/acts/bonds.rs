//! What people do with each other: messages, friendships, forms.

use rand::Rng as _;
use reqwest::Method;
use serde_json::json;
use tokio::time::Instant;

use super::{Act, has, id};
use crate::day::{kind::Kind, players::lock};

impl Act {
    /// Both ends of a thread see a message, each with the token of who wrote it.
    pub(super) async fn write_message(&mut self) {
        let (friend, text) = (self.friend(), self.words("Chapter 3?"));
        let body = json!({ "text": text });
        let (me, other) = (self.me(), &self.community.players[friend].person);
        let path = format!("/messages/{}", other.name);
        if let Some(sent) = self.write((Method::POST, &path), Some(&body)).await {
            let (id, token) = (id(&sent), sent.token());
            self.see(me, token.as_ref(), &path, |thread| has(thread, &id))
                .await;
            let theirs = format!("/messages/{}", me.name);
            self.see(other, token.as_ref(), &theirs, |thread| has(thread, &id))
                .await;
        }
    }

    pub(super) async fn befriend(&mut self) {
        let other = self.rng.random_range(0..self.community.players.len());
        if !self.community.begin_friendship(self.who, other) {
            self.kind = Kind::OpenFriends;
            return self.open("/friends").await;
        }
        let them = &self.community.players[other].person;
        let body = json!({ "username": them.name });
        if self
            .write((Method::POST, "/friends"), Some(&body))
            .await
            .is_none()
        {
            return;
        }
        let accept = format!("/friends/{}/accept", self.me().name);
        let due = Instant::now();
        let accepted = them.call(Method::POST, &accept, None, None).await;
        let Some(accepted) = self.judge(&accept, due, accepted) else {
            return;
        };
        for (one, friend) in [(self.me(), them), (them, self.me())] {
            self.see(one, accepted.token().as_ref(), "/friends", |lists| {
                let lists = lists.json();
                let friends = lists["friends"].as_array();
                friends.is_some_and(|all| all.iter().any(|of| of["username"] == *friend.name))
            })
            .await;
        }
        self.community.are_friends(self.who, other);
    }

    pub(super) async fn make_form(&mut self) {
        let body = json!({
            "title": self.words("How was it?"), "isPublic": true, "allowsMore": true,
            "questions": [
                { "id": "pace", "kind": "oneOf", "text": "How was the pace?", "required": true, "choices": ["Too fast", "Right"] },
                { "id": "wishes", "kind": "longText", "text": "What should be different?" },
            ],
        });
        let Some(made) = self.write((Method::POST, "/forms"), Some(&body)).await else {
            return;
        };
        let id = id(&made);
        let open = format!("/forms/{id}/open");
        let due = Instant::now();
        let opened = self.me().call(Method::POST, &open, None, None).await;
        if let Some(opened) = self.judge(&open, due, opened) {
            let (me, token) = (self.me(), opened.token());
            self.see(me, token.as_ref(), "/forms", |list| has(list, &id))
                .await;
            self.see(me, token.as_ref(), &format!("/forms/{id}"), |form| {
                form.json()["state"] == "open"
            })
            .await;
            lock(&self.community.forms).push(id);
        }
    }

    pub(super) async fn respond(&mut self) {
        let forms = lock(&self.community.forms).clone();
        if forms.is_empty() {
            self.kind = Kind::MakeForm;
            return Box::pin(self.make_form()).await;
        }
        let form = &forms[self.rng.random_range(0..forms.len())];
        let wish = self.words("More examples");
        let body = json!({ "answers": { "pace": "Right", "wishes": wish } });
        let path = format!("/forms/{form}/responses");
        if let Some(sent) = self.write((Method::POST, &path), Some(&body)).await {
            let own = format!("/responses/{}", id(&sent));
            self.see(self.me(), sent.token().as_ref(), &own, |response| {
                response.json()["answers"]["wishes"] == wish.as_str()
            })
            .await;
        }
    }
}
