-- Whoever registers an address that is somebody's gets an account all the same, so that nobody learns whether it was
-- taken by signing in. Such an account has the name beside whoever has it, and is told apart by its password.
ALTER TABLE auth.users ADD COLUMN shares_name boolean NOT NULL DEFAULT false;
DROP INDEX auth.users_username;
CREATE UNIQUE INDEX users_username ON auth.users (lower(username)) WHERE NOT shares_name;
CREATE INDEX users_shared_username ON auth.users (lower(username)) WHERE shares_name;
