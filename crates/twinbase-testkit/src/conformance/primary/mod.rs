//! The conformance suite of primaries: what `twinbase_core::primary` promises, as findings.
//!
//! A crate with a primary implements [`Database`] for its tests and lists every
//! case with [`primary_conformance!`](crate::primary_conformance); each becomes a
//! test with a database of its own.

#![expect(
    clippy::missing_panics_doc,
    reason = "every case panics when the finding does not hold"
)]

pub mod applied;
pub mod conditional;
pub mod controls;
pub mod filters;
pub mod foreign;
pub mod keys;
pub mod leases;
pub mod lifecycle;
pub mod limits;
pub mod marking;
pub mod migrations;
pub mod operations;
pub mod operator;
pub mod pages;
pub mod pending;
pub mod query;
pub mod retention;
pub mod states;
pub mod status;
pub mod touching;
pub mod traces;
pub mod values;
pub mod verbs;
pub mod versions;
pub mod wake;
pub mod walks;
pub mod write;

mod opened;
mod schema;
mod stage;
mod support;

use std::sync::Arc;

use async_trait::async_trait;
use twinbase_core::Primary;

pub use opened::{Opened, Start, run};
pub use schema::{KEYED, NOTE, PERSON, VISITS, migrations as own_migrations};

/// A new and empty database, which goes with the handle.
#[async_trait]
pub trait Database: Send + Sync {
    /// A primary on the database, as one process would open it. Not migrated.
    async fn open(&self) -> Arc<dyn Primary>;

    /// Runs statements in one transaction on a connection of its own, as a program that knows
    /// nothing of Twinbase would.
    ///
    /// # Errors
    /// The database's own text.
    async fn foreign(&self, statements: &[&str]) -> Result<(), String>;

    /// Inserts an event as such a program would.
    ///
    /// # Errors
    /// The database's own text.
    async fn foreign_event(&self, aggregate_type: &str, id: &str) -> Result<(), String> {
        let created = format!("{aggregate_type}.created");
        let insert = support::foreign_event(&created, id, "{}");
        self.foreign(&[&insert]).await
    }
}

/// Lists every case as a test. `$fresh` is an `async fn(&str) -> Option<impl Database>`: the
/// database for the test of that name, or `None` when this run is without its server.
///
/// `without_sql:` before it lists the cases that a primary without SQL has to pass too: the
/// simulated primary runs them, so that what is proven on it holds for the others.
#[macro_export]
macro_rules! primary_conformance {
    (without_sql: $fresh:path) => {
        $crate::primary_conformance! {
            $fresh =>
            versions {
                versions_go_on_across_update_delete_and_re_creation
                sixteen_writers_on_one_key_leave_no_gap_and_no_duplicate
                many_writers_on_many_keys_in_one_transaction_each_are_all_counted
            }
            pending {
                events_come_in_the_order_of_their_partition
                the_newest_event_of_each_aggregate_has_its_document
                partitions_that_are_not_asked_for_are_left_out
                a_retrying_event_waits_for_its_time
                a_transaction_that_commits_late_is_found
                events_of_another_mapping_are_left_to_others
            }
            limits {
                limits_and_cursors_hold
                a_read_that_nothing_limits_has_seen_everything
                the_sum_of_payloads_ends_a_read
                an_event_larger_than_the_sum_is_read_alone
                events_of_paused_types_are_left_alone
            }
            marking {
                marking_twice_is_harmless
                of_two_charges_of_one_failure_one_counts
                an_applied_event_is_not_charged
                the_sixth_charge_makes_an_event_failed
                a_failure_without_a_next_time_is_the_last
                a_newer_event_heals_the_older_ones
                waiting_aggregates_are_known
            }
            status {
                the_status_counts_what_is_there
                each_type_has_its_own_numbers
            }
            leases {
                a_worker_alone_gets_every_partition
                two_workers_share_half_each
                a_third_worker_gets_its_share
                no_worker_of_five_is_idle
                a_seventeenth_worker_is_a_spare
                workers_that_renew_at_once_never_hold_the_same
                a_release_hands_over_at_the_next_call
                an_expired_lease_is_taken_over
                an_expired_lease_that_nobody_took_is_kept
                a_worker_is_seen_as_it_reported_last
            }
            controls {
                pauses_are_kept_across_restarts
                pausing_again_takes_the_new_reason
                ending_a_pause_ends_that_one
            }
            operations {
                an_operation_is_as_its_holder_said_last
                an_operation_that_nobody_holds_is_taken_over_once
                a_holder_is_told_that_its_operation_is_cancelled
                only_so_many_operations_run_at_once
                operations_that_ended_long_ago_are_forgotten
                the_newest_operation_comes_first
            }
            walks {
                a_walk_is_kept_as_it_is_given_with_the_time_at_which_it_was
                a_walk_that_somebody_else_has_taken_over_is_not_kept
            }
            operator {
                every_status_has_its_list
                a_record_tells_what_is_known_of_an_event
                the_history_of_an_aggregate_has_its_newest_events_whatever_became_of_them
            }
            filters {
                a_filter_means_what_all_of_its_fields_say
                a_filter_of_ids_means_these_events
                a_filter_as_of_a_time_means_what_was_there
            }
            pages {
                pages_of_what_is_not_done_neither_skip_nor_repeat
                pages_of_what_is_done_neither_skip_nor_repeat
                a_page_begins_after_its_place
            }
            verbs {
                a_retry_makes_failed_and_retrying_events_pending
                a_retry_touches_nothing_else
                a_retried_event_has_its_other_tries_back
                a_verb_stops_at_its_limit_and_takes_the_oldest
                a_discarded_event_is_set_aside
                a_discard_touches_nothing_that_is_done
                a_restored_event_waits_again
                a_restore_touches_nothing_that_was_not_discarded
                a_verb_as_of_a_time_leaves_alone_what_came_later
            }
            retention {
                what_was_done_before_a_time_goes
                what_is_not_done_stays
                aggregates_that_ended_are_told
                a_forgotten_head_is_gone
                a_head_that_moved_is_not_forgotten
                a_head_with_an_event_that_is_not_done_is_not_forgotten
            }
            touching {
                a_touch_raises_heads_and_writes_events_without_content
                a_touch_goes_above_the_version_that_is_given
                what_has_no_row_gets_the_event_of_a_deletion
                an_old_row_never_gets_the_version_of_a_touch
                a_version_that_nobody_counted_is_refused
            }
            traces {
                the_trace_of_a_request_goes_with_its_events
            }
            wake {
                a_listener_hears_what_is_told
                telling_when_nobody_listens_is_harmless
            }
            states {
                states_of_ids_are_rows_with_heads
            }
        }
    };
    ($fresh:path) => {
        mod without_sql {
            use super::*;
            $crate::primary_conformance!(without_sql: $fresh);
        }
        $crate::primary_conformance! {
            $fresh =>
            write {
                a_row_and_its_event_are_the_same_document
                a_write_makes_row_head_and_event_together
                a_transaction_of_two_aggregates_is_whole
                a_transaction_that_is_rolled_back_or_dropped_leaves_nothing
                a_statement_that_fails_leaves_nothing
                a_thousand_rows_write_a_thousand_events
                a_row_that_exists_is_left_out_when_conflicts_are_ignored
                an_insert_without_rows_does_nothing
                a_deletion_answers_the_last_state_and_its_event_only_the_id
                a_plain_table_has_no_events
                conditions_choose_the_rows_that_they_say
                the_key_of_a_row_cannot_change
            }
            pending {
                a_read_notices_each_change_of_the_records_of_collections
            }
            conditional {
                a_change_at_the_expected_version_is_made
                a_change_at_another_version_is_told_which_is_there
                a_change_of_a_row_that_is_not_there_changes_nothing
                another_condition_that_fails_is_not_a_conflict
                a_row_without_a_head_is_at_version_zero
                expecting_a_version_of_anything_but_one_row_is_refused
                sixteen_conditional_writers_lose_no_update
                conditional_and_plain_writers_get_along
            }
            values {
                every_kind_comes_back_as_it_went_in
                rows_written_together_hold_what_rows_written_alone_hold
                a_private_column_is_in_no_state_and_no_event
                what_a_column_cannot_hold_is_refused_before_anything_is_written
                an_unknown_column_is_refused
                constraints_are_told_apart
            }
            keys {
                rows_with_any_type_of_key_are_written
                pages_follow_the_keys_of_any_type
                an_id_that_cannot_be_a_key_has_no_row
                foreign_events_with_any_type_of_key_are_read
            }
            query {
                a_query_answers_rows_of_any_table
                a_query_that_changes_something_is_refused
                a_transaction_sees_its_own_changes_and_nobody_else_does
                pages_neither_skip_nor_repeat
                nulls_come_first_ascending_and_last_descending
            }
            foreign {
                the_seeds_pattern_gets_versions_in_commit_order
                the_seeds_queries_work_verbatim
                a_foreign_payload_is_cut_to_the_mapping
                what_a_foreign_writer_says_about_versions_and_times_is_never_trusted
                the_last_of_a_key_that_a_payload_has_twice_counts
                an_unknown_aggregate_keeps_its_payload
                a_foreign_event_that_is_rolled_back_takes_no_version
                what_a_foreign_writer_has_marked_is_done
            }
            applied {
                what_was_applied_comes_in_that_order_after_a_cursor
            }
            operator {
                an_event_is_shown_with_its_payload
                failures_are_grouped_by_their_cause
            }
            leases {
                who_was_seen_before_the_clock_went_back_holds_nothing
                an_emptied_primary_gives_no_leases_and_gets_no_row
            }
            operations {
                what_was_held_before_the_clock_went_back_is_taken_over
            }
            migrations {
                migrating_twice_does_nothing_the_second_time
                every_migration_can_run_twice
                processes_that_migrate_at_once_apply_each_migration_once
                a_newer_breaking_migration_is_refused
                a_newer_additive_migration_is_accepted
                a_migration_that_fails_is_not_recorded
            }
            lifecycle {
                a_closed_primary_is_unavailable
                a_location_has_no_credentials
                registering_again_replaces_the_fields
            }
            states {
                a_page_ends_with_the_row_that_fills_it
                a_walk_meets_every_row_once
                rows_that_can_be_no_aggregate_are_named_and_passed_over
            }
        }
    };
    ($fresh:path => $($group:ident { $($case:ident)* })*) => {
        $(
            mod $group {
                $(
                    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
                    async fn $case() {
                        if let Some(database) = $fresh(stringify!($case)).await {
                            let database = std::sync::Arc::new(database);
                            let case = $crate::conformance::primary::$group::$case;
                            $crate::conformance::primary::run(database, case).await;
                        }
                    }
                )*
            }
        )*
    };
}
