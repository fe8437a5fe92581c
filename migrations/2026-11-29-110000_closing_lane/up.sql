-- Runs that take access away have a lane of their own: slots, caps and turns that runs which give never use up.
ALTER TABLE saga.run
    ADD COLUMN is_closing boolean NOT NULL DEFAULT false,
    -- The run that enqueued it, as one for each person of a tenant.
    ADD COLUMN parent_id  uuid;
-- NULL: the worker's own default.
ALTER TABLE saga.lane ADD COLUMN max_closing integer CHECK (max_closing > 0);
UPDATE saga.run SET is_closing = true WHERE kind = 'deprovision_member' AND state IN ('forward', 'unwinding', 'stuck');

DROP INDEX saga.run_due;
CREATE INDEX run_due ON saga.run (is_closing, tenant_id, priority, wake_at) WHERE state IN ('forward', 'unwinding');
CREATE INDEX run_children ON saga.run (tenant_id, parent_id) WHERE parent_id IS NOT NULL;
-- A run that another one took the place of: for a while, requests of it may still be on their way to a peer.
CREATE INDEX run_superseded ON saga.run (tenant_id, subject, finished_at) WHERE error ->> 'code' = 'superseded';
GRANT INSERT (is_closing, parent_id) ON saga.run TO bheem_app;

ALTER TABLE workspace.tenant_users
    -- Whether the person is to have a mailbox, where the address allows one.
    ADD COLUMN wants_mailbox boolean NOT NULL DEFAULT true;

-- Names that were given up and are not given out again before their time.
CREATE TABLE workspace.resting_names (
    kind       varchar(10) NOT NULL CHECK (kind IN ('slug', 'client')),
    name       varchar(128) NOT NULL,
    rests_until timestamptz NOT NULL,
    PRIMARY KEY (kind, name)
);
CREATE INDEX resting_names_end ON workspace.resting_names (rests_until);
GRANT SELECT ON workspace.resting_names TO bheem_app;
GRANT SELECT, INSERT, UPDATE, DELETE ON workspace.resting_names TO bheem_system;

-- Whoever takes a name that rests is told what he would be told if it were in use.
CREATE FUNCTION workspace.refuse_resting_slug() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT FROM workspace.resting_names r
               WHERE r.kind = 'slug' AND r.name = NEW.slug AND r.rests_until > clock_timestamp()) THEN
        RAISE EXCEPTION 'the slug rests' USING ERRCODE = 'unique_violation', CONSTRAINT = 'idx_tenants_slug';
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER tenants_resting BEFORE INSERT OR UPDATE OF slug ON workspace.tenants
    FOR EACH ROW EXECUTE FUNCTION workspace.refuse_resting_slug();

-- Whoever removes a tenant's client, and however: its name rests.
CREATE FUNCTION auth.rest_client() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
BEGIN
    INSERT INTO workspace.resting_names (kind, name, rests_until)
    VALUES ('client', OLD.client_id, clock_timestamp() + interval '90 days')
    ON CONFLICT (kind, name) DO UPDATE SET rests_until = excluded.rests_until;
    RETURN NULL;
END
$$;
CREATE TRIGGER clients_rest AFTER DELETE ON auth.clients
    FOR EACH ROW WHEN (OLD.tenant_id IS NOT NULL) EXECUTE FUNCTION auth.rest_client();

CREATE FUNCTION auth.refuse_resting_client() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT FROM workspace.resting_names r
               WHERE r.kind = 'client' AND r.name = NEW.client_id AND r.rests_until > clock_timestamp()) THEN
        RAISE EXCEPTION 'the name of the client rests' USING ERRCODE = 'unique_violation', CONSTRAINT = 'clients_pkey';
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER clients_resting BEFORE INSERT ON auth.clients
    FOR EACH ROW EXECUTE FUNCTION auth.refuse_resting_client();
