//! Pages that a task of its own reads while those before are worked on.

use tokio::sync::mpsc;
use twinbase_core::{PrimaryError, StatePage, replica::DocumentPage};

use super::Portion;
use crate::worker::EngineError;

/// How many pages are read and not taken yet.
const AHEAD: usize = 2;

/// A page, and after which key the next one begins: `None` when this is the last.
pub(crate) type Ahead<P> = Result<(P, Option<String>), EngineError>;

/// Pages in the order of keys.
#[derive(Debug)]
pub(crate) struct ReadAhead<P>(mpsc::Receiver<Ahead<P>>);

impl<P> ReadAhead<P> {
    /// Reads from a place on, until the last page or until this is dropped. `read` is told after which key, and how many of `limit` at most.
    pub(crate) fn of<F>(
        mut after: Option<String>,
        mut portion: Portion,
        limit: u32,
        read: impl Fn(Option<String>, u32) -> F + Send + 'static,
    ) -> Self
    where
        P: Held + Send + 'static,
        F: Future<Output = Ahead<P>> + Send,
    {
        let (to, pages) = mpsc::channel(AHEAD);
        tokio::spawn(async move {
            // No page is read before there is room for it.
            while let Ok(place) = to.reserve().await {
                let page = read(after.take(), portion.of(limit)).await;
                if let Ok((page, next)) = &page {
                    after.clone_from(next);
                    portion = Portion::after(page.held());
                }
                place.send(page);
                if after.is_none() {
                    return;
                }
            }
        });
        Self(pages)
    }

    /// The next page. It is not asked for after the last one, or after an error.
    pub(crate) async fn next(&mut self) -> Ahead<P> {
        // No page is no end: whoever reads has panicked, or the program ends.
        let page = self.0.recv().await;
        page.ok_or_else(|| PrimaryError::Unavailable {
            operation: "read pages ahead",
            source: "the task that reads has ended".into(),
        })?
    }
}

/// How many a page holds, whatever they are.
pub(crate) trait Held {
    fn held(&self) -> usize;
}

impl Held for StatePage {
    fn held(&self) -> usize {
        self.rows()
    }
}

impl Held for DocumentPage {
    fn held(&self) -> usize {
        self.found.len() + usize::try_from(self.foreign).unwrap_or(usize::MAX)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_reader_that_ended_without_a_last_page_is_no_end() {
        let (to, pages) = mpsc::channel(1);
        let mut pages = ReadAhead(pages);
        to.send(Ok(((), Some("more".to_owned())))).await.unwrap();
        drop(to);
        assert!(matches!(pages.next().await, Ok(((), Some(_)))));
        assert!(pages.next().await.is_err());
    }
}
