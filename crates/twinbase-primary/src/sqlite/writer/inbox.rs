//! Who shares the next commit: the writes that are in the queue when the one before them is done.

use std::sync::mpsc::Receiver;

use super::{job::Job, thread::Message};

/// Writes that share a commit at most, so that the first does not wait long.
const GROUP: usize = 64;

/// What the thread is asked for, in the order of asking.
pub(super) struct Inbox<'a> {
    queue: &'a Receiver<Message>,
    /// Taken from the queue, and not a write: it is served next.
    ahead: Option<Message>,
}

impl<'a> Inbox<'a> {
    pub(super) const fn new(queue: &'a Receiver<Message>) -> Self {
        Self { queue, ahead: None }
    }

    /// The next message, waited for; `None` when everyone who could ask has gone.
    pub(super) fn next(&mut self) -> Option<Message> {
        self.ahead.take().or_else(|| self.queue.recv().ok())
    }

    /// One more write to share a commit with the `gathered` ones before it, if it is there. One whose
    /// caller has gone is passed over.
    pub(super) fn more(&mut self, gathered: usize) -> Option<Box<dyn Job>> {
        if gathered >= GROUP || self.ahead.is_some() {
            return None;
        }
        loop {
            match self.queue.try_recv().ok()? {
                Message::Write(next) => {
                    if next.ticket().claim() {
                        return Some(next);
                    }
                }
                other => {
                    self.ahead = Some(other);
                    return None;
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc::{Sender, channel};

    use super::{super::Answer, *};

    fn job() -> Box<dyn Job> {
        Answer::to("do nothing", |_| Ok::<_, twinbase_core::PrimaryError>(())).0
    }

    fn ask(queue: &Sender<Message>) {
        let asked = queue.send(Message::Write(job()));
        assert!(asked.is_ok());
    }

    fn next_group(inbox: &mut Inbox<'_>) -> usize {
        assert!(matches!(inbox.next(), Some(Message::Write(_))));
        let mut gathered = 1;
        while inbox.more(gathered).is_some() {
            gathered += 1;
        }
        gathered
    }

    #[test]
    fn a_group_is_bounded_and_a_transaction_keeps_its_turn() {
        let (queue, messages) = channel();
        let mut inbox = Inbox::new(&messages);
        (0..=GROUP).for_each(|_| ask(&queue));
        let (_calls, receiver) = channel();
        let transaction = Message::Transaction(job(), receiver);
        assert!(queue.send(transaction).is_ok());
        ask(&queue);
        assert_eq!(next_group(&mut inbox), GROUP);
        assert_eq!(next_group(&mut inbox), 1);
        assert!(matches!(inbox.next(), Some(Message::Transaction(..))));
        assert_eq!(next_group(&mut inbox), 1);
        drop(queue);
        assert!(inbox.next().is_none());
    }
}
