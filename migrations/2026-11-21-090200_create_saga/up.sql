-- Durable runs: a run is a graph of steps, leased by one worker at a time, every write fenced by the lease's epoch.
-- Every tenant-owned table is keyed by the tenant first, so that the schema can be spread over machines.
CREATE SCHEMA saga;

-- Fairness and kill switch, a row per tenant.
CREATE TABLE saga.lane (
  tenant_id      uuid PRIMARY KEY,
  -- NULL: the worker's own default.
  max_leased     integer CHECK (max_leased > 0),
  paused         boolean NOT NULL DEFAULT false,
  last_served_at timestamptz NOT NULL DEFAULT '-infinity'
);

CREATE TABLE saga.run (
  tenant_id        uuid NOT NULL REFERENCES saga.lane (tenant_id),
  id               uuid NOT NULL,
  kind             text NOT NULL CHECK (kind <> ''),
  kind_version     integer NOT NULL,
  -- What the run is about, such as `member:<id>`; one active run each.
  subject          text NOT NULL CHECK (subject <> ''),
  dedupe_key       text NOT NULL CHECK (dedupe_key <> ''),
  -- Ids and references, never a secret.
  params           jsonb NOT NULL,
  state            text NOT NULL DEFAULT 'forward'
                   CHECK (state IN ('forward', 'unwinding', 'succeeded', 'undone', 'stuck')),
  -- Where a stuck run came from, so that a retry knows where to go on.
  stuck_from       text CHECK (stuck_from IN ('forward', 'unwinding')),
  -- Why it is unwinding, undone or stuck: {"step", "code", "detail"}.
  error            jsonb,
  cancel_requested boolean NOT NULL DEFAULT false,
  priority         smallint NOT NULL DEFAULT 2,
  wake_at          timestamptz NOT NULL DEFAULT now(),
  lease_owner      uuid,
  lease_until      timestamptz,
  lease_epoch      bigint NOT NULL DEFAULT 0,
  fruitless_claims integer NOT NULL DEFAULT 0,
  created_at       timestamptz NOT NULL DEFAULT now(),
  finished_at      timestamptz,
  PRIMARY KEY (tenant_id, id),
  UNIQUE (tenant_id, dedupe_key),
  CHECK ((lease_owner IS NULL) = (lease_until IS NULL)),
  CHECK ((finished_at IS NOT NULL) = (state IN ('succeeded', 'undone'))),
  CHECK ((stuck_from IS NOT NULL) = (state = 'stuck')),
  CHECK (lease_owner IS NULL OR state IN ('forward', 'unwinding'))
);
-- A stuck run blocks its subject on purpose: a person decides first.
CREATE UNIQUE INDEX run_one_active_per_subject ON saga.run (tenant_id, subject)
  WHERE state IN ('forward', 'unwinding', 'stuck');
CREATE INDEX run_due ON saga.run (tenant_id, priority, wake_at) WHERE state IN ('forward', 'unwinding');
CREATE INDEX run_leased ON saga.run (tenant_id, lease_until) WHERE lease_until IS NOT NULL;
CREATE INDEX run_by_id ON saga.run (id);

-- The graph is data: recovery never rebuilds it from newer code.
CREATE TABLE saga.step (
  tenant_id    uuid NOT NULL,
  run_id       uuid NOT NULL,
  name         text NOT NULL CHECK (name <> ''),
  position     integer NOT NULL,
  depends_on   text[] NOT NULL DEFAULT '{}',
  is_pivot     boolean NOT NULL DEFAULT false,
  state        text NOT NULL DEFAULT 'pending'
               CHECK (state IN ('pending', 'started', 'done', 'failed', 'skipped',
                                'undo_started', 'undone', 'undo_failed')),
  -- Goes out to the peer as idempotency key or marker.
  effect_key   uuid NOT NULL,
  attempt      integer NOT NULL DEFAULT 0,
  undo_attempt integer NOT NULL DEFAULT 0,
  -- Tries without success since the last fresh start; drives the backoff.
  failures     integer NOT NULL DEFAULT 0,
  next_at      timestamptz NOT NULL DEFAULT now(),
  deadline_at  timestamptz,
  output       jsonb,
  error        jsonb,
  skip_reason  jsonb,
  started_at   timestamptz,
  ended_at     timestamptz,
  PRIMARY KEY (tenant_id, run_id, name),
  UNIQUE (tenant_id, effect_key),
  FOREIGN KEY (tenant_id, run_id) REFERENCES saga.run (tenant_id, id) ON DELETE CASCADE
);
CREATE UNIQUE INDEX step_one_pivot ON saga.step (tenant_id, run_id) WHERE is_pivot;

-- Append-only, for people and audit; recovery never reads it.
CREATE TABLE saga.event (
  tenant_id   uuid NOT NULL,
  run_id      uuid NOT NULL,
  seq         bigint GENERATED ALWAYS AS IDENTITY,
  at          timestamptz NOT NULL DEFAULT clock_timestamp(),
  lease_epoch bigint NOT NULL,
  step        text,
  what        text NOT NULL,
  -- Who did it; NULL: a worker.
  actor       text,
  detail      jsonb,
  PRIMARY KEY (tenant_id, run_id, seq),
  FOREIGN KEY (tenant_id, run_id) REFERENCES saga.run (tenant_id, id) ON DELETE CASCADE
);

-- The circuit breaker all workers share; a peer without a row is well.
CREATE TABLE saga.peer_health (
  peer        text PRIMARY KEY,
  failures    integer NOT NULL CHECK (failures > 0),
  open_until  timestamptz NOT NULL,
  -- One worker is asking the peer whether it is back; nobody else does until then.
  probe_until timestamptz,
  reason      text NOT NULL,
  changed_at  timestamptz NOT NULL DEFAULT clock_timestamp()
);

-- For operators; correctness does not depend on it.
CREATE TABLE saga.worker (
  id           uuid PRIMARY KEY,
  started_at   timestamptz NOT NULL DEFAULT clock_timestamp(),
  last_seen_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  kinds        jsonb NOT NULL,
  version      text NOT NULL,
  draining     boolean NOT NULL DEFAULT false
);

-- Only on enqueue: NOTIFY takes a lock at commit, so step progress stays silent.
CREATE FUNCTION saga.poke() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM pg_notify('saga_due', '');
  RETURN NULL;
END
$$;
CREATE TRIGGER run_poke AFTER INSERT ON saga.run FOR EACH STATEMENT EXECUTE FUNCTION saga.poke();

ALTER TABLE saga.lane ENABLE ROW LEVEL SECURITY;
ALTER TABLE saga.lane FORCE ROW LEVEL SECURITY;
ALTER TABLE saga.run ENABLE ROW LEVEL SECURITY;
ALTER TABLE saga.run FORCE ROW LEVEL SECURITY;
ALTER TABLE saga.step ENABLE ROW LEVEL SECURITY;
ALTER TABLE saga.step FORCE ROW LEVEL SECURITY;
ALTER TABLE saga.event ENABLE ROW LEVEL SECURITY;
ALTER TABLE saga.event FORCE ROW LEVEL SECURITY;

CREATE POLICY lane_of_tenant ON saga.lane TO bheem_app
  USING (tenant_id = workspace.current_tenant()) WITH CHECK (tenant_id = workspace.current_tenant());
CREATE POLICY run_of_tenant ON saga.run TO bheem_app
  USING (tenant_id = workspace.current_tenant()) WITH CHECK (tenant_id = workspace.current_tenant());
CREATE POLICY step_of_tenant ON saga.step TO bheem_app
  USING (tenant_id = workspace.current_tenant()) WITH CHECK (tenant_id = workspace.current_tenant());
CREATE POLICY event_of_tenant ON saga.event TO bheem_app
  USING (tenant_id = workspace.current_tenant()) WITH CHECK (tenant_id = workspace.current_tenant());
CREATE POLICY lane_of_system ON saga.lane TO bheem_system USING (true) WITH CHECK (true);
CREATE POLICY run_of_system ON saga.run TO bheem_system USING (true) WITH CHECK (true);
CREATE POLICY step_of_system ON saga.step TO bheem_system USING (true) WITH CHECK (true);
CREATE POLICY event_of_system ON saga.event TO bheem_system USING (true) WITH CHECK (true);

GRANT USAGE ON SCHEMA saga TO bheem_app, bheem_system;
-- A tenant's request may start a run and look at it; leases, states and caps are the workers' business.
GRANT SELECT ON saga.lane, saga.run, saga.step, saga.event TO bheem_app;
GRANT INSERT (tenant_id) ON saga.lane TO bheem_app;
GRANT INSERT (tenant_id, id, kind, kind_version, subject, dedupe_key, params, priority) ON saga.run TO bheem_app;
GRANT INSERT (tenant_id, run_id, name, position, depends_on, is_pivot, state, effect_key, skip_reason)
  ON saga.step TO bheem_app;
GRANT INSERT (tenant_id, run_id, lease_epoch, step, what, actor, detail) ON saga.event TO bheem_app;

GRANT SELECT, INSERT, UPDATE, DELETE ON saga.lane, saga.run, saga.step, saga.peer_health, saga.worker TO bheem_system;
-- Events are evidence: nobody changes or removes one by hand (they go with their run).
GRANT SELECT, INSERT ON saga.event TO bheem_system;
