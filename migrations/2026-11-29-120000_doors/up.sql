-- Kept answers live for a day; those of before are of another form.
DELETE FROM auth.idempotency_keys;
ALTER TABLE auth.idempotency_keys
    -- The advisory lock of the process that answers; when nobody holds it, the process is gone.
    ADD COLUMN holder       bigint NOT NULL,
    -- Set by the transaction of the effect itself.
    ADD COLUMN committed_at timestamptz,
    ADD COLUMN effect       jsonb,
    -- The key that `body` is sealed under.
    ADD COLUMN key_id       varchar(64);
ALTER TABLE auth.idempotency_keys
    ADD CONSTRAINT idempotency_keys_sealed CHECK ((body IS NULL) = (key_id IS NULL));

-- Who watches a run is told of each of its changes. Runs that nobody watches stay silent: NOTIFY takes a lock at commit.
ALTER TABLE saga.run ADD COLUMN is_watched boolean NOT NULL DEFAULT false;

CREATE FUNCTION saga.announce_run() RETURNS trigger LANGUAGE plpgsql
    AS $$ BEGIN PERFORM pg_notify('saga_moved', NEW.id::text); RETURN NULL; END $$;
CREATE TRIGGER run_moved AFTER UPDATE ON saga.run FOR EACH ROW
    WHEN (NEW.is_watched AND (OLD.state, OLD.cancel_requested, OLD.finished_at)
          IS DISTINCT FROM (NEW.state, NEW.cancel_requested, NEW.finished_at))
    EXECUTE FUNCTION saga.announce_run();

CREATE FUNCTION saga.announce_steps() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_notify('saga_moved', r.id::text)
    FROM (SELECT DISTINCT tenant_id, run_id FROM changed) c
    JOIN saga.run r ON r.tenant_id = c.tenant_id AND r.id = c.run_id AND r.is_watched;
    RETURN NULL;
END
$$;
CREATE TRIGGER step_moved AFTER UPDATE ON saga.step REFERENCING NEW TABLE AS changed
    FOR EACH STATEMENT EXECUTE FUNCTION saga.announce_steps();

-- For the sweepers.
CREATE INDEX run_finished ON saga.run (finished_at) WHERE finished_at IS NOT NULL;
CREATE INDEX users_never_used ON auth.users (created_at)
    WHERE origin = 'registered' AND last_login_at IS NULL AND email_verified_at IS NULL;
