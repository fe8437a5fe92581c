-- Relying parties are told an address as somebody's name only where no other tenant has proven its
-- domain. What they were told is remembered until this tells of a change.
CREATE FUNCTION auth.announce_domain() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_notify('tenant_changed', (CASE TG_OP WHEN 'DELETE' THEN OLD.tenant_id ELSE NEW.tenant_id END)::text);
    RETURN NULL;
END
$$;
CREATE TRIGGER domains_announce AFTER INSERT OR DELETE OR UPDATE OF domain, ownership_verified ON workspace.domains
    FOR EACH ROW EXECUTE FUNCTION auth.announce_domain();

-- Administration of the platform lists accounts and looks for them by what their names begin with.
CREATE INDEX users_created ON auth.users (created_at DESC, id DESC);
CREATE INDEX users_username_prefix ON auth.users (lower(username) text_pattern_ops);
CREATE INDEX users_email_prefix ON auth.users (lower(email) text_pattern_ops);
CREATE INDEX users_full_name_prefix ON auth.users (lower(full_name) text_pattern_ops);
CREATE INDEX users_super_admins ON auth.users (id) WHERE role = 'SuperAdmin';

-- A person of a source and an account of ours that have one name: the source's has come to sign in by it.
CREATE TABLE auth.name_collisions (
    source      varchar(20) NOT NULL CHECK (source IN ('passport', 'erp_database')),
    subject     varchar(255) NOT NULL,
    -- The account that was here before.
    account_id  uuid NOT NULL REFERENCES auth.users ON DELETE CASCADE,
    -- The one that mirrors the person of the source.
    mirrored_id uuid NOT NULL REFERENCES auth.users ON DELETE CASCADE,
    name        varchar(320) NOT NULL,
    created_at  timestamptz NOT NULL,
    seen_at     timestamptz NOT NULL,
    PRIMARY KEY (source, subject, account_id)
);
CREATE INDEX name_collisions_account ON auth.name_collisions (account_id);
CREATE INDEX name_collisions_mirrored ON auth.name_collisions (mirrored_id);
CREATE INDEX name_collisions_seen ON auth.name_collisions (created_at DESC, mirrored_id DESC);
GRANT SELECT, INSERT, UPDATE, DELETE ON auth.name_collisions TO bheem_system;
