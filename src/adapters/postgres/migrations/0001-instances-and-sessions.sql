-- One running process. Its row outlives it until its queue has been drained; dead_at marks it from then on.
create table instances (
  id uuid primary key,
  address text not null,
  queue_url text not null,
  owns_queue boolean not null,
  -- Peers authorise their relays with it; fresh at every start.
  relay_key text not null,
  started_at timestamptz not null default now(),
  heartbeat_at timestamptz not null default now(),
  dead_at timestamptz
);

-- "Client C is at instance I."
create table sessions (
  client_id text primary key,
  instance_id uuid not null references instances on delete cascade,
  connected_at timestamptz not null default now()
);

create index sessions_of_instance on sessions (instance_id);

-- For publishers of the earlier service, who look the queue up by these names. The earlier service's own table is left
-- alone.
if to_regclass('notifier_instances') is null then
  create view notifier_instances (user_id, notifier_instance_id) as
  select sessions.client_id, sessions.instance_id
  from sessions
  join instances on instances.id = sessions.instance_id
  where instances.dead_at is null;
end if;
