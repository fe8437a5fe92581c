DROP TRIGGER users_end ON auth.users;
DROP TRIGGER sessions_end ON auth.sessions;
DROP TABLE auth.session_clients, auth.device_codes, auth.consents, auth.used_assertions, auth.revoked_tokens, auth.grants,
    auth.authorization_codes, auth.authorization_requests, auth.initial_access_tokens, auth.client_secrets,
    workspace.tenant_clients, auth.clients;
DROP FUNCTION workspace.check_tenant_client();
DROP FUNCTION auth.announce_client();
DROP FUNCTION auth.end_with_account();
DROP FUNCTION auth.end_with_session();
