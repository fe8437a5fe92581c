DROP FUNCTION auth.end_everything(uuid, text, timestamptz);
DROP INDEX auth.users_former_username;
ALTER TABLE auth.users DROP COLUMN former_username;
