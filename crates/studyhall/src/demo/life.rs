//! What one person does, day by day on their own calendar: sessions of study, todos, and reports.

use std::collections::HashMap;

use jiff::{SignedDuration, Timestamp, civil::Date};
use studyhall::domain::{
    Calendar, CompletionPct, Description, GoalMinutes, Invalid, PasswordHash, Report, StudyHours,
    StudySession, Subject, Timer, Title, Todo, User,
    commands::{Past, Undone},
    days,
};
use twinbase::prelude::AggregateId;

use super::{
    dice::{Dice, Purpose, earlier, later},
    person::{Part, Person},
    titles::{self, NOTES},
};

/// How long a session of somebody who runs one has run for.
const RUNNING: SignedDuration = SignedDuration::from_mins(35);

/// All that a person did until now.
pub(super) fn life(
    person: &Person,
    password: &PasswordHash,
    seed: u64,
    index: usize,
    now: Timestamp,
) -> Result<Past, Invalid> {
    let mut dice = Dice::new(seed, Purpose::Life, index);
    let user = person.user(password, &mut dice)?;
    let calendar = Calendar::of(&user);
    let mut life = Life {
        person,
        from: person.joined,
        until: person.until,
        done: HashMap::new(),
        past: Past::default(),
        off: user.holidays.days().to_vec(),
        calendar,
        dice,
    };
    let moved = person.moved(&user)?;
    let is_now = moved.as_ref().map_or(&user, |(_, moved)| moved);
    life.past.users.push(is_now.clone());
    if person.part == Part::Newcomer {
        return Ok(life.past);
    }
    let first = life.calendar.date(person.joined);
    if let Some((at, user)) = moved {
        life.moves(first, at, &user)?;
    } else {
        life.run_timer(now)?;
        life.days(first, life.calendar.date(life.until))?;
    }
    if person.part == Part::Host {
        life.todos_of_today(now)?;
    }
    Ok(life.past)
}

struct Life<'a> {
    person: &'a Person,
    /// Nothing happens before, nor later than [`until`](Self::until).
    from: Timestamp,
    until: Timestamp,
    /// How many todos were done on each day.
    done: HashMap<Date, u32>,
    past: Past,
    off: Vec<Date>,
    calendar: Calendar,
    dice: Dice,
}

impl Life<'_> {
    /// A session may run; nothing is written after it began.
    fn run_timer(&mut self, now: Timestamp) -> Result<(), Invalid> {
        let may_run = self.person.until == now && earlier(now, RUNNING) > self.person.joined;
        let runs = self.person.part == Part::Host || self.dice.chance(0.03);
        if !(may_run && runs) {
            return Ok(());
        }
        let started_at = self
            .dice
            .between(earlier(now, RUNNING), earlier(now, RUNNING));
        let timer = Timer {
            subject: self.subject()?,
            goal_minutes: Some(GoalMinutes::new(50)?),
            started_at,
            local_date: self.calendar.date(started_at),
        };
        self.past.timers.push((self.person.id.clone(), timer));
        self.until = started_at;
        Ok(())
    }

    /// Lives by one clock until a time, and by another from then on.
    fn moves(&mut self, first: Date, at: Timestamp, user: &User) -> Result<(), Invalid> {
        let until = std::mem::replace(&mut self.until, at);
        let reached = self.calendar.date(at);
        self.days(first, reached)?;
        (self.calendar, self.from, self.until) = (Calendar::of(user), at, until);
        // The date that was reached has been lived.
        let next = reached.saturating_add(jiff::Span::new().days(1));
        self.days(next, self.calendar.date(until))
    }

    fn days(&mut self, first: Date, last: Date) -> Result<(), Invalid> {
        for date in days(first, last) {
            self.day(date)?;
        }
        Ok(())
    }

    fn day(&mut self, date: Date) -> Result<(), Invalid> {
        let is_off = self.off.contains(&date);
        if is_off || !self.dice.chance(self.person.pace * season(date)) {
            if self.dice.chance(0.1) {
                self.todo(date)?;
            }
            return Ok(());
        }
        let minutes = self.sessions(date)?;
        for _ in 0..self.dice.count(0..=4) {
            self.todo(date)?;
        }
        if minutes > 0 && self.dice.chance(self.person.reporting) {
            self.report(date, minutes)?;
        }
        Ok(())
    }

    /// Up to three sessions, one after the other; returns their minutes.
    fn sessions(&mut self, date: Date) -> Result<i64, Invalid> {
        let ends = date
            .tomorrow()
            .ok()
            .and_then(|next| self.calendar.begins(next));
        let ends = ends.unwrap_or(self.until).min(self.until);
        let Some(mut at) = self.at(date, 7, 12) else {
            return Ok(0);
        };
        let (mut sum, subject) = (0, self.subject()?);
        for _ in 0..self.dice.count(1..=3) {
            let minutes = self.dice.minutes(15..=110);
            let ended_at = later(at, minutes);
            if at < self.from || ended_at >= ends {
                break;
            }
            let is_timed = self.dice.chance(0.85);
            let minutes = i32::try_from(minutes.as_mins()).unwrap_or(0);
            let written = later(ended_at, self.dice.minutes(1..=120));
            self.past.sessions.push(StudySession {
                id: self.dice.id(ended_at),
                user_id: self.person.id.clone(),
                subject: subject.clone(),
                started_at: at,
                ended_at,
                minutes,
                counted_minutes: if is_timed { minutes } else { 0 },
                timed: is_timed,
                local_date: self.calendar.date(at),
                created_at: if is_timed {
                    ended_at
                } else {
                    written.min(self.until)
                },
            });
            sum += i64::from(minutes);
            at = later(ended_at, self.dice.minutes(5..=180));
        }
        Ok(sum)
    }

    /// Something to do, written down on this day, and mostly done on it or on one of the next.
    fn todo(&mut self, date: Date) -> Result<(), Invalid> {
        let Some(created) = self.at(date, 7, 19).filter(|at| self.is_past(*at)) else {
            return Ok(());
        };
        let waits = match self.dice.count(0..=9) {
            0..=5 => 0,
            6..=8 => i64::try_from(self.dice.count(1..=6)).unwrap_or(1),
            _ => i64::try_from(self.dice.count(7..=20)).unwrap_or(7),
        };
        let done = if waits == 0 {
            Some(later(created, self.dice.minutes(15..=240)))
        } else {
            let date = date.saturating_add(jiff::Span::new().days(waits));
            self.at(date, 8, 22)
        };
        let done = done.filter(|at| self.is_past(*at));
        if let Some(at) = done {
            *self.done.entry(self.calendar.date(at)).or_default() += 1;
        }
        let due = self.dice.chance(0.6).then(|| {
            let within = i64::try_from(self.dice.count(0..=9)).unwrap_or(0);
            date.saturating_add(jiff::Span::new().days(within))
        });
        let due = due.and_then(|date| self.calendar.instant(date.at(21, 0, 0, 0)));
        self.add_todo(created, done, due)
    }

    fn add_todo(
        &mut self,
        created: Timestamp,
        done: Option<Timestamp>,
        due: Option<Timestamp>,
    ) -> Result<(), Invalid> {
        let subject = self.dice.words(&self.person.subjects);
        let title = Title::parse(&titles::title(&mut self.dice, subject))?;
        let (id, user) = (self.dice.id(created), self.person.id.clone());
        let (done, changed) = self.reconsidered(&id, created, done);
        self.past.todos.push(Todo {
            completed: done.is_some(),
            completed_at: done,
            local_date: done.map(|at| self.calendar.date(at)),
            due_at: due,
            updated_at: changed,
            ..Todo::new(id, user, title, None, created)
        });
        Ok(())
    }

    /// Few todos are deleted in the end, and few completions undone, of which half are done again. Returns when the todo
    /// was done for good, and when it changed last.
    fn reconsidered(
        &mut self,
        id: &AggregateId,
        created: Timestamp,
        done: Option<Timestamp>,
    ) -> (Option<Timestamp>, Timestamp) {
        let last = done.unwrap_or(created);
        let second = later(last, self.dice.minutes(1..=90));
        let (is_reconsidered, is_deleted, is_done_again) = (
            self.dice.chance(0.05) && self.is_past(second),
            self.dice.chance(0.5),
            self.dice.chance(0.5),
        );
        if !is_reconsidered {
            return (done, last);
        }
        if let Some(given) = done {
            let dated = |at| (at, self.calendar.date(at));
            self.past.undone.push(Undone {
                user_id: self.person.id.clone(),
                todo_id: id.clone(),
                given: dated(given),
                taken: dated(second),
            });
        }
        if is_deleted {
            self.past.deleted_todos.push(id.clone());
            return (done, last);
        }
        let again = later(second, self.dice.minutes(5..=600));
        let again = (done.is_some() && is_done_again && self.is_past(again)).then_some(again);
        (again, again.unwrap_or(second))
    }

    /// Whoever signs in finds something to do today, however early it is.
    fn todos_of_today(&mut self, now: Timestamp) -> Result<(), Invalid> {
        let today = self.calendar.date(now);
        let due = self.calendar.instant(today.at(22, 0, 0, 0));
        let created = self.dice.between(
            self.person
                .joined
                .max(earlier(now, SignedDuration::from_hours(9))),
            self.until,
        );
        for _ in 0..3 {
            self.add_todo(created, None, due)?;
        }
        Ok(())
    }

    /// What a person says of a day in its evening.
    fn report(&mut self, date: Date, minutes: i64) -> Result<(), Invalid> {
        let Some(at) = self.at(date, 20, 23).filter(|at| self.is_past(*at)) else {
            return Ok(());
        };
        let done = f64::from(self.done.get(&date).copied().unwrap_or(0));
        let left = f64::from(u32::try_from(self.dice.count(0..=2)).unwrap_or(0));
        let share = if done > 0.0 {
            done / (done + left)
        } else {
            0.0
        };
        #[expect(clippy::cast_precision_loss, reason = "minutes of a day")]
        let hours = (minutes as f64 / 0.6).round() / 100.0;
        let notes = self.dice.chance(0.4).then(|| self.dice.words(&NOTES));
        self.past.reports.push(Report {
            id: self.dice.id(at),
            user_id: self.person.id.clone(),
            local_date: date,
            study_hours: StudyHours::new(hours)?,
            completion_pct: CompletionPct::new((share * 100.0).round())?,
            notes: notes.map(Description::parse).transpose()?,
            created_at: at,
        });
        Ok(())
    }

    /// A time between two hours on the clock of this day.
    fn at(&mut self, date: Date, from: i8, to: i8) -> Option<Timestamp> {
        let begins = self.calendar.instant(date.at(from, 0, 0, 0))?;
        Some(self.dice.between(
            begins,
            later(begins, SignedDuration::from_hours(i64::from(to - from))),
        ))
    }

    /// Whether the person was there and it is not to come.
    fn is_past(&self, at: Timestamp) -> bool {
        (self.from..self.until).contains(&at)
    }

    fn subject(&mut self) -> Result<Subject, Invalid> {
        Subject::parse(self.dice.words(&self.person.subjects))
    }
}

/// How much more or less is studied: before exams, in summer and at the end of the year, and on weekends.
fn season(date: Date) -> f64 {
    let month = match (date.month(), date.day()) {
        (1 | 2 | 6 | 7, _) => 1.2,
        (8, _) => 0.5,
        (12, 22..) => 0.4,
        _ => 1.0,
    };
    let is_weekend = date.weekday().to_monday_zero_offset() >= 5;
    if is_weekend { month * 0.7 } else { month }
}
