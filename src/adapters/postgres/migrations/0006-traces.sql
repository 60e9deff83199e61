-- The trace that a notification belongs to: its traceparent and, after a blank, its tracestate. Null for none.
alter table pending_notifications add column trace text;
