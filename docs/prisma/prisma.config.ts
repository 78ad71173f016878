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
      'public.daily_reports',
      'public.idempotency_keys',
      'public.operators',
      'public.study_sessions',
      'public.studyhall_migrations',
      'public.timers',
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
