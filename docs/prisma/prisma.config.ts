// Prisma 7. Twinbase's and Studyhall's migrations own every table of the database; Prisma's migrations must leave them alone.
import { defineConfig } from 'prisma/config';

export default defineConfig({
  schema: 'schema.prisma',
  datasource: { url: process.env.DATABASE_URL ?? '' },
  experimental: { externalTables: true },
  tables: {
    external: [
      'public.Outbox',
      'public.aggregate_field',
      'public.aggregate_version',
      'public.auth_sessions',
      'public.form_participants',
      'public.form_versions',
      'public.forms',
      'public.friendships',
      'public.hidden_people',
      'public.idempotency_keys',
      'public.messages',
      'public.operators',
      'public.point_entries',
      'public.responses',
      'public.sent_requests',
      'public.studyhall_migrations',
      'public.thread_reads',
      'public.threads',
      'public.todos',
      'public.twinbase_heartbeat',
      'public.twinbase_lease',
      'public.twinbase_mapping',
      'public.twinbase_migrations',
      'public.twinbase_pause',
      'public.twinbase_web_migrations',
      'public.twinbase_worker',
      'public.users',
    ],
  },
});
