-- Relying parties (RFC 6749 section 2, RFC 7591 section 2). One without a tenant is the platform's.
CREATE TABLE auth.clients (
    client_id                  varchar(128) PRIMARY KEY,
    tenant_id                  uuid REFERENCES workspace.tenants ON DELETE CASCADE,
    name                       varchar(255) NOT NULL,
    redirect_uris              text[] NOT NULL DEFAULT '{}',
    post_logout_redirect_uris  text[] NOT NULL DEFAULT '{}',
    grant_types                text[] NOT NULL DEFAULT '{authorization_code,refresh_token}',
    scopes                     text[] NOT NULL DEFAULT '{openid,profile,email,offline_access}',
    -- Audiences it may ask tokens for (RFC 8707).
    resources                  text[] NOT NULL DEFAULT '{}',
    token_endpoint_auth_method varchar(40) NOT NULL DEFAULT 'client_secret_basic' CHECK (token_endpoint_auth_method IN
                               ('client_secret_basic', 'client_secret_post', 'private_key_jwt', 'none')),
    jwks                       jsonb,
    application_type           varchar(10) NOT NULL DEFAULT 'web' CHECK (application_type IN ('web', 'native')),
    id_token_alg               varchar(10) NOT NULL DEFAULT 'ES256' CHECK (id_token_alg IN ('ES256', 'RS256', 'EdDSA')),
    -- NULL answers JSON.
    userinfo_alg               varchar(10) CHECK (userinfo_alg IN ('ES256', 'RS256', 'EdDSA')),
    requires_pkce              boolean NOT NULL DEFAULT true,
    requires_par               boolean NOT NULL DEFAULT false,
    requires_dpop              boolean NOT NULL DEFAULT false,
    -- One of our own products: nobody is asked for consent.
    is_first_party             boolean NOT NULL DEFAULT false,
    -- Only members of tenants in workspace.tenant_clients may sign in to it.
    is_bound                   boolean NOT NULL DEFAULT false,
    backchannel_logout_uri     text,
    default_max_age            integer CHECK (default_max_age >= 0),
    client_uri                 text,
    logo_uri                   text,
    policy_uri                 text,
    tos_uri                    text,
    contacts                   text[] NOT NULL DEFAULT '{}',
    -- RFC 7592.
    registration_token_hash    bytea,
    is_active                  boolean NOT NULL DEFAULT true,
    version                    integer NOT NULL DEFAULT 1,
    created_at                 timestamptz NOT NULL,
    updated_at                 timestamptz NOT NULL,
    CHECK (token_endpoint_auth_method <> 'private_key_jwt' OR jwks IS NOT NULL),
    CHECK (token_endpoint_auth_method <> 'none' OR requires_pkce),
    UNIQUE (tenant_id, client_id)
);
CREATE INDEX clients_created ON auth.clients (created_at DESC, client_id DESC);
ALTER TABLE auth.clients ENABLE ROW LEVEL SECURITY;
ALTER TABLE auth.clients FORCE ROW LEVEL SECURITY;
CREATE POLICY one_tenant ON auth.clients TO bheem_app
    USING (tenant_id = workspace.current_tenant()) WITH CHECK (tenant_id = workspace.current_tenant());
CREATE POLICY all_tenants ON auth.clients TO bheem_system USING (true) WITH CHECK (true);

-- Tenants whose members may sign in to a bound client.
CREATE TABLE workspace.tenant_clients (
    tenant_id  uuid NOT NULL REFERENCES workspace.tenants ON DELETE CASCADE,
    client_id  varchar(128) NOT NULL REFERENCES auth.clients ON DELETE CASCADE,
    created_at timestamptz NOT NULL,
    PRIMARY KEY (tenant_id, client_id)
);
CREATE INDEX tenant_clients_client ON workspace.tenant_clients (client_id);

-- The platform's clients may serve any tenant; a tenant's own serves that tenant alone.
CREATE FUNCTION workspace.check_tenant_client() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT FROM auth.clients c WHERE c.client_id = NEW.client_id AND c.tenant_id <> NEW.tenant_id) THEN
        RAISE EXCEPTION 'the client belongs to another tenant' USING ERRCODE = 'check_violation', CONSTRAINT = 'tenant_clients_owner';
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER tenant_clients_owner BEFORE INSERT OR UPDATE ON workspace.tenant_clients
    FOR EACH ROW EXECUTE FUNCTION workspace.check_tenant_client();
ALTER TABLE workspace.tenant_clients ENABLE ROW LEVEL SECURITY;
ALTER TABLE workspace.tenant_clients FORCE ROW LEVEL SECURITY;
CREATE POLICY one_tenant ON workspace.tenant_clients TO bheem_app
    USING (tenant_id = workspace.current_tenant()) WITH CHECK (tenant_id = workspace.current_tenant());
CREATE POLICY all_tenants ON workspace.tenant_clients TO bheem_system USING (true) WITH CHECK (true);

-- SHA-256 of 256 random bits. Two are good while one is rotated out.
CREATE TABLE auth.client_secrets (
    id          uuid PRIMARY KEY,
    client_id   varchar(128) NOT NULL REFERENCES auth.clients ON DELETE CASCADE,
    secret_hash bytea NOT NULL UNIQUE,
    created_at  timestamptz NOT NULL,
    expires_at  timestamptz
);
CREATE INDEX client_secrets_client ON auth.client_secrets (client_id, created_at DESC);
ALTER TABLE auth.client_secrets ENABLE ROW LEVEL SECURITY;
ALTER TABLE auth.client_secrets FORCE ROW LEVEL SECURITY;
CREATE POLICY one_tenant ON auth.client_secrets TO bheem_app
    USING (EXISTS (SELECT FROM auth.clients c WHERE c.client_id = client_secrets.client_id AND c.tenant_id = workspace.current_tenant()))
    WITH CHECK (EXISTS (SELECT FROM auth.clients c WHERE c.client_id = client_secrets.client_id AND c.tenant_id = workspace.current_tenant()));
CREATE POLICY all_tenants ON auth.client_secrets TO bheem_system USING (true) WITH CHECK (true);

-- For dynamic registration (RFC 7591 section 3). What registers with a tenant's token is the tenant's.
CREATE TABLE auth.initial_access_tokens (
    tenant_id  uuid REFERENCES workspace.tenants ON DELETE CASCADE,
    id         uuid PRIMARY KEY,
    token_hash bytea NOT NULL UNIQUE,
    created_by uuid REFERENCES auth.users ON DELETE SET NULL,
    uses_left  integer NOT NULL CHECK (uses_left >= 0),
    created_at timestamptz NOT NULL,
    expires_at timestamptz NOT NULL,
    UNIQUE (tenant_id, id)
);
CREATE INDEX initial_access_tokens_created_by ON auth.initial_access_tokens (created_by);
CREATE INDEX initial_access_tokens_expiry ON auth.initial_access_tokens (expires_at);
ALTER TABLE auth.initial_access_tokens ENABLE ROW LEVEL SECURITY;
ALTER TABLE auth.initial_access_tokens FORCE ROW LEVEL SECURITY;
CREATE POLICY one_tenant ON auth.initial_access_tokens TO bheem_app
    USING (tenant_id = workspace.current_tenant()) WITH CHECK (tenant_id = workspace.current_tenant());
CREATE POLICY all_tenants ON auth.initial_access_tokens TO bheem_system USING (true) WITH CHECK (true);

-- Authorization requests: pushed ones (RFC 9126), and those that wait for a person. `parameters` is what
-- was validated; `token_hash` that of the request_uri's random part, or of what the pages carry.
CREATE TABLE auth.authorization_requests (
    id                  uuid PRIMARY KEY,
    token_hash          bytea NOT NULL UNIQUE,
    client_id           varchar(128) NOT NULL REFERENCES auth.clients ON DELETE CASCADE,
    is_pushed           boolean NOT NULL,
    parameters          jsonb NOT NULL,
    -- The browser it belongs to, by the hash of a cookie; set when a page is first shown.
    browser_hash        bytea,
    -- What the person has done for this very request.
    selected_session_id uuid,
    consented_account_id uuid,
    created_at          timestamptz NOT NULL,
    expires_at          timestamptz NOT NULL,
    used_at             timestamptz
);
CREATE INDEX authorization_requests_client ON auth.authorization_requests (client_id);
CREATE INDEX authorization_requests_expiry ON auth.authorization_requests (expires_at);

-- Codes (RFC 6749 section 4.1.2); single use.
CREATE TABLE auth.authorization_codes (
    code_hash      bytea PRIMARY KEY,
    client_id      varchar(128) NOT NULL REFERENCES auth.clients ON DELETE CASCADE,
    account_id     uuid NOT NULL REFERENCES auth.users ON DELETE CASCADE,
    session_id     uuid NOT NULL REFERENCES auth.sessions ON DELETE CASCADE,
    redirect_uri   text NOT NULL,
    scopes         text[] NOT NULL,
    resources      text[] NOT NULL DEFAULT '{}',
    claims         jsonb,
    nonce          text,
    -- RFC 7636, method S256.
    code_challenge text,
    -- RFC 9449 section 10: the thumbprint of the key that must redeem it.
    dpop_jkt       text,
    authenticated_at timestamptz NOT NULL,
    amr            text[] NOT NULL,
    created_at     timestamptz NOT NULL,
    expires_at     timestamptz NOT NULL,
    used_at        timestamptz,
    -- What was given for it; revoked when the code comes a second time.
    grant_id       uuid
);
CREATE INDEX authorization_codes_client ON auth.authorization_codes (client_id);
CREATE INDEX authorization_codes_account ON auth.authorization_codes (account_id);
CREATE INDEX authorization_codes_session ON auth.authorization_codes (session_id);
CREATE INDEX authorization_codes_expiry ON auth.authorization_codes (expires_at);

-- What a person granted a client at one time: the family of its refresh tokens, and the root of its
-- access tokens. A refresh token is a message authentication code over (id, generation); the row
-- needs no copy. One without a session outlives the browser's (offline_access).
CREATE TABLE auth.grants (
    id               uuid PRIMARY KEY,
    client_id        varchar(128) NOT NULL REFERENCES auth.clients ON DELETE CASCADE,
    account_id       uuid NOT NULL REFERENCES auth.users ON DELETE CASCADE,
    session_id       uuid,
    is_offline       boolean NOT NULL DEFAULT false,
    scopes           text[] NOT NULL,
    resources        text[] NOT NULL DEFAULT '{}',
    claims           jsonb,
    nonce            text,
    dpop_jkt         text,
    authenticated_at timestamptz NOT NULL,
    amr              text[] NOT NULL,
    generation       integer NOT NULL DEFAULT 0,
    rotated_at       timestamptz,
    created_at       timestamptz NOT NULL,
    expires_at       timestamptz NOT NULL,
    revoked_at       timestamptz,
    revoked_reason   varchar(40),
    CHECK ((revoked_at IS NULL) = (revoked_reason IS NULL))
) WITH (fillfactor = 80);
CREATE INDEX grants_account ON auth.grants (account_id, created_at DESC);
CREATE INDEX grants_client ON auth.grants (client_id);
CREATE INDEX grants_session ON auth.grants (session_id) WHERE session_id IS NOT NULL;
CREATE INDEX grants_revoked ON auth.grants (revoked_at) WHERE revoked_at IS NOT NULL;
CREATE INDEX grants_expiry ON auth.grants (expires_at);
CREATE TRIGGER grants_announce AFTER UPDATE OF revoked_at ON auth.grants
    FOR EACH ROW WHEN (OLD.revoked_at IS NULL AND NEW.revoked_at IS NOT NULL)
    EXECUTE FUNCTION auth.announce_revocation();

-- Access tokens that were revoked before their end, by jti.
CREATE TABLE auth.revoked_tokens (
    id         uuid PRIMARY KEY,
    revoked_at timestamptz NOT NULL,
    expires_at timestamptz NOT NULL
);
CREATE INDEX revoked_tokens_time ON auth.revoked_tokens (revoked_at);
CREATE INDEX revoked_tokens_expiry ON auth.revoked_tokens (expires_at);
CREATE TRIGGER revoked_tokens_announce AFTER INSERT ON auth.revoked_tokens
    FOR EACH ROW EXECUTE FUNCTION auth.announce_revocation();

-- Proofs and assertions that were used (RFC 7523 section 3, RFC 9449 section 11.1): hash of kind, owner and jti.
CREATE TABLE auth.used_assertions (
    key        bytea PRIMARY KEY,
    expires_at timestamptz NOT NULL
);
CREATE INDEX used_assertions_expiry ON auth.used_assertions (expires_at);

CREATE TABLE auth.consents (
    account_id uuid NOT NULL REFERENCES auth.users ON DELETE CASCADE,
    client_id  varchar(128) NOT NULL REFERENCES auth.clients ON DELETE CASCADE,
    scopes     text[] NOT NULL,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    PRIMARY KEY (account_id, client_id)
);
CREATE INDEX consents_client ON auth.consents (client_id);

-- RFC 8628.
CREATE TABLE auth.device_codes (
    id               uuid PRIMARY KEY,
    device_code_hash bytea NOT NULL UNIQUE,
    user_code_hash   bytea NOT NULL UNIQUE,
    client_id        varchar(128) NOT NULL REFERENCES auth.clients ON DELETE CASCADE,
    scopes           text[] NOT NULL,
    resources        text[] NOT NULL DEFAULT '{}',
    dpop_jkt         text,
    status           varchar(10) NOT NULL DEFAULT 'pending' CHECK (status IN ('pending', 'approved', 'denied', 'used')),
    account_id       uuid REFERENCES auth.users ON DELETE CASCADE,
    session_id       uuid,
    authenticated_at timestamptz,
    amr              text[] NOT NULL DEFAULT '{}',
    interval_seconds integer NOT NULL DEFAULT 5,
    polled_at        timestamptz,
    created_at       timestamptz NOT NULL,
    expires_at       timestamptz NOT NULL
);
CREATE INDEX device_codes_client ON auth.device_codes (client_id);
CREATE INDEX device_codes_account ON auth.device_codes (account_id);
CREATE INDEX device_codes_expiry ON auth.device_codes (expires_at);

-- Clients that a session signed in to. When the session ends, those with a back channel are told.
CREATE TABLE auth.session_clients (
    session_id  uuid NOT NULL REFERENCES auth.sessions ON DELETE CASCADE,
    client_id   varchar(128) NOT NULL REFERENCES auth.clients ON DELETE CASCADE,
    account_id  uuid NOT NULL REFERENCES auth.users ON DELETE CASCADE,
    created_at  timestamptz NOT NULL,
    ended_at    timestamptz,
    enqueued_at timestamptz,
    PRIMARY KEY (session_id, client_id)
);
CREATE INDEX session_clients_client ON auth.session_clients (client_id);
CREATE INDEX session_clients_account ON auth.session_clients (account_id);
CREATE INDEX session_clients_due ON auth.session_clients (ended_at) WHERE ended_at IS NOT NULL AND enqueued_at IS NULL;

-- Whoever ends a session, and however: what hangs on it ends in the same transaction.
CREATE FUNCTION auth.end_with_session() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE auth.grants SET revoked_at = NEW.revoked_at, revoked_reason = 'session'
        WHERE session_id = NEW.id AND NOT is_offline AND revoked_at IS NULL;
    UPDATE auth.session_clients SET ended_at = NEW.revoked_at WHERE session_id = NEW.id AND ended_at IS NULL;
    RETURN NULL;
END
$$;
CREATE TRIGGER sessions_end AFTER UPDATE OF revoked_at ON auth.sessions
    FOR EACH ROW WHEN (OLD.revoked_at IS NULL AND NEW.revoked_at IS NOT NULL)
    EXECUTE FUNCTION auth.end_with_session();

-- An account that may not sign in any more keeps nothing.
CREATE FUNCTION auth.end_with_account() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE auth.grants SET revoked_at = now(), revoked_reason = 'account' WHERE account_id = NEW.id AND revoked_at IS NULL;
    UPDATE auth.sessions SET revoked_at = now(), revoked_reason = 'account' WHERE account_id = NEW.id AND revoked_at IS NULL;
    RETURN NULL;
END
$$;
CREATE TRIGGER users_end AFTER UPDATE OF is_active ON auth.users
    FOR EACH ROW WHEN (OLD.is_active AND NOT NEW.is_active) EXECUTE FUNCTION auth.end_with_account();

CREATE FUNCTION auth.announce_client() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_notify('client_changed', CASE TG_OP WHEN 'DELETE' THEN OLD.client_id ELSE NEW.client_id END);
    RETURN NULL;
END
$$;
CREATE TRIGGER clients_announce AFTER INSERT OR UPDATE OR DELETE ON auth.clients
    FOR EACH ROW EXECUTE FUNCTION auth.announce_client();
CREATE TRIGGER client_secrets_announce AFTER INSERT OR UPDATE OR DELETE ON auth.client_secrets
    FOR EACH ROW EXECUTE FUNCTION auth.announce_client();
CREATE TRIGGER tenant_clients_announce AFTER INSERT OR UPDATE OR DELETE ON workspace.tenant_clients
    FOR EACH ROW EXECUTE FUNCTION auth.announce_client();

GRANT SELECT, INSERT, UPDATE, DELETE ON auth.clients, auth.client_secrets, auth.initial_access_tokens,
    workspace.tenant_clients TO bheem_app, bheem_system;
-- Work in a tenant ends sessions, and with them what hangs on them; it sees nothing else of the provider.
GRANT SELECT, UPDATE ON auth.grants, auth.session_clients TO bheem_app;
GRANT SELECT, INSERT, UPDATE, DELETE ON auth.authorization_requests, auth.authorization_codes, auth.grants, auth.revoked_tokens,
    auth.used_assertions, auth.consents, auth.device_codes, auth.session_clients TO bheem_system;
