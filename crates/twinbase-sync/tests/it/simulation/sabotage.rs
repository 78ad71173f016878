//! Sides that are broken on purpose: an oracle that never finds anything proves nothing.

use twinbase_testkit::simulation::{Clause, Sabotage};

use super::history::tell;

/// One of a few histories breaks a promise, and the first that does breaks this one.
fn check(sabotage: Sabotage, expected: &[Clause]) {
    check_among(4, sabotage, expected);
}

/// The same among more histories, for what seldom shows.
fn check_among(histories: u64, sabotage: Sabotage, expected: &[Clause]) {
    // Each has seeds of its own: workers of one process that have one id would meet.
    let first = 20_000 + 100 * sabotage as u64;
    let mut tallies = Vec::new();
    let found = (first..first + histories).find_map(|seed| {
        let report = tell(seed, 40_000, Some(sabotage)).report;
        tallies.push(report.tally);
        report.violation
    });
    let found = found.unwrap_or_else(|| panic!("{sabotage:?} was not noticed: {tallies:#?}"));
    assert!(expected.contains(&found.clause), "{found}");
}

#[test]
fn the_oracle_notices_a_replica_without_a_guard() {
    check(Sabotage::NoGuard, &[Clause::NoRegress]);
}

#[test]
fn the_oracle_notices_marks_of_what_is_not_there() {
    check(Sabotage::AnswersEarly, &[Clause::MarkedIsApplied]);
}

#[test]
fn the_oracle_notices_another_content() {
    check(Sabotage::Garbles, &[Clause::Content]);
}

#[test]
fn the_oracle_notices_an_event_that_is_never_read() {
    let expected = [Clause::NobodyStarves, Clause::Complete];
    check(Sabotage::ForgetsLateCommits, &expected);
}

#[test]
fn the_oracle_notices_who_waits_behind_poison() {
    check(Sabotage::BlocksBehindPoison, &[Clause::NobodyStarves]);
}

#[test]
fn the_oracle_notices_a_worker_that_holds_more_than_it_may() {
    check(Sabotage::AllowsLittle, &[Clause::BoundedMemory]);
}

#[test]
fn the_oracle_notices_a_worker_that_asks_more_often_than_it_may() {
    check(Sabotage::AllowsOneCall, &[Clause::NobodyHammers]);
}

#[test]
fn the_oracle_notices_a_failure_that_nobody_can_see() {
    check(Sabotage::HidesFailures, &[Clause::VisiblyFailed]);
}

#[test]
fn the_oracle_notices_who_waits_for_a_refused_collection() {
    check(Sabotage::RefusesTheNeighbours, &[Clause::NobodyStarves]);
}

#[test]
fn the_oracle_notices_partitions_that_nobody_takes_over() {
    check(Sabotage::KeepsLeasesOfTheDead, &[Clause::TakenOver]);
}

#[test]
fn the_oracle_notices_a_version_that_is_given_out_for_two_contents() {
    let expected = [Clause::OneContent, Clause::NoRegress, Clause::Proof];
    check(Sabotage::ForgetsTheFloor, &expected);
}

#[test]
fn the_oracle_notices_damage_that_is_not_mended() {
    // A rebuild that mends nothing has a collection that lags behind the serving one.
    let expected = [Clause::Proof, Clause::Complete, Clause::NoRegress];
    check(Sabotage::ForgetsTouches, &expected);
}

#[test]
fn the_oracle_notices_a_charge_without_a_refusal() {
    check(Sabotage::BlamesTheInnocent, &[Clause::ChargedIsRefused]);
}

#[test]
fn the_oracle_notices_a_fill_that_began_before_changes_went_to_both() {
    check(Sabotage::ReadsOldPages, &[Clause::NoRegress]);
}

#[test]
fn the_oracle_notices_a_collection_that_lacks_changes() {
    let expected = [Clause::Complete, Clause::NoRegress, Clause::MarkedIsApplied];
    check(Sabotage::LosesDualWrites, &expected);
}

#[test]
fn the_oracle_notices_an_old_event_that_comes_after_a_rebuild() {
    use Clause::{Complete, Content, NoRegress, Proof};
    let expected = [NoRegress, Complete, Proof, Content];
    check_among(24, Sabotage::ForgetsTheDualTime, &expected);
}

#[test]
fn the_oracle_notices_readers_whose_collection_is_removed_too_soon() {
    let expected = [Clause::NoRegress, Clause::MarkedIsApplied];
    check(Sabotage::HurriesReaders, &expected);
}
