-- An address that was only named belongs to whoever proves it first. The account that named it goes on
-- under another name; this is the one it had, so that its holder can be told.
ALTER TABLE auth.users ADD COLUMN former_username varchar(320);
CREATE INDEX users_former_username ON auth.users (lower(former_username)) WHERE former_username IS NOT NULL;

-- Ends whatever lets somebody into an account or acts for it, but the password. Answers the sessions and
-- grants that it ended. Work in a tenant, which sees nothing of the provider, may need it too: it runs
-- with the rights of the tables' owner.
CREATE FUNCTION auth.end_everything(ending_account uuid, ending_reason text, ending_at timestamptz) RETURNS SETOF uuid
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog
AS $$
BEGIN
    RETURN QUERY UPDATE auth.sessions s SET revoked_at = ending_at, revoked_reason = ending_reason
        WHERE s.account_id = ending_account AND s.revoked_at IS NULL RETURNING s.id;
    UPDATE auth.grants g SET revoked_at = ending_at, revoked_reason = ending_reason
        WHERE g.account_id = ending_account AND g.revoked_at IS NULL;
    RETURN QUERY SELECT g.id FROM auth.grants g WHERE g.account_id = ending_account AND g.revoked_at = ending_at;
    DELETE FROM auth.authorization_codes c WHERE c.account_id = ending_account;
    DELETE FROM auth.device_codes c WHERE c.account_id = ending_account;
    DELETE FROM auth.consents c WHERE c.account_id = ending_account;
    DELETE FROM auth.totp t WHERE t.account_id = ending_account;
    DELETE FROM auth.recovery_codes c WHERE c.account_id = ending_account;
    DELETE FROM auth.passkeys p WHERE p.account_id = ending_account;
    DELETE FROM auth.webauthn_ceremonies c WHERE c.account_id = ending_account;
    DELETE FROM auth.known_devices d WHERE d.account_id = ending_account;
    UPDATE auth.link_tokens l SET used_at = ending_at WHERE l.account_id = ending_account AND l.used_at IS NULL;
    UPDATE auth.verification_codes c SET used_at = ending_at WHERE c.account_id = ending_account AND c.used_at IS NULL;
END
$$;
REVOKE ALL ON FUNCTION auth.end_everything(uuid, text, timestamptz) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION auth.end_everything(uuid, text, timestamptz) TO bheem_app, bheem_system;
