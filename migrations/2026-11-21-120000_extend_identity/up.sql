-- Keys of every algorithm that relying parties may ask for. A key is published, signs for a time, and
-- stays published until the last token it signed has ended.
ALTER TABLE auth.signing_keys DROP CONSTRAINT signing_keys_algorithm_check;
ALTER TABLE auth.signing_keys ADD CONSTRAINT signing_keys_algorithm_check CHECK (algorithm IN ('ES256', 'RS256', 'EdDSA'));
ALTER TABLE auth.signing_keys
    ADD COLUMN sign_from     timestamptz,
    ADD COLUMN sign_until    timestamptz,
    ADD COLUMN publish_until timestamptz;
UPDATE auth.signing_keys SET sign_from = created_at;
ALTER TABLE auth.signing_keys ALTER COLUMN sign_from SET NOT NULL;
CREATE INDEX signing_keys_use ON auth.signing_keys (algorithm, sign_from DESC);

ALTER TABLE auth.users
    -- For applications that know people by a number only.
    ADD COLUMN number            bigint GENERATED ALWAYS AS IDENTITY UNIQUE,
    ADD COLUMN phone_verified_at timestamptz,
    ADD COLUMN locale            varchar(35);
ALTER TABLE auth.users DROP CONSTRAINT users_origin_check;
ALTER TABLE auth.users ADD CONSTRAINT users_origin_check
    CHECK (origin IN ('registered', 'invited', 'bootstrap', 'passport', 'erp_database'));

-- Who an account is in the source it was mirrored from. Never bound by an address.
CREATE TABLE auth.external_identities (
    source     varchar(20)  NOT NULL CHECK (source IN ('passport', 'erp_database')),
    subject    varchar(255) NOT NULL,
    account_id uuid NOT NULL REFERENCES auth.users ON DELETE CASCADE,
    created_at timestamptz NOT NULL,
    seen_at    timestamptz NOT NULL,
    PRIMARY KEY (source, subject),
    UNIQUE (source, account_id)
);
CREATE INDEX external_identities_account ON auth.external_identities (account_id);

-- kind: api sessions carry a refresh token, browser sessions a cookie.
ALTER TABLE auth.sessions
    ADD COLUMN kind             varchar(10) NOT NULL DEFAULT 'api' CHECK (kind IN ('api', 'browser')),
    ADD COLUMN authenticated_at timestamptz,
    -- RFC 8176.
    ADD COLUMN amr              text[] NOT NULL DEFAULT '{pwd}',
    ADD COLUMN idle_expires_at  timestamptz;
UPDATE auth.sessions SET authenticated_at = created_at;
ALTER TABLE auth.sessions ALTER COLUMN authenticated_at SET NOT NULL;

ALTER TABLE auth.link_tokens DROP CONSTRAINT link_tokens_purpose_check;
ALTER TABLE auth.link_tokens ADD CONSTRAINT link_tokens_purpose_check
    CHECK (purpose IN ('set_password', 'reset_password', 'verify_email'));

ALTER TABLE workspace.tenants
    ADD COLUMN requires_second_factor boolean NOT NULL DEFAULT false;

-- One authenticator app an account (RFC 6238); the secret is sealed.
CREATE TABLE auth.totp (
    account_id   uuid PRIMARY KEY REFERENCES auth.users ON DELETE CASCADE,
    key_id       varchar(64) NOT NULL,
    sealed       bytea NOT NULL,
    -- The last time step that was accepted; a code is good once.
    last_step    bigint NOT NULL DEFAULT 0,
    created_at   timestamptz NOT NULL,
    confirmed_at timestamptz
);

CREATE TABLE auth.recovery_codes (
    account_id uuid NOT NULL REFERENCES auth.users ON DELETE CASCADE,
    code_hash  bytea NOT NULL,
    created_at timestamptz NOT NULL,
    used_at    timestamptz,
    PRIMARY KEY (account_id, code_hash)
);

CREATE TABLE auth.passkeys (
    id            uuid PRIMARY KEY,
    account_id    uuid NOT NULL REFERENCES auth.users ON DELETE CASCADE,
    credential_id bytea NOT NULL UNIQUE,
    name          varchar(100) NOT NULL,
    passkey       jsonb NOT NULL,
    created_at    timestamptz NOT NULL,
    last_used_at  timestamptz
);
CREATE INDEX passkeys_account ON auth.passkeys (account_id, created_at);

-- Between the two halves of a WebAuthn ceremony.
CREATE TABLE auth.webauthn_ceremonies (
    id         uuid PRIMARY KEY,
    account_id uuid REFERENCES auth.users ON DELETE CASCADE,
    purpose    varchar(20) NOT NULL CHECK (purpose IN ('register', 'second_factor', 'sign_in')),
    state      jsonb NOT NULL,
    created_at timestamptz NOT NULL,
    expires_at timestamptz NOT NULL
);
CREATE INDEX webauthn_ceremonies_account ON auth.webauthn_ceremonies (account_id);
CREATE INDEX webauthn_ceremonies_expiry ON auth.webauthn_ceremonies (expires_at);

-- Codes sent to a telephone. The run that sends one derives it; here is its hash.
CREATE TABLE auth.verification_codes (
    id         uuid PRIMARY KEY,
    account_id uuid NOT NULL REFERENCES auth.users ON DELETE CASCADE,
    purpose    varchar(20) NOT NULL CHECK (purpose IN ('verify_phone')),
    target     varchar(320) NOT NULL,
    code_hash  bytea NOT NULL,
    failures   integer NOT NULL DEFAULT 0,
    created_at timestamptz NOT NULL,
    expires_at timestamptz NOT NULL,
    used_at    timestamptz
);
CREATE INDEX verification_codes_account ON auth.verification_codes (account_id, created_at DESC);
CREATE INDEX verification_codes_expiry ON auth.verification_codes (expires_at);

-- Devices a person has signed in from: the hash of a cookie or of what the client calls itself.
CREATE TABLE auth.known_devices (
    account_id    uuid NOT NULL REFERENCES auth.users ON DELETE CASCADE,
    device_hash   bytea NOT NULL,
    first_seen_at timestamptz NOT NULL,
    last_seen_at  timestamptz NOT NULL,
    PRIMARY KEY (account_id, device_hash)
);
CREATE INDEX known_devices_seen ON auth.known_devices (last_seen_at);

-- Every sign-in that was tried for an account, and what is still to be told of it by mail.
CREATE TABLE auth.login_events (
    id           uuid PRIMARY KEY,
    account_id   uuid NOT NULL REFERENCES auth.users ON DELETE CASCADE,
    session_id   uuid,
    outcome      varchar(20) NOT NULL CHECK (outcome IN ('success', 'failure')),
    -- password, totp, recovery_code, passkey
    method       varchar(20) NOT NULL,
    ip_address   inet,
    user_agent   varchar(500),
    is_new_device boolean NOT NULL DEFAULT false,
    alert        varchar(20) CHECK (alert IN ('new_device', 'failures')),
    alerted_at   timestamptz,
    created_at   timestamptz NOT NULL
);
CREATE INDEX login_events_account ON auth.login_events (account_id, created_at DESC);
CREATE INDEX login_events_age ON auth.login_events (created_at);
CREATE INDEX login_events_alerts ON auth.login_events (created_at) WHERE alert IS NOT NULL AND alerted_at IS NULL;

-- Every replica hears at once of what it remembers and has changed. The channel of an id that stands
-- for a living session, grant or token is session_revoked.
CREATE FUNCTION auth.announce_account() RETURNS trigger LANGUAGE plpgsql
    AS $$ BEGIN PERFORM pg_notify('account_changed', NEW.id::text); RETURN NULL; END $$;
CREATE TRIGGER users_announce AFTER UPDATE OF username, email, full_name, phone, role, company_id, company_code, person_id,
        is_active, email_verified_at, phone_verified_at, locale ON auth.users
    FOR EACH ROW EXECUTE FUNCTION auth.announce_account();

CREATE FUNCTION auth.announce_member() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_notify('account_changed', (CASE TG_OP WHEN 'DELETE' THEN OLD.user_id ELSE NEW.user_id END)::text);
    RETURN NULL;
END
$$;
CREATE TRIGGER tenant_users_announce AFTER INSERT OR DELETE OR UPDATE OF role, is_active, is_confirmed ON workspace.tenant_users
    FOR EACH ROW EXECUTE FUNCTION auth.announce_member();

CREATE FUNCTION auth.announce_tenant() RETURNS trigger LANGUAGE plpgsql
    AS $$ BEGIN PERFORM pg_notify('tenant_changed', NEW.id::text); RETURN NULL; END $$;
CREATE TRIGGER tenants_announce AFTER UPDATE OF name, slug, is_active, is_suspended, deleted_at, requires_second_factor, settings
    ON workspace.tenants FOR EACH ROW EXECUTE FUNCTION auth.announce_tenant();

CREATE FUNCTION auth.announce_keys() RETURNS trigger LANGUAGE plpgsql
    AS $$ BEGIN PERFORM pg_notify('keys_changed', ''); RETURN NULL; END $$;
CREATE TRIGGER signing_keys_announce AFTER INSERT OR UPDATE OR DELETE ON auth.signing_keys
    FOR EACH STATEMENT EXECUTE FUNCTION auth.announce_keys();

GRANT SELECT, INSERT, UPDATE, DELETE ON auth.external_identities, auth.totp, auth.recovery_codes, auth.passkeys,
    auth.webauthn_ceremonies, auth.verification_codes, auth.known_devices, auth.login_events TO bheem_app, bheem_system;
