//! Parameters of the query that several lists have, and pages of those that are at hand whole.

use twinbase::prelude::*;
use twinbase_web::{
    Page, Params, Problem, cursor,
    params::{plain, time},
};

/// How many items a page may have.
pub(crate) const MOST_ITEMS: u32 = 200;

/// Longer than any key or type of an event.
const LONGEST_TEXT: usize = 1_024;

/// Which events.
pub(crate) fn filter(params: &mut Params) -> Result<EventFilter, Problem> {
    Ok(EventFilter {
        ids: Vec::new(),
        status: params.take("status", status)?,
        error_key: params.take("errorKey", plain(LONGEST_TEXT))?,
        aggregate_type: params.take("aggregateType", plain(LONGEST_TEXT))?,
        aggregate_id: params.take("aggregateId", plain(LONGEST_TEXT))?,
        event_type: params.take("eventType", plain(LONGEST_TEXT))?,
        as_of: params.take("asOf", time)?,
        since: None,
        is_deferred: false,
    })
}

/// A status by its name.
pub(crate) fn status(text: &str) -> Result<EventStatus, &'static str> {
    EventStatus::parse(text).ok_or("must be pending, retrying, applied, failed or discarded")
}

/// Which page of a list that is at hand whole, in the order of its keys.
pub(crate) struct Asked {
    limit: u32,
    /// The last key of the page before.
    after: Option<String>,
}

impl Asked {
    /// As the query says; it has no other parameters.
    pub(crate) fn of(mut params: Params) -> Result<Self, Problem> {
        let limit = params.limit(MOST_ITEMS)?;
        let after = params.take("cursor", cursor::read)?;
        params.finish()?;
        Ok(Self { limit, after })
    }

    /// The page of these items.
    pub(crate) fn page<T>(self, mut items: Vec<T>, key: impl Fn(&T) -> &str) -> Page<T> {
        let is_later = |item: &T| self.after.as_deref().is_none_or(|after| key(item) > after);
        items.retain(is_later);
        items.sort_by(|one, other| key(one).cmp(key(other)));
        Page::of(items, self.limit, |last| cursor::write(&key(last)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pages_of_a_whole_list_have_every_item_once() {
        let mut query = "limit=2".to_owned();
        let mut seen = Vec::new();
        loop {
            let uri = format!("/rebuilds?{query}").parse().unwrap();
            let asked = Asked::of(Params::of(&uri).unwrap()).unwrap();
            let page = asked.page(vec!["todos", "users", "forms", "posts", "a"], |name| name);
            assert!(page.items.len() <= 2);
            seen.extend(page.items);
            let Some(next) = page.next_cursor else { break };
            query = format!("limit=2&cursor={next}");
        }
        assert_eq!(seen, ["a", "forms", "posts", "todos", "users"]);
        for bad in ["limit=0", "limit=201", "cursor=x", "x=1"] {
            let uri = format!("/rebuilds?{bad}").parse().unwrap();
            assert!(Asked::of(Params::of(&uri).unwrap()).is_err(), "{bad}");
        }
    }
}
