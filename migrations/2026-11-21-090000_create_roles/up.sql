-- Two roles the server works as. Neither owns a table, neither can pass row-level security:
-- bheem_app    sees one tenant at a time, the one named by the setting app.tenant_id;
-- bheem_system does cross-tenant work (sign-in, administration of the platform, runs).
-- Roles belong to the cluster, so they may be there already, and another database may be making
-- them at this moment.
DO $$
DECLARE
    role_name text;
BEGIN
    FOREACH role_name IN ARRAY ARRAY['bheem_app', 'bheem_system'] LOOP
        BEGIN
            IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = role_name) THEN
                EXECUTE format('CREATE ROLE %I NOLOGIN NOINHERIT', role_name);
            END IF;
        EXCEPTION WHEN duplicate_object OR unique_violation THEN
            NULL;
        END;
        -- Since PostgreSQL 16, whoever makes a role is a member of it without the right to become it.
        IF NOT pg_has_role(
            current_user, role_name,
            CASE WHEN current_setting('server_version_num')::int >= 160000 THEN 'SET' ELSE 'MEMBER' END
        ) THEN
            EXECUTE format('GRANT %I TO CURRENT_USER', role_name);
        END IF;
    END LOOP;
END
$$;

CREATE SCHEMA auth;
CREATE SCHEMA workspace;
GRANT USAGE ON SCHEMA auth, workspace TO bheem_app, bheem_system;

-- The tenant of the running transaction; NULL, and with it no row at all, when none was set.
CREATE FUNCTION workspace.current_tenant() RETURNS uuid
    LANGUAGE sql STABLE PARALLEL SAFE
    AS $$ SELECT nullif(current_setting('app.tenant_id', true), '')::uuid $$;

CREATE FUNCTION workspace.touch_updated_at() RETURNS trigger
    LANGUAGE plpgsql
    AS $$ BEGIN NEW.updated_at := clock_timestamp(); RETURN NEW; END $$;
