-- The tenant that made the account on a domain which it had proven: it alone opens, closes and renames it.
ALTER TABLE auth.users ADD COLUMN managed_by uuid REFERENCES workspace.tenants ON DELETE SET NULL;
UPDATE auth.users u SET managed_by = d.tenant_id
    FROM workspace.domains d JOIN workspace.tenant_users m ON m.tenant_id = d.tenant_id
    WHERE u.origin = 'invited' AND m.user_id = u.id AND d.ownership_verified
      AND d.domain = split_part(lower(u.email), '@', 2);
CREATE INDEX users_managed_by ON auth.users (managed_by, split_part(lower(email), '@', 2)) WHERE managed_by IS NOT NULL;

-- given: the person agreed, or the tenant manages the account. pending: invited, and not answered yet; holds a seat and
-- opens nothing. ended: declined, left or removed; asked again before it opens anything.
ALTER TABLE workspace.tenant_users
    ADD COLUMN consent varchar(10) NOT NULL DEFAULT 'given' CHECK (consent IN ('given', 'pending', 'ended')),
    -- The person accepted at this moment, and the run that gives the services is still to be enqueued.
    ADD COLUMN services_due_at timestamptz,
    -- The address of somebody whose account went with its domain; where their mail still lies.
    ADD COLUMN former_email varchar(320),
    ADD CONSTRAINT tenant_users_consent CHECK (consent = 'given' OR NOT is_active);
CREATE INDEX tenant_users_due ON workspace.tenant_users (services_due_at) WHERE services_due_at IS NOT NULL;
CREATE INDEX tenant_users_pending ON workspace.tenant_users (user_id) WHERE consent = 'pending';

CREATE OR REPLACE FUNCTION workspace.count_seats() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    delta integer := 0;
BEGIN
    IF TG_OP <> 'INSERT' AND (OLD.is_active OR OLD.consent = 'pending') THEN delta := delta - 1; END IF;
    IF TG_OP <> 'DELETE' AND (NEW.is_active OR NEW.consent = 'pending') THEN delta := delta + 1; END IF;
    IF delta <> 0 THEN
        UPDATE workspace.tenants SET seat_count = seat_count + delta
        WHERE id = CASE TG_OP WHEN 'DELETE' THEN OLD.tenant_id ELSE NEW.tenant_id END;
    END IF;
    RETURN NULL;
END
$$;
DROP TRIGGER tenant_users_seats ON workspace.tenant_users;
CREATE TRIGGER tenant_users_seats AFTER INSERT OR DELETE OR UPDATE OF is_active, consent ON workspace.tenant_users
    FOR EACH ROW EXECUTE FUNCTION workspace.count_seats();

-- The link of an invitation: whoever sets a password by it accepts the invitation of this tenant.
ALTER TABLE auth.link_tokens ADD COLUMN invited_to uuid REFERENCES workspace.tenants ON DELETE CASCADE;
CREATE INDEX link_tokens_invited_to ON auth.link_tokens (invited_to) WHERE invited_to IS NOT NULL;
