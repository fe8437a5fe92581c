ALTER TABLE auth.link_tokens DROP COLUMN invited_to;
DELETE FROM workspace.tenant_users WHERE consent = 'pending';
DROP TRIGGER tenant_users_seats ON workspace.tenant_users;
CREATE OR REPLACE FUNCTION workspace.count_seats() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    delta integer := 0;
BEGIN
    IF TG_OP <> 'INSERT' AND OLD.is_active THEN delta := delta - 1; END IF;
    IF TG_OP <> 'DELETE' AND NEW.is_active THEN delta := delta + 1; END IF;
    IF delta <> 0 THEN
        UPDATE workspace.tenants SET seat_count = seat_count + delta
        WHERE id = CASE TG_OP WHEN 'DELETE' THEN OLD.tenant_id ELSE NEW.tenant_id END;
    END IF;
    RETURN NULL;
END
$$;
CREATE TRIGGER tenant_users_seats AFTER INSERT OR DELETE OR UPDATE OF is_active ON workspace.tenant_users
    FOR EACH ROW EXECUTE FUNCTION workspace.count_seats();
DROP INDEX workspace.tenant_users_pending;
DROP INDEX workspace.tenant_users_due;
ALTER TABLE workspace.tenant_users
    DROP CONSTRAINT tenant_users_consent,
    DROP COLUMN former_email,
    DROP COLUMN services_due_at,
    DROP COLUMN consent;
DROP INDEX auth.users_managed_by;
ALTER TABLE auth.users DROP COLUMN managed_by;
