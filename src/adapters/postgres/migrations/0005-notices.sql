-- The part of a callback that its client gets: data, or notice (an empty body; what was sent is not stored).
alter table registrations add column forward text not null default 'data';
