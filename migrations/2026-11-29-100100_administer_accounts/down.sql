DROP TABLE auth.name_collisions;
DROP INDEX auth.users_super_admins, auth.users_full_name_prefix, auth.users_email_prefix, auth.users_username_prefix,
    auth.users_created;
DROP TRIGGER domains_announce ON workspace.domains;
DROP FUNCTION auth.announce_domain();
