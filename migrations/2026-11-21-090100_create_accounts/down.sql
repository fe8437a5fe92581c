DROP TABLE auth.idempotency_keys;
DROP TABLE auth.credentials;
DROP TABLE auth.signing_keys;
DROP TABLE auth.login_throttle;
DROP TABLE auth.link_tokens;
DROP TABLE auth.sessions;
DROP FUNCTION auth.announce_revocation();
DROP TABLE auth.users;
