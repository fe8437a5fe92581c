CREATE TABLE auth.users (
    id               uuid PRIMARY KEY,
    username         varchar(320) NOT NULL,
    email            varchar(320),
    -- Argon2id in PHC string format; NULL until the person has set one.
    hashed_password  text,
    full_name        varchar(255),
    phone            varchar(32),
    role             varchar(50) NOT NULL DEFAULT 'Customer',
    company_id       uuid,
    company_code     varchar(100),
    person_id        uuid,
    is_active        boolean NOT NULL DEFAULT true,
    -- registered: by the person; invited: by a tenant; bootstrap: by the command line.
    origin           varchar(20) NOT NULL DEFAULT 'registered'
                     CHECK (origin IN ('registered', 'invited', 'bootstrap')),
    -- Where the link of an invited account is sent. It proves `email` only when it is the same.
    invitation_email varchar(320),
    email_verified_at   timestamptz,
    password_changed_at timestamptz,
    last_login_at       timestamptz,
    created_at       timestamptz NOT NULL DEFAULT now(),
    updated_at       timestamptz NOT NULL DEFAULT now(),
    CHECK (role IN ('SuperAdmin', 'Admin', 'Manager', 'LeadDeveloper', 'Employee', 'Member', 'Customer'))
);
CREATE UNIQUE INDEX users_username ON auth.users (lower(username));
-- An address that nobody has proven binds nothing, so several accounts may name it.
CREATE UNIQUE INDEX users_verified_email ON auth.users (lower(email)) WHERE email_verified_at IS NOT NULL;
CREATE INDEX users_email ON auth.users (lower(email));
CREATE TRIGGER users_touch BEFORE UPDATE ON auth.users
    FOR EACH ROW EXECUTE FUNCTION workspace.touch_updated_at();

-- One row per sign-in. The refresh token is a message authentication code over (id, generation),
-- so the row needs no copy of it; a generation older than the row's is a token used twice.
CREATE TABLE auth.sessions (
    id             uuid PRIMARY KEY,
    account_id     uuid NOT NULL REFERENCES auth.users ON DELETE CASCADE,
    generation     integer NOT NULL DEFAULT 0,
    ip_address     inet,
    user_agent     varchar(500),
    created_at     timestamptz NOT NULL,
    last_used_at   timestamptz NOT NULL,
    expires_at     timestamptz NOT NULL,
    revoked_at     timestamptz,
    revoked_reason varchar(40),
    CHECK ((revoked_at IS NULL) = (revoked_reason IS NULL))
) WITH (fillfactor = 80);
CREATE INDEX sessions_account ON auth.sessions (account_id, created_at DESC);
CREATE INDEX sessions_revoked ON auth.sessions (revoked_at) WHERE revoked_at IS NOT NULL;
CREATE INDEX sessions_expiry ON auth.sessions (expires_at);

-- Every replica hears of a revocation as soon as it is committed.
CREATE FUNCTION auth.announce_revocation() RETURNS trigger LANGUAGE plpgsql
    AS $$ BEGIN PERFORM pg_notify('session_revoked', NEW.id::text); RETURN NULL; END $$;
CREATE TRIGGER sessions_announce AFTER UPDATE OF revoked_at ON auth.sessions
    FOR EACH ROW WHEN (OLD.revoked_at IS NULL AND NEW.revoked_at IS NOT NULL)
    EXECUTE FUNCTION auth.announce_revocation();

-- Links that set a password; single use. Only the hash of the token is kept.
CREATE TABLE auth.link_tokens (
    id           uuid PRIMARY KEY,
    account_id   uuid NOT NULL REFERENCES auth.users ON DELETE CASCADE,
    purpose      varchar(20) NOT NULL CHECK (purpose IN ('set_password', 'reset_password')),
    token_hash   bytea NOT NULL UNIQUE,
    delivered_to varchar(320) NOT NULL,
    created_at   timestamptz NOT NULL,
    expires_at   timestamptz NOT NULL,
    used_at      timestamptz
);
CREATE INDEX link_tokens_account ON auth.link_tokens (account_id);
CREATE INDEX link_tokens_expiry ON auth.link_tokens (expires_at);

-- Failed sign-ins by account name and by address; the key is a hash, so that names which do not
-- exist are counted like those that do and nobody's address stands in clear.
CREATE TABLE auth.login_throttle (
    key               bytea PRIMARY KEY,
    failures          integer NOT NULL,
    window_started_at timestamptz NOT NULL
);
CREATE INDEX login_throttle_window ON auth.login_throttle (window_started_at);

-- Keys that sign access tokens; the private half is sealed.
CREATE TABLE auth.signing_keys (
    id          uuid PRIMARY KEY,
    algorithm   varchar(10) NOT NULL CHECK (algorithm IN ('EdDSA')),
    public_key  bytea NOT NULL,
    key_id      varchar(64) NOT NULL,
    sealed      bytea NOT NULL,
    created_at  timestamptz NOT NULL
);

-- Credentials of an account at a peer where the account is one for all tenants.
CREATE TABLE auth.credentials (
    id         uuid PRIMARY KEY,
    account_id uuid NOT NULL REFERENCES auth.users ON DELETE CASCADE,
    peer       varchar(40) NOT NULL,
    username   varchar(320) NOT NULL,
    key_id     varchar(64) NOT NULL,
    sealed     bytea NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    UNIQUE (account_id, peer, username)
);

-- Answers kept for requests that carried an Idempotency-Key.
CREATE TABLE auth.idempotency_keys (
    owner        uuid NOT NULL,
    key          varchar(255) NOT NULL,
    request_hash bytea NOT NULL,
    -- The attempt that holds the key, and until when it may be presumed alive.
    attempt      uuid NOT NULL,
    locked_until timestamptz NOT NULL,
    status       smallint,
    headers      jsonb,
    body         bytea,
    created_at   timestamptz NOT NULL,
    PRIMARY KEY (owner, key)
);
CREATE INDEX idempotency_keys_age ON auth.idempotency_keys (created_at);

GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA auth TO bheem_app, bheem_system;
