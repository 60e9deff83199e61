-- A device that is woken when something is stored for its client and the client holds no poll.
create table wake_ups (
  client_id text not null,
  -- The client's own name of the device.
  device_id text not null,
  -- web-push: the target is an endpoint of a push service. webhook: it is the token that the operator's sender gets.
  kind text not null,
  -- A secret: it allows to wake the device.
  target text not null,
  -- When the client put the device last.
  refreshed_at timestamptz not null default now(),
  -- When something was last stored for the client while it was absent; null for never.
  marked_at timestamptz,
  -- When the device is to be woken; null for not at all.
  due_at timestamptz,
  -- The device is not woken before.
  rest_until timestamptz not null default now(),
  -- Failures in a row.
  failures int not null default 0,
  primary key (client_id, device_id)
);

create index wake_ups_by_due on wake_ups (due_at) where due_at is not null;
create index wake_ups_by_age on wake_ups (refreshed_at);
