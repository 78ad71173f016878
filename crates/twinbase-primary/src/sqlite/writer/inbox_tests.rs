//! Who is waited for, and who is not.

use std::sync::mpsc::{Sender, channel};

use rusqlite::Connection;

use super::*;
use crate::sqlite::{error::Failure, ticket::Ticket};

/// Longer than any test takes.
const VERY_LONG: Duration = Duration::from_hours(1);

#[derive(Default)]
struct Nothing(Ticket);

impl Job for Nothing {
    fn ticket(&self) -> &Ticket {
        &self.0
    }

    fn run(&mut self, _: &Connection) -> bool {
        true
    }

    fn answer(self: Box<Self>) {}

    fn fail(self: Box<Self>, _: &Failure) {}
}

fn ask(queue: &Sender<Message>) {
    let asked = queue.send(Message::Write(Box::<Nothing>::default()));
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
fn those_who_were_answered_together_are_waited_for() {
    let (queue, messages) = channel();
    let mut inbox = Inbox::new(&messages);
    // One is in the queue when two others are answered.
    ask(&queue);
    inbox.committed(2, VERY_LONG);
    inbox.until += VERY_LONG;
    let later = queue.clone();
    let others = std::thread::spawn(move || {
        ask(&later);
        ask(&later);
    });
    assert_eq!(next_group(&mut inbox), 3);
    others.join().unwrap();
}

#[test]
fn a_lone_caller_waits_for_nobody() {
    let (queue, messages) = channel();
    let mut inbox = Inbox::new(&messages);
    inbox.committed(1, VERY_LONG);
    inbox.until += VERY_LONG;
    ask(&queue);
    assert_eq!(next_group(&mut inbox), 1);
}

#[test]
fn nobody_is_waited_for_after_a_commit_that_took_no_time() {
    let (queue, messages) = channel();
    let mut inbox = Inbox::new(&messages);
    inbox.committed(5, Duration::from_micros(50));
    inbox.until += VERY_LONG;
    ask(&queue);
    assert_eq!(next_group(&mut inbox), 1);
}

#[test]
fn a_group_is_bounded_and_a_transaction_keeps_its_turn() {
    let (queue, messages) = channel();
    let mut inbox = Inbox::new(&messages);
    (0..=GROUP).for_each(|_| ask(&queue));
    let (_calls, receiver) = channel();
    let transaction = Message::Transaction(Box::<Nothing>::default(), receiver);
    assert!(queue.send(transaction).is_ok());
    ask(&queue);
    inbox.committed(0, Duration::ZERO);
    assert_eq!(next_group(&mut inbox), GROUP);
    assert_eq!(next_group(&mut inbox), 1);
    assert!(matches!(inbox.next(), Some(Message::Transaction(..))));
    assert_eq!(next_group(&mut inbox), 1);
    drop(queue);
    assert!(inbox.next().is_none());
}
