-- Run once by a superuser, or on RDS by the master user, in the database of the service. Give each role a password of its
-- own (\password in psql), or IAM authentication on RDS (grant rds_iam).

-- Owns the schema and everything in it. Only migrations run as this role.
create role notifications_owner login;
-- The role of the instances (DB_USER): reads and writes rows, and nothing else.
create role notifications_service login;
-- For senders that look up sessions by themselves, and for people who look.
create role notifications_reader login;

create schema notifications authorization notifications_owner;

grant usage on schema notifications to notifications_service, notifications_reader;

-- For the tables that are there, when this is run again, and for those of every migration to come.
grant select, insert, update, delete on all tables in schema notifications to notifications_service;
alter default privileges for role notifications_owner in schema notifications
  grant select, insert, update, delete on tables to notifications_service;

-- Nobody else reads the service's tables. The reader gets the view alone, once it is there: reader.sql.
revoke all on schema notifications from public;
