//! What changed lately and for whom, by the times at which this process learned of it. Pure: the time is given.

use std::collections::HashMap;

use twinbase::prelude::*;

use crate::domain::Topic;

/// A moment in milliseconds since 1970, by the server's clock; no two changes have the same.
pub(super) type Moment = i64;

/// For so long a page can be away and be told what it missed; after that it reads everything again.
const KEPT: Moment = 120_000;
/// Some megabytes. When more changes in the time, pages that come back read everything again.
const MOST: usize = 50_000;

/// Whom a change concerns.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) enum Whom {
    One(AggregateId),
    Everybody,
}

/// What changed lately.
#[derive(Debug, Default)]
pub(super) struct Record {
    /// All changes since then are known; `None` while nobody watches.
    since: Option<Moment>,
    latest: Moment,
    changed: HashMap<(Whom, Topic), Moment>,
}

impl Record {
    /// From now on everything is known.
    pub(super) fn begin(&mut self, now: Moment) {
        *self = Self {
            since: Some(now),
            latest: self.latest.max(now),
            changed: HashMap::new(),
        };
    }

    /// Nobody watches any more.
    pub(super) fn end(&mut self) {
        self.since = None;
        self.changed.clear();
    }

    /// Whether changes are known as they come.
    pub(super) const fn is_watched(&self) -> bool {
        self.since.is_some()
    }

    /// These have changed, and reads see it.
    pub(super) fn note(&mut self, now: Moment, changes: impl IntoIterator<Item = (Whom, Topic)>) {
        let before = self.latest;
        self.latest = now.max(before.saturating_add(1));
        let latest = self.latest;
        self.changed
            .extend(changes.into_iter().map(|change| (change, latest)));
        // Whoever is connected knows what was told last, however long ago that was.
        let oldest = now.saturating_sub(KEPT).min(before);
        if self.changed.len() > MOST {
            self.begin(now);
        } else if let Some(since) = self.since
            && since.saturating_add(KEPT / 2) < oldest
        {
            self.changed.retain(|_, changed| *changed > oldest);
            self.since = Some(oldest);
        }
    }

    /// What of `topics` has changed for a user after a moment, all of them when that is not known; and the moment up to
    /// which that holds.
    pub(super) fn after(
        &self,
        moment: Option<Moment>,
        user: &AggregateId,
        topics: &[Topic],
    ) -> (Vec<Topic>, Moment) {
        let known = moment.filter(|moment| self.since.is_some_and(|since| since <= *moment));
        let Some(moment) = known else {
            return (topics.to_vec(), self.latest);
        };
        let one = Whom::One(user.clone());
        let is_later = |whom: &Whom, topic: Topic| {
            let changed = self.changed.get(&(whom.clone(), topic));
            changed.is_some_and(|changed| *changed > moment)
        };
        let changed = topics.iter().copied();
        let changed = changed
            .filter(|topic| is_later(&one, *topic) || is_later(&Whom::Everybody, *topic))
            .collect();
        (changed, self.latest.max(moment))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const BOTH: [Topic; 2] = [Topic::Todos, Topic::Board];

    fn id(name: &str) -> AggregateId {
        AggregateId::new(name).expect("it is an id")
    }

    fn todos_of(name: &str) -> (Whom, Topic) {
        (Whom::One(id(name)), Topic::Todos)
    }

    #[test]
    fn each_hears_once_what_changed_for_them_or_for_everybody() {
        let mut record = Record::default();
        record.begin(1_000);
        record.note(2_000, [todos_of("ada")]);
        let (heard, at) = record.after(Some(1_500), &id("ada"), &BOTH);
        assert_eq!(heard, [Topic::Todos]);
        assert!(record.after(Some(1_500), &id("bob"), &BOTH).0.is_empty());
        assert!(record.after(Some(at), &id("ada"), &BOTH).0.is_empty());
        // In the same millisecond, and after it has been heard.
        record.note(2_000, [(Whom::Everybody, Topic::Board)]);
        for name in ["ada", "bob"] {
            let heard = record.after(Some(at), &id(name), &BOTH).0;
            assert_eq!(heard, [Topic::Board]);
            assert!(record.after(Some(at), &id(name), &BOTH[..1]).0.is_empty());
        }
    }

    #[test]
    fn who_was_away_for_longer_than_is_known_hears_everything() {
        let mut record = Record::default();
        assert_eq!(record.after(Some(1), &id("ada"), &BOTH).0, BOTH);
        record.begin(1_000);
        assert_eq!(record.after(None, &id("ada"), &BOTH).0, BOTH);
        assert_eq!(record.after(Some(999), &id("ada"), &BOTH).0, BOTH);
        assert!(record.after(Some(1_000), &id("ada"), &BOTH).0.is_empty());
        // However long nothing was told, who heard the last of it has missed nothing.
        record.note(2_000, [todos_of("ada")]);
        record.note(KEPT * 3, [todos_of("ada")]);
        assert!(record.after(Some(2_000), &id("bob"), &BOTH).0.is_empty());
        record.note(KEPT * 3, [todos_of("ada")]);
        assert_eq!(record.after(Some(KEPT), &id("bob"), &BOTH).0, BOTH);
        assert!(record.after(Some(KEPT * 2), &id("bob"), &BOTH).0.is_empty());
        let many = (0..=MOST).map(|n| todos_of(&n.to_string()));
        record.note(KEPT * 3, many);
        assert!(record.changed.len() <= MOST);
        assert_eq!(record.after(Some(KEPT * 2), &id("bob"), &BOTH).0, BOTH);
        record.end();
        assert_eq!(record.after(Some(KEPT * 4), &id("bob"), &BOTH).0, BOTH);
    }
}
