//! One list of cases, run on SQLite, PostgreSQL and MariaDB.
//!
//! The servers are named by `SALON_TEST_POSTGRES_URL` and `SALON_TEST_MARIADB_URL`; `ci/databases.sh` starts throw-away
//! ones and prints both. Every case has a database of its own.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a case that meets what it does not expect has failed"
)]

mod support;

mod accounts;
mod identity;
mod images;
mod jobs;
mod lists;
mod members;
mod messages;
mod outbox;
mod plans;
mod races;
mod room_races;
mod rooms;
mod schema;
mod strays;
mod tasks;
mod uploads;

macro_rules! cases {
    ($($module:ident: $($case:ident),+ $(,)?;)+) => {
        cases!(@on sqlite, Sqlite: $($module: $($case),+;)+);
        cases!(@on postgres, Postgres: $($module: $($case),+;)+);
        cases!(@on mariadb, MariaDb: $($module: $($case),+;)+);
    };
    (@on $name:ident, $database:ident: $($module:ident: $($case:ident),+;)+) => {
        mod $name {
            $(mod $module {
                $(
                    #[test]
                    fn $case() {
                        crate::support::run(crate::support::Database::$database, crate::$module::$case);
                    }
                )+
            })+
        }
    };
}

cases! {
    schema:
        fresh_is_migrated_twice,
        a_newer_schema_is_refused,
        logs_keep_their_rows_and_numbers,
        two_servers_migrate_at_once,
        a_version_stands_for_all_that_sessions_are_made_of;
    images:
        what_is_written_is_read,
        t_a4_what_is_out_of_reach_is_not_read,
        an_id_is_never_used_twice,
        a_change_computed_from_an_old_revision_is_stale,
        tags_are_a_bounded_set,
        status_moves_between_active_and_deactivated,
        a_delete_takes_everything_along,
        a_protected_image_stays,
        a_permission_ends_when_owner_or_visibility_change,
        texts_with_nul_are_refused,
        odd_texts_come_back_unchanged;
    members:
        t_m1_an_invitation_waits_for_an_answer,
        a_member_is_invited_once,
        t_m4_the_quota_counts_first,
        t_m4_the_quota_counts_what_others_write,
        a_revoked_member_is_gone,
        a_deleted_image_takes_its_guest_list_along,
        a_list_is_replaced_at_once,
        names_compare_byte_by_byte,
        lists_of_members_and_of_things_are_paged,
        random_operations_agree_with_the_model,
        a_private_image_is_shared_with_its_first_member,
        t_m7_history_is_bounded;
    lists:
        what_is_in_the_list,
        what_is_in_the_list_of_an_admin,
        t_a3_filters_only_narrow,
        missing_values_sort_first,
        every_order_pages_through_everything_once;
    uploads:
        an_upload_makes_an_image_active,
        a_lost_token_is_gone,
        an_abandoned_upload_can_be_repeated,
        uploads_of_a_dead_node_are_taken_back,
        the_storage_quota_counts_what_waits_for_removal;
    jobs:
        a_job_is_done_by_one_node_at_a_time,
        a_late_node_is_fenced_off;
    tasks:
        a_task_is_done_once,
        tasks_are_their_projects,
        tasks_page_in_their_order,
        tasks_are_bounded;
    identity:
        changes_leave_the_rest_alone,
        a_token_needs_its_grounds,
        tokens_end_with_their_grounds,
        deleting_takes_everything_along,
        roles_are_given_once_and_listed,
        access_keys_are_bounded,
        api_keys_are_bounded_and_end_tokens,
        no_token_outlives_its_api_key,
        access_keys_are_usable_while_everything_behind_them_is,
        no_token_slips_through,
        lists_are_paged_by_id;
    accounts:
        what_is_written_of_an_account_is_read,
        a_permission_ends_with_the_type_of_the_account,
        accounts_are_listed_by_prefix_and_person,
        an_address_is_in_an_account_once,
        a_person_is_read_as_written,
        people_change_one_by_one,
        people_of_a_team_come_by_invitation_and_leave,
        people_are_listed_once_each,
        an_account_goes_with_what_is_left_in_it,
        the_operator_removes_people_and_accounts,
        nobody_is_in_a_room_who_is_not_in_the_account,
        random_changes_of_people_agree_with_the_model,
        a_pin_is_one_persons,
        a_secret_is_made_once,
        pages_of_people_cost_the_same_at_any_depth,
        parallel_adds_of_an_address_make_one_person,
        t_m4_a_project_has_a_quota_of_accounts,
        a_suspension_and_a_change_at_once_both_hold,
        an_account_is_never_deleted_from_under_a_person;
    rooms:
        t_a4_accounts_out_of_reach_are_not_read,
        what_is_written_of_a_room_is_read,
        a_permission_on_a_room_ends_with_the_type_of_its_account,
        a_request_for_a_room_is_answered_once,
        an_account_has_a_quota_of_rooms_and_bots,
        a_bot_is_read_as_written,
        people_and_bots_are_members_at_once,
        who_cannot_be_added_to_a_room,
        a_room_keeps_its_last_administrator_where_asked,
        a_batch_tells_what_is_wrong_with_each,
        lists_of_rooms_and_members_are_paged,
        a_deleted_room_leaves_nothing,
        random_operations_on_rooms_agree_with_the_model,
        pages_of_rooms_cost_the_same_at_any_depth;
    room_races:
        t_m2_parallel_changes_of_a_membership_are_serial,
        t_m4_one_passes_at_the_edge_of_a_quota_of_rooms,
        a_room_is_never_deleted_from_under_a_batch,
        parallel_requests_with_one_token_make_one_room,
        an_account_is_never_deleted_from_under_a_room,
        parallel_batches_in_any_order_do_not_lock_each_other_out,
        a_suspension_and_an_invitation_at_once_are_serial,
        the_last_administrator_stays_whoever_is_first;
    messages:
        a_message_is_read_as_posted,
        a_url_is_good_until_it_ends,
        limits_of_webhooks_hold_at_once,
        everybody_is_called_in_small_rooms_only,
        bots_are_to_be_told,
        a_redacted_message_is_empty_for_good,
        messages_are_destroyed_after_their_time,
        a_deleted_room_takes_its_messages_along;
    strays:
        rows_without_their_other_half_are_found_and_removed,
        messages_that_wait_for_their_removal_are_accounted_for;
    outbox:
        everything_is_told_once_and_trimmed,
        numbers_of_events_never_come_again,
        a_clock_that_was_ahead_keeps_nothing_old;
    plans:
        t_d8_pages_cost_the_same_at_any_depth;
    races:
        t_m2_parallel_adds_make_one_member,
        t_m3_no_acknowledged_change_is_lost,
        t_m4_one_passes_at_the_edge_of_a_quota,
        t_i3_one_of_several_uploads_wins,
        t_i4_delete_against_upload_and_add,
        the_storage_quota_holds_against_parallel_uploads,
        t_a4_a_guest_list_is_of_the_moment_that_permits_it;
}
