//! Tests of streaks: aims, freezes, holidays, journeys.

use jiff::{ToSpan as _, civil::date};
use proptest::prelude::*;

use super::*;

/// A Monday.
const START: Date = date(2030, 4, 1);

/// Days from `START` on, the last of which is today: `#` with study, `.` without, `x` excused, a space for nothing.
fn record(days: &str) -> (Record, Date) {
    let mut record = Record::default();
    let mut today = START;
    for (i, mark) in days.chars().filter(|mark| *mark != ' ').enumerate() {
        today = START + i64::try_from(i).expect("it is small").days();
        match mark {
            '#' => record.active.insert(today),
            'x' => record.excused.insert(today),
            _ => false,
        };
    }
    (record, today)
}

fn check(aim: i32, days: &str, expected: u32) -> Streak {
    let (record, today) = record(days);
    let streak = streak(&record, aim, today);
    assert_eq!(streak.days, expected, "{days}: {streak:?}");
    streak
}

#[test]
fn a_week_that_reaches_its_aim_keeps_the_streak() {
    check(5, "#####.. #", 6);
    check(5, "##.##.# ##.#.## #", 11);
    check(7, "####### ###", 10);
    check(1, "#...... ......# .......", 2);
}

#[test]
fn freezes_are_spent_from_the_first_day_on_which_the_aim_is_out_of_reach() {
    assert_eq!(check(5, "####... #", 5).freezes_left, 1);
    assert_eq!(check(5, "###.... #", 4).freezes_left, 0);
    // A third missing day in one month ends it, and a new one begins.
    assert_eq!(check(5, "##..... #", 1).longest, 2);
    assert_eq!(check(5, "###.... ####... #", 1).longest, 7);
    // Today is not missed before it is over.
    assert_eq!(check(5, "####...", 4).freezes_left, 2);
    let states: Vec<_> = check(5, "####...", 4)
        .last_days
        .iter()
        .map(|day| day.state)
        .collect();
    assert_eq!(
        states[4..],
        [DayState::Missed, DayState::Missed, DayState::Open]
    );
}

#[test]
fn a_freeze_is_one_of_the_month_of_the_missing_day() {
    // 29 April is the Monday of the fifth week; the month ends on Tuesday.
    let (mut record, _) = record("####### ####### ####### #######");
    record.active.insert(date(2030, 5, 5));
    let today = date(2030, 5, 6);
    // Missed from 29 April to 4 May, of which the first two may be: then four of May, which has two freezes.
    let broken = streak(&record, 5, today);
    assert_eq!((broken.days, broken.longest), (1, 28));
    // With an aim of 7 the two of April take that month's freezes, two of May its own, and the fifth ends it.
    let every = streak(&record, 7, date(2030, 5, 2));
    assert_eq!((every.days, every.freezes_left), (28, 1));
    let april = streak(&record, 7, date(2030, 4, 30));
    assert_eq!((april.days, april.freezes_left), (28, 1));
}

#[test]
fn no_freeze_is_spent_on_a_streak_of_nothing() {
    assert_eq!(check(7, "....... .......", 0).freezes_left, 2);
    // Whoever begins on a Friday has missed nothing.
    assert_eq!(check(5, "....#.. ", 1).freezes_left, 2);
    // After the end of one nothing is spent either: two for the first, none for the days that follow.
    let (record, _) = record("#......");
    let ended = streak(&record, 7, date(2030, 5, 31));
    assert_eq!((ended.days, ended.longest, ended.freezes_left), (0, 1, 2));
}

#[test]
fn each_day_counts_by_the_aim_that_it_had() {
    // Five of seven in the first week; from the second on all seven.
    let (mut record, today) = record("#####.. ##.#### #");
    assert_eq!(
        streak(&record, 7, today).days,
        5,
        "as if it had always been seven"
    );
    record.former_aims = vec![(5, date(2030, 4, 8))];
    let kept = streak(&record, 7, today);
    assert_eq!((kept.days, kept.freezes_left), (12, 1));
}

#[test]
fn excused_days_pause_a_streak_and_do_not_extend_it() {
    check(5, "##xxx.. ##xxxxx #", 5);
    check(7, "#xxxxxx xxxxxxx xxxxxxx #", 2);
    // Study on a holiday is study.
    let (mut record, today) = record("#######");
    record.excused.insert(date(2030, 4, 3));
    assert_eq!(streak(&record, 5, today).days, 7);
}

#[test]
fn years_end_like_months_and_weeks_go_on_over_them() {
    let active = days(date(2030, 12, 1), date(2031, 1, 8));
    let mut record = Record::default();
    // Monday is the 30th: Tuesday to Thursday are missed, the last of which is a freeze of January.
    record.active.extend(active);
    for missed in [date(2030, 12, 31), date(2031, 1, 1), date(2031, 1, 2)] {
        record.active.remove(&missed);
    }
    let kept = streak(&record, 5, date(2031, 1, 8));
    assert_eq!((kept.days, kept.freezes_left), (36, 1));
    assert_eq!(kept.this_week, 3);
    assert_eq!(streak(&record, 5, date(2031, 1, 1)).freezes_left, 2);
}

#[test]
fn the_last_seven_days_are_shown_also_to_whoever_is_new() {
    let new = streak(&Record::default(), 5, date(2030, 4, 3));
    let dates: Vec<_> = new.last_days.iter().map(|day| day.date.day()).collect();
    assert_eq!(dates, [28, 29, 30, 31, 1, 2, 3]);
    assert_eq!((new.days, new.this_week, new.freezes_left), (0, 0, 2));
}

fn some_days() -> impl Strategy<Value = BTreeSet<Date>> {
    let day = (0_i64..120).prop_map(|i| START + i.days());
    prop::collection::btree_set(day, 0..110)
}

proptest! {
    #[test]
    fn a_streak_is_made_of_days_of_study_and_freezes_are_bounded(
        active in some_days(), excused in some_days(), aim in 1..=7, today in 0_i64..130,
    ) {
        let today = START + today.days();
        let record = Record { active, excused, ..Record::default() };
        let all = streak(&record, aim, today);
        let until_today = record.active.range(..=today).count();
        prop_assert!(all.days <= all.longest && all.longest as usize <= until_today);
        prop_assert!(all.freezes_left <= FREEZES_A_MONTH);
        prop_assert_eq!(all.last_days.len(), 7);
        prop_assert_eq!(all.last_days[6].date, today);
    }

    #[test]
    fn study_counts_on_excused_days_and_what_is_to_come_does_not_count(
        active in some_days(), excused in some_days(), aim in 1..=7, today in 0_i64..130,
    ) {
        let today = START + today.days();
        let record = Record { active, excused, ..Record::default() };
        let all = streak(&record, aim, today);
        let mut same = record.clone();
        same.excused.extend(&record.active);
        same.active.retain(|date| *date <= today);
        prop_assert_eq!(streak(&same, aim, today), all);
        // Whoever never has to study never loses a streak.
        same.excused.extend(days(START, today));
        prop_assert_eq!(streak(&same, aim, today).days as usize, same.active.len());
    }

    #[test]
    fn a_new_aim_changes_nothing_of_the_days_before(
        active in some_days(), excused in some_days(), aims in prop::collection::vec((1..=7, 0_i64..100), 0..4),
        aim in 1..=7, next in 1..=7, today in 100_i64..130, later in 0_i64..9,
    ) {
        let today = START + today.days();
        let mut former_aims: Vec<_> = aims.iter().map(|(aim, until)| (*aim, START + until.days())).collect();
        former_aims.sort_by_key(|(_, until)| *until);
        let before = Record { active, excused, former_aims };
        let mut after = before.clone();
        after.former_aims.push((aim, today));
        let (old, new) = (streak(&before, aim, today), streak(&after, next, today));
        prop_assert_eq!(Streak { weekly_aim: next, ..old }, new);
        // The same aim again is no change.
        let later = today + later.days();
        prop_assert_eq!(streak(&after, aim, later), streak(&before, aim, later));
    }

    #[test]
    fn a_week_that_reaches_the_aim_spends_no_freeze(
        weeks in prop::collection::vec(prop::sample::subsequence((0_i64..7).collect::<Vec<_>>(), 5..=7), 1..20),
    ) {
        let mut record = Record::default();
        for (week, days) in weeks.iter().enumerate() {
            let monday = START + i64::try_from(week).expect("it is small").weeks();
            record.active.extend(days.iter().map(|day| monday + day.days()));
        }
        let sunday = START + i64::try_from(weeks.len()).expect("it is small").weeks() - 1.day();
        let kept = streak(&record, 5, sunday);
        prop_assert_eq!(kept.days as usize, record.active.len());
        prop_assert_eq!(kept.freezes_left, FREEZES_A_MONTH);
    }
}
