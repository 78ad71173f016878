//! What readers see: nothing that never was, and nothing older than before.

use std::{collections::BTreeMap, sync::Arc};

use bson::Document;
use tokio::time::Instant;
use twinbase_core::{Key, Token, Version};

use super::{Simulation, keys::KeyNumber, oracle::Clause, world::World};

/// The newest version of each aggregate that a reader has seen.
#[derive(Debug, Default)]
pub struct Seen(BTreeMap<KeyNumber, i64>);

impl Simulation {
    /// Judges all documents of a type, as a reader finds them who has seen some before, and began to look then.
    pub fn judge_read(
        &self,
        seen: &mut Seen,
        began: Instant,
        of_type: &str,
        documents: &[Document],
    ) {
        let mut world = self.world();
        world.trace.count("read of all");
        let found: BTreeMap<_, _> = documents
            .iter()
            .filter_map(|document| Some((document.get_str("_id").ok()?, text(document))))
            .collect();
        let keys: Vec<_> = world.after(of_type, None).collect();
        for key in keys {
            let before = seen.0.get(&key).copied().unwrap_or_default();
            let found = found.get(world.subjects[key].key.id.as_str()).copied();
            if let Some(now) = world.judge_seen(key, before, began, found) {
                seen.0.insert(key, now);
            }
        }
    }

    /// A token for some aggregate as it is in the primary.
    pub fn some_token(&self) -> Option<(Key, Token)> {
        let mut world = self.world();
        let key = world.pick();
        let subject = &world.subjects[key];
        let is_sound = subject.head() > 0 && subject.poison.is_none();
        is_sound.then(|| {
            let mut token = Token::default();
            token.insert(subject.key.clone(), Version::new(subject.head()));
            (subject.key.clone(), token)
        })
    }

    /// Judges what is found of an aggregate by whoever has that token.
    pub fn judge_token(&self, (of, token): &(Key, Token), began: Instant, documents: &[Document]) {
        let mut world = self.world();
        world.trace.count("read by token");
        let Some(key) = world.find(&of.aggregate_type, &of.id) else {
            return;
        };
        for (_, version) in token.entries() {
            let found = documents.first().map(text);
            world.judge_seen(key, version.get(), began, found);
        }
    }
}

fn text(document: &Document) -> &str {
    document.get_str("text").unwrap_or_default()
}

impl World {
    /// Judges what is seen of an aggregate after a version of it was seen. Returns the version that is seen now; the oldest that
    /// it can be, because some have the same content.
    fn judge_seen(
        &mut self,
        key: KeyNumber,
        before: i64,
        began: Instant,
        found: Option<&str>,
    ) -> Option<i64> {
        let subject = &self.subjects[key];
        if subject.is_damaged() || subject.damaged_at >= Some(began) {
            return Some(0);
        }
        let payload: Option<Arc<str>> = found.map(|text| {
            let id = &subject.key.id;
            format!(r#"{{"id":"{id}","text":"{text}"}}"#).into()
        });
        let mut since = subject.history.range(before..);
        if let Some((version, _)) = since.find(|(_, of)| **of == payload) {
            return Some(*version);
        }
        if payload.is_none() && before == 0 {
            return Some(0);
        }
        let was = subject.history.values().any(|of| *of == payload);
        let name = &subject.key;
        let (clause, what) = if was || payload.is_none() {
            (Clause::NoRegress, "is older")
        } else {
            (Clause::Content, "never was")
        };
        let detail = format!(
            "{name} was seen at version {before}, and then {found:?}, which {what}; {}",
            self.places(key)
        );
        self.broken(clause, detail);
        None
    }
}
