//! From events that were applied to the people whose pages show something else then.

use std::collections::HashSet;

use serde_json::Value;
use twinbase::prelude::*;

use super::record::Whom;
use crate::domain::{Error, Topic, queries::form_owners};

/// What some events changed.
#[derive(Debug, Default)]
pub(super) struct Changed {
    pub(super) changes: HashSet<(Whom, Topic)>,
    /// Topics of which something was deleted: an event of that no longer says whose it was, so whoever deleted it noted it.
    pub(super) deleted: HashSet<Topic>,
}

/// What these events changed, for whom.
pub(super) async fn of_events(twin: &Twinbase, events: &[Applied]) -> Result<Changed, Error> {
    let mut found = Changed::default();
    let mut forms = HashSet::new();
    for event in events {
        let payload = event.payload.as_deref();
        let payload = payload.and_then(|text| serde_json::from_str::<Value>(text).ok());
        let id = |field: &str| AggregateId::new(payload.as_ref()?[field].as_str()?).ok();
        let aggregate = &*event.aggregate_type;
        if Operation::is_delete(&event.event_type, aggregate) {
            found.delete(aggregate);
            continue;
        }
        let mut tell = |people: &[Option<AggregateId>], topics: &[Topic]| {
            for person in people.iter().flatten() {
                let changes = topics.iter();
                let changes = changes.map(|topic| (Whom::One(person.clone()), *topic));
                found.changes.extend(changes);
            }
        };
        match aggregate {
            "todo" => tell(&[id("userId")], &[Topic::Todos]),
            "session" => tell(&[id("userId")], &[Topic::Session]),
            "report" => tell(&[id("userId")], &[Topic::Report]),
            "message" => tell(&[id("senderId"), id("recipientId")], &[Topic::Message]),
            "friendship" => tell(
                &[id("lowId"), id("highId")],
                &[Topic::Friends, Topic::Thread],
            ),
            "user" => {
                tell(&[Some(event.id.clone())], &[Topic::Points]);
                found.changes.insert((Whom::Everybody, Topic::Board));
            }
            "form" => tell(&[id("userId")], &[Topic::Results]),
            "response" => forms.extend(id("formId")),
            _ => {}
        }
    }
    if !forms.is_empty() {
        let forms: Vec<_> = forms.into_iter().collect();
        let owners = form_owners(twin, &forms).await?;
        let of_owner = |owner| (Whom::One(owner), Topic::Results);
        found.changes.extend(owners.into_iter().map(of_owner));
    }
    Ok(found)
}

impl Changed {
    fn delete(&mut self, aggregate: &str) {
        match aggregate {
            "todo" => self.deleted.extend([Topic::Todos]),
            "session" => self.deleted.extend([Topic::Session]),
            "message" => self.deleted.extend([Topic::Message]),
            // Rare, and it may concern anybody: who is gone vanishes from every open page.
            "user" => {
                let topics = [Topic::Board, Topic::Friends, Topic::Message];
                let everybody = topics.map(|topic| (Whom::Everybody, topic));
                self.changes.extend(everybody);
            }
            _ => {}
        }
    }
}
