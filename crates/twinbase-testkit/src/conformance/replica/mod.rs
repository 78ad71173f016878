//! What every replica owes: a case is a finding about any [`Replica`](twinbase_core::Replica), and [`replica_conformance!`](crate::replica_conformance)
//! makes a test of each.
//!
//! A case gets a fresh replica with nothing in it. Times are far in the future, so that a server's own removal of old
//! tombstones never joins in.

#![expect(
    clippy::missing_panics_doc,
    clippy::unwrap_used,
    reason = "a case fails by panicking"
)]

pub mod collations;
pub mod concurrency;
pub mod guard;
pub mod hidden;
pub mod history;
pub mod listing;
pub mod reads;
pub mod rejects;
pub mod search;
pub mod tombstones;
pub mod walk;

mod notes;

pub use notes::{
    NOTES, NOTES_BY_TEXT, NOTES_TO_SEARCH, applied, change, document, documents, find, id,
    tombstone, version_of,
};

/// Makes a test of every case of the suite.
///
/// `$fresh` is the absolute path of an `async fn(case: &str) -> Option<(Arc<dyn Replica>, Guard)>`: a prepared replica
/// and whatever must outlive it, or `None` when the test does not run.
///
/// `without_queries:` before it lists the cases that ask for documents by id alone: the simulated
/// replica runs them, so that what is proven on it holds for the others.
#[macro_export]
macro_rules! replica_conformance {
    (without_queries: $fresh:path) => {
        $crate::replica_conformance! { @cases $fresh;
            guard {
                a_change_is_applied_and_read_back,
                a_newer_version_replaces_the_whole_document,
                a_stale_write_is_superseded,
                an_equal_version_is_superseded,
                outcomes_are_in_the_order_of_the_changes,
                nothing_to_apply_is_no_error,
                a_batch_of_5000_is_applied,
                a_repeated_batch_of_5000_is_superseded,
                preparing_twice_changes_nothing,
                a_changed_index_is_rebuilt_and_the_documents_stay,
            }
            history {
                shuffled_and_repeated_history_ends_at_the_newest,
            }
            listing {
                each_collection_is_listed_until_it_is_dropped,
            }
            tombstones {
                an_older_update_does_not_bring_a_deleted_document_back,
                a_document_is_created_again_at_a_higher_version,
                a_tombstone_shows_its_version_to_the_engine,
                a_sweep_takes_old_tombstones_only,
                a_sweep_takes_no_more_than_its_limit,
                a_delete_of_what_never_was_leaves_a_tombstone,
            }
            rejects {
                a_document_that_is_too_large_leaves_the_others_applied,
                a_document_with_a_bad_field_name_leaves_the_others_applied,
                a_rejected_change_leaves_the_document_as_it_was,
            }
            concurrency {
                sixteen_writers_of_the_same_ids_end_at_the_newest,
                a_reader_beside_writers_sees_versions_and_contents_that_belong_together,
            }
            walk {
                a_scan_goes_through_all_ids_in_byte_order,
                whole_documents_come_in_byte_order_of_their_ids,
                versions_and_get_leave_out_what_is_not_there,
                ids_of_any_script_and_shape_are_kept_apart,
            }
        }
    };
    ($fresh:path) => {
        mod without_queries {
            $crate::replica_conformance!(without_queries: $fresh);
        }
        $crate::replica_conformance! { @cases $fresh;
            tombstones {
                a_tombstone_is_in_no_read,
            }
            walk {
                a_page_of_large_documents_is_short,
            }
            hidden {
                sync_never_shows,
                a_query_that_names_sync_is_refused,
                a_joined_collection_shows_nothing_deleted_and_no_sync,
                what_writes_or_runs_code_is_refused,
            }
            reads {
                a_document_keeps_types_and_the_order_of_its_fields,
                find_filters_sorts_skips_limits_and_projects,
                a_limit_of_zero_finds_nothing,
                a_leaderboard_and_statistics_are_aggregated,
                count_follows_the_filter,
                distinct_values_come_once_each_and_never_from_what_is_hidden,
                an_unknown_operator_is_an_error,
                a_long_answer_streams_and_may_be_left,
                a_collection_without_documents_answers,
            }
            search {
                a_search_finds_words_in_any_form_and_ranks_them,
                a_collection_with_a_text_index_works_even_where_there_is_no_search,
                a_search_without_a_text_index_is_told_from_a_wrong_query,
                the_beginning_of_a_word_is_found_by_the_embedded_store_alone,
                a_text_index_whose_definition_changed_is_rebuilt,
            }
            collations {
                strings_are_compared_by_the_collation_of_the_reads,
            }
        }
    };
    (@cases $fresh:path; $($module:ident { $($case:ident),* $(,)? })*) => {
        $(mod $module {
            $(
                #[tokio::test]
                async fn $case() {
                    let Some((replica, _guard)) = $fresh(stringify!($case)).await else {
                        return;
                    };
                    $crate::conformance::replica::$module::$case(replica).await;
                }
            )*
        })*
    };
}
