//! The rules of the domain hold in every drawn community.

use std::collections::{HashMap, HashSet};

use studyhall::domain::{
    Calendar, Form, FormState, FriendshipState, Message, Pair, Password, Passwords, User,
    commands::Past,
};
use twinbase::prelude::AggregateId;

use super::*;

/// On a Sunday on which clocks in Europe went forward.
const NOW: &str = "2026-03-29T10:00:00Z";

fn now() -> Timestamp {
    NOW.parse().expect("a time")
}

async fn hash() -> PasswordHash {
    let password = Password::parse("studyhall-demo").expect("a password");
    Passwords::new()
        .hash(&password)
        .await
        .expect("it is hashed")
}

fn whole(seed: u64, password: &PasswordHash) -> Past {
    let size = Size {
        people: 25,
        days: 120,
    };
    let community = Community::new(size, seed, now(), password.clone());
    let community = community.expect("its values are valid");
    let mut whole = Past::default();
    for index in 0..community.parts() {
        whole.append(community.part(index).expect("its values are valid"));
    }
    whole
}

fn users(past: &Past) -> HashMap<&AggregateId, &User> {
    past.users.iter().map(|user| (&user.id, user)).collect()
}

/// Whether somebody had their zone already.
fn is_by_the_clock_of_now(user: &User, at: Timestamp) -> bool {
    user.day_since.is_none_or(|since| since <= at)
}

#[tokio::test]
async fn the_same_seed_makes_the_same_community_and_another_one_another() {
    let password = hash().await;
    let first = whole(7, &password);
    assert_eq!(first, whole(7, &password));
    assert_ne!(first, whole(8, &password));
    assert_eq!(first.users.len(), 25);
}

#[tokio::test]
async fn sessions_are_of_their_day_and_no_two_of_a_user_overlap() {
    let past = whole(1, &hash().await);
    let users = users(&past);
    let running: HashMap<_, _> = past.timers.iter().map(|(id, timer)| (id, timer)).collect();
    let mut last: HashMap<&AggregateId, Timestamp> = HashMap::new();
    for session in &past.sessions {
        let user = users[&session.user_id];
        let before = last.insert(&session.user_id, session.ended_at);
        assert!(before.is_none_or(|ended| ended <= session.started_at));
        assert!(user.created_at <= session.started_at && session.started_at < session.ended_at);
        let minutes = session
            .ended_at
            .duration_since(session.started_at)
            .as_mins();
        assert_eq!(minutes, i64::from(session.minutes));
        let counts = if session.timed { session.minutes } else { 0 };
        assert_eq!(session.counted_minutes, counts);
        if is_by_the_clock_of_now(user, session.started_at) {
            let date = Calendar::of(user).date(session.started_at);
            assert_eq!(session.local_date, date);
        }
        let end = running
            .get(&session.user_id)
            .map_or(now(), |timer| timer.started_at);
        assert!(session.ended_at <= end && session.created_at <= end);
    }
}

#[tokio::test]
async fn todos_and_reports_are_in_order_and_a_day_has_one_report_which_is_written_on_it() {
    let past = whole(1, &hash().await);
    let users = users(&past);
    let mut days = HashSet::new();
    for report in &past.reports {
        assert!(days.insert((&report.user_id, report.local_date)));
        let user = users[&report.user_id];
        if is_by_the_clock_of_now(user, report.created_at) {
            let written = Calendar::of(user).date(report.created_at);
            assert_eq!(written, report.local_date);
        }
        assert!(report.created_at <= now());
    }
    for todo in &past.todos {
        assert!(users[&todo.user_id].created_at <= todo.created_at && todo.created_at <= now());
        assert_eq!(todo.completed, todo.completed_at.is_some());
        assert!(
            todo.completed_at
                .is_none_or(|at| todo.created_at < at && at <= now())
        );
    }
}

#[tokio::test]
async fn messages_are_between_friends_and_have_the_positions_of_their_times() {
    let past = whole(1, &hash().await);
    let pairs: HashMap<_, _> = past.friendships.iter().map(|of| (&of.id, of)).collect();
    assert_eq!(pairs.len(), past.friendships.len(), "one for two people");
    let mut last: HashMap<&AggregateId, &Message> = HashMap::new();
    for message in &past.messages {
        let friendship = pairs[&message.thread_id];
        assert_eq!(friendship.state, FriendshipState::Accepted);
        let (pair, _) = Pair::of(&message.sender_id, &message.recipient_id).expect("they are two");
        assert_eq!(pair.id(), message.thread_id);
        assert!(friendship.updated_at <= message.created_at && message.created_at <= now());
        let before = last.insert(&message.thread_id, message);
        assert!(before.is_none_or(|before| before.created_at <= message.created_at));
        assert_eq!(
            message.position,
            before.map_or(0, |before| before.position) + 1
        );
    }
    for (_, thread, position) in &past.marks {
        assert!((1..=last[thread].position).contains(position));
    }
}

#[tokio::test]
async fn forms_are_answered_while_they_are_open_and_once_where_they_take_one() {
    let past = whole(1, &hash().await);
    let forms: HashMap<&AggregateId, &Form> =
        past.forms.iter().map(|form| (&form.id, form)).collect();
    let versions: HashSet<_> = past
        .versions
        .iter()
        .map(|(form, number, _)| (form, *number))
        .collect();
    let mut once = HashSet::new();
    assert!(past.participants.iter().all(|one| once.insert(one)));
    for response in &past.responses {
        let form = forms[&response.form_id];
        assert_ne!(form.state, FormState::Draft);
        assert!(versions.contains(&(&form.id, response.form_version)));
        assert_eq!(response.user_id.is_none(), form.is_anonymous);
        let closed = form.closed_at.unwrap_or(now());
        assert!(response.created_at <= closed);
        assert!(form.is_anonymous || form.opened_at <= Some(response.created_at));
    }
    for form in past.forms.iter().filter(|form| !form.allows_more) {
        let responses = past.responses.iter().filter(|of| of.form_id == form.id);
        let participants = past.participants.iter().filter(|(of, _)| *of == form.id);
        assert_eq!(responses.count(), participants.count());
    }
}

#[tokio::test]
async fn whom_the_list_of_logins_names_has_what_it_says() {
    let past = whole(1, &hash().await);
    let [host, friend, quiet, newcomer] = [0, 1, 2, 3].map(|at| &past.users[at]);
    assert!(past.timers.iter().any(|(user, _)| *user == host.id));
    let (pair, _) = Pair::of(&host.id, &friend.id).expect("they are two");
    let unread = past
        .messages
        .iter()
        .filter(|message| message.thread_id == pair.id());
    let unread = unread
        .max_by_key(|message| message.position)
        .expect("they wrote");
    assert_eq!(unread.recipient_id, host.id);
    let read = past
        .marks
        .iter()
        .find(|(reader, thread, _)| *reader == host.id && *thread == pair.id());
    assert!(read.is_none_or(|(_, _, position)| *position < unread.position));
    assert!(
        past.forms
            .iter()
            .any(|form| form.user_id == host.id && form.state == FormState::Open)
    );
    assert_eq!(&*friend.time_zone, "Asia/Kathmandu");
    assert!(!quiet.show_profile);
    assert!(past.todos.iter().all(|todo| todo.user_id != newcomer.id));
    assert!(
        past.friendships
            .iter()
            .all(|of| ![&of.low_id, &of.high_id].contains(&&newcomer.id))
    );
}

#[tokio::test]
async fn some_move_and_no_date_of_theirs_goes_back() {
    let past = whole(3, &hash().await);
    let moved = past.users.iter().filter(|user| user.day_since.is_some());
    let moved: HashMap<_, _> = moved.map(|user| (&user.id, user)).collect();
    assert!(!moved.is_empty());
    let mut last = HashMap::new();
    let sessions = past.sessions.iter();
    for session in sessions.filter(|of| moved.contains_key(&of.user_id)) {
        let before = last.insert(&session.user_id, session.local_date);
        assert!(before.is_none_or(|before| before <= session.local_date));
    }
    assert!(!last.is_empty(), "they studied");
}

#[tokio::test]
async fn some_is_undone_or_deleted_and_each_point_is_taken_back_once() {
    let past = whole(1, &hash().await);
    let todos: HashMap<_, _> = past.todos.iter().map(|todo| (&todo.id, todo)).collect();
    let mut undone = HashSet::new();
    for one in &past.undone {
        assert!(undone.insert(&one.todo_id), "once");
        let todo = todos[&one.todo_id];
        assert!(todo.created_at < one.given.0 && one.given.0 < one.taken.0);
        assert!(one.taken.0 <= now() && one.given.1 <= one.taken.1);
    }
    let deleted: HashSet<_> = past.deleted_todos.iter().collect();
    assert!(deleted.iter().any(|id| undone.contains(id)));
    assert!(undone.iter().any(|id| !deleted.contains(id)));
    for id in &deleted {
        assert_eq!(todos[*id].completed, undone.contains(*id), "what was done");
    }
    let messages: HashMap<_, _> = past.messages.iter().map(|of| (&of.id, of)).collect();
    assert!(!past.deleted_messages.is_empty());
    for id in &past.deleted_messages {
        let (thread, position) = (&messages[id].thread_id, messages[id].position);
        let mut of_thread = past.messages.iter().filter(|of| of.thread_id == *thread);
        assert!(of_thread.any(|later| later.position > position));
    }
}
