-- The rows of the aggregate `form`. Its document has every column.
create table if not exists forms (
    id                {text} not null,
    -- No cascade: it would delete forms without their events.
    user_id           {text} not null constraint forms_user_id_fkey references users (id),
    title             text not null,
    description       text,
    questions         {json} not null,
    -- Counts from 1; a change of the questions of a form that was ever open is the next.
    questions_version integer not null default 1,
    state             text not null default 'draft',
    opened_at         {time},
    closed_at         {time},
    is_anonymous      {bool} not null default {false},
    allows_more       {bool} not null default {false},
    is_public         {bool} not null default {false},
    created_at        {time} not null default ({now}),
    updated_at        {time} not null default ({now}),
    constraint forms_state_check check (state in ('draft', 'open', 'closed')),
--[sqlite]
    check (is_anonymous in (0, 1)),
    check (allows_more in (0, 1)),
    check (is_public in (0, 1)),
--[all]
    constraint forms_pkey primary key (id)
){strict};
-- Pages of a user's forms, newest first.
create index if not exists forms_user_id_created_at_idx on forms (user_id, {ordered created_at} desc, id desc);
-- The public forms to answer, by id.
create index if not exists forms_public_idx on forms (id) where state = 'open' and is_public;

-- The questions of each version that was ever open. No aggregate: what is in it never changes.
create table if not exists form_versions (
    form_id   {text} not null,
    version   integer not null,
    questions {json} not null,
    constraint form_versions_form_id_fkey foreign key (form_id) references forms (id),
    constraint form_versions_pkey primary key (form_id, version)
){strict};

-- Who has answered a form. Neither a time nor the answer is in it, so that it joins no name with an answer.
create table if not exists form_participants (
    form_id {text} not null,
    user_id {text} not null,
    constraint form_participants_form_id_fkey foreign key (form_id) references forms (id),
    constraint form_participants_user_id_fkey foreign key (user_id) references users (id),
    -- A second answer of one user is refused by this key.
    constraint form_participants_pkey primary key (form_id, user_id)
--[sqlite]
) strict, without rowid;
--[postgres cockroach]
);
--[all]
-- The forms that a user has answered, by id.
create index if not exists form_participants_user_id_idx on form_participants (user_id, form_id);
