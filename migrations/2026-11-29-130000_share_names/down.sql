-- What has a name beside somebody else keeps its password and gets another name, as when an address is lost.
UPDATE auth.users SET former_username = username, username = 'user-' || replace(id::text, '-', '') WHERE shares_name;
DROP INDEX auth.users_shared_username, auth.users_username;
CREATE UNIQUE INDEX users_username ON auth.users (lower(username));
ALTER TABLE auth.users DROP COLUMN shares_name;
