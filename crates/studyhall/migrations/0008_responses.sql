-- The rows of the aggregate `response`. Its document has every column.
create table if not exists responses (
    id           {text} not null,
    form_id      {text} not null,
    form_version integer not null,
    -- Null when the form is anonymous. No cascade: it would delete responses without their events.
    user_id      {text},
    answers      {json} not null,
    created_at   {time} not null default ({now}),
    -- A response answers questions that are kept.
    constraint responses_form_version_fkey foreign key (form_id, form_version) references form_versions (form_id, version),
    constraint responses_user_id_fkey foreign key (user_id) references users (id),
    constraint responses_pkey primary key (id)
){strict};
-- A form's responses in the order of its CSV file, and their deletion with the form.
create index if not exists responses_form_id_idx on responses (form_id, form_version, {ordered created_at}, id);
-- A user's responses, for the deletion of an account.
create index if not exists responses_user_id_idx on responses (user_id);
