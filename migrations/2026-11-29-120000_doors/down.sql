DROP INDEX auth.users_never_used;
DROP INDEX saga.run_finished;
DROP TRIGGER step_moved ON saga.step;
DROP TRIGGER run_moved ON saga.run;
DROP FUNCTION saga.announce_steps();
DROP FUNCTION saga.announce_run();
ALTER TABLE saga.run DROP COLUMN is_watched;
DELETE FROM auth.idempotency_keys;
ALTER TABLE auth.idempotency_keys
    DROP CONSTRAINT idempotency_keys_sealed,
    DROP COLUMN holder,
    DROP COLUMN committed_at,
    DROP COLUMN effect,
    DROP COLUMN key_id;
