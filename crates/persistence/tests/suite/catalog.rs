//! What the catalog must say of every table, present and future.

use diesel_async::SimpleAsyncConnection;

use crate::support::Bed;

/// Tables of ours that have a column `tenant_id`.
const TENANT_TABLES: &str = "(SELECT c.oid, c.relrowsecurity, c.relforcerowsecurity, \
       n.nspname || '.' || c.relname AS name \
     FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace \
     JOIN pg_attribute a ON a.attrelid = c.oid AND a.attname = 'tenant_id' AND NOT a.attisdropped \
     WHERE n.nspname IN ('workspace', 'auth', 'saga') AND c.relkind IN ('r', 'p'))";

#[tokio::test]
async fn the_tables_of_tenants_are_known() {
    let bed = Bed::new().await;
    let tables = bed
        .texts(&format!(
            "SELECT name AS text FROM {TENANT_TABLES} t ORDER BY name"
        ))
        .await;
    assert_eq!(
        tables,
        [
            "auth.clients",
            "auth.initial_access_tokens",
            "saga.event",
            "saga.lane",
            "saga.run",
            "saga.step",
            "workspace.activity_log",
            "workspace.app_passwords",
            "workspace.credentials",
            "workspace.domain_dns_records",
            "workspace.domains",
            "workspace.former_addresses",
            "workspace.tenant_clients",
            "workspace.tenant_users",
        ]
    );
}

#[tokio::test]
async fn every_table_of_tenants_forces_row_level_security() {
    let bed = Bed::new().await;
    let open = bed
        .texts(&format!(
            "SELECT name AS text FROM {TENANT_TABLES} t \
             WHERE NOT (relrowsecurity AND relforcerowsecurity)"
        ))
        .await;
    assert!(open.is_empty(), "{open:?}");
    let tenants = "SELECT (relrowsecurity AND relforcerowsecurity)::text AS text FROM pg_class \
                   WHERE oid = 'workspace.tenants'::regclass";
    assert_eq!(bed.texts(tenants).await, ["true"]);
}

#[tokio::test]
async fn every_policy_of_the_application_role_names_the_current_tenant() {
    let bed = Bed::new().await;
    let without = bed
        .texts(&format!(
            "SELECT name AS text FROM {TENANT_TABLES} t WHERE NOT EXISTS ( \
               SELECT FROM pg_policy p WHERE p.polrelid = t.oid \
               AND 'bheem_app'::regrole = ANY (p.polroles) \
               AND pg_get_expr(p.polqual, t.oid) ~ 'tenant_id = workspace.current_tenant\\(\\)' \
               AND pg_get_expr(p.polwithcheck, t.oid) ~ 'tenant_id = workspace.current_tenant\\(\\)')"
        ))
        .await;
    assert!(without.is_empty(), "{without:?}");
    // Policies add up: a second, wider one would open the table again.
    let wider = bed
        .texts(
            "SELECT p.polrelid::regclass || ' ' || p.polname AS text FROM pg_policy p \
             WHERE (p.polroles && ARRAY['bheem_app'::regrole::oid, 0::oid]) \
             AND coalesce(pg_get_expr(p.polqual, p.polrelid), 'true') !~ 'current_tenant'",
        )
        .await;
    assert!(wider.is_empty(), "{wider:?}");
}

#[tokio::test]
async fn every_table_of_tenants_is_keyed_by_the_tenant() {
    let bed = Bed::new().await;
    let unkeyed = bed
        .texts(&format!(
            "SELECT name AS text FROM {TENANT_TABLES} t WHERE NOT EXISTS ( \
               SELECT FROM pg_index i JOIN pg_attribute a \
                 ON a.attrelid = i.indrelid AND a.attnum = i.indkey[0] \
               WHERE i.indrelid = t.oid AND i.indisunique AND i.indpred IS NULL \
               AND a.attname = 'tenant_id')"
        ))
        .await;
    assert!(unkeyed.is_empty(), "{unkeyed:?}");
}

#[tokio::test]
async fn no_reference_can_cross_tenants() {
    let bed = Bed::new().await;
    // A client of the platform may be bound to any tenant; a trigger keeps out other tenants' clients.
    let crossing = bed
        .texts(&format!(
            "SELECT k.conname::text AS text FROM pg_constraint k \
             JOIN {TENANT_TABLES} f ON f.oid = k.conrelid \
             JOIN {TENANT_TABLES} t ON t.oid = k.confrelid \
             WHERE k.contype = 'f' AND k.conname <> 'tenant_clients_client_id_fkey' AND NOT EXISTS ( \
               SELECT FROM unnest(k.conkey, k.confkey) c (here, there) \
               JOIN pg_attribute h ON h.attrelid = k.conrelid AND h.attnum = c.here \
               JOIN pg_attribute o ON o.attrelid = k.confrelid AND o.attnum = c.there \
               WHERE h.attname = 'tenant_id' AND o.attname = 'tenant_id')"
        ))
        .await;
    assert!(crossing.is_empty(), "{crossing:?}");
    let checked = bed
        .number(&format!(
            "SELECT count(*) FROM pg_constraint k JOIN {TENANT_TABLES} f ON f.oid = k.conrelid \
             JOIN {TENANT_TABLES} t ON t.oid = k.confrelid WHERE k.contype = 'f'"
        ))
        .await;
    assert!(checked >= 5, "{checked}");
}

#[tokio::test]
async fn the_roles_of_the_server_cannot_pass_row_level_security() {
    let bed = Bed::new().await;
    let roles = bed
        .texts(
            "SELECT rolname || ' ' || (rolsuper OR rolbypassrls OR rolcreaterole OR rolcreatedb \
               OR rolreplication) AS text \
             FROM pg_roles WHERE rolname IN ('bheem_app', 'bheem_system') ORDER BY rolname",
        )
        .await;
    assert_eq!(roles, ["bheem_app false", "bheem_system false"]);
    let owned = bed
        .number(
            "SELECT count(*) FROM pg_class \
             WHERE relowner IN ('bheem_app'::regrole, 'bheem_system'::regrole)",
        )
        .await;
    assert_eq!(owned, 0);
    // Nor may one of them turn into a role that can.
    let member_of = bed
        .number(
            "SELECT count(*) FROM pg_auth_members \
             WHERE member IN ('bheem_app'::regrole, 'bheem_system'::regrole)",
        )
        .await;
    assert_eq!(member_of, 0);
}

#[tokio::test]
async fn the_application_role_cannot_rewrite_history_or_tables() {
    let bed = Bed::new().await;
    for (role, forbidden) in [
        ("bheem_app", "UPDATE workspace.activity_log SET action = ''"),
        ("bheem_app", "DELETE FROM workspace.activity_log"),
        ("bheem_app", "TRUNCATE workspace.activity_log"),
        (
            "bheem_app",
            "ALTER TABLE workspace.tenants ADD COLUMN x int",
        ),
        (
            "bheem_app",
            "ALTER TABLE workspace.domains NO FORCE ROW LEVEL SECURITY",
        ),
        (
            "bheem_app",
            "ALTER TABLE workspace.domains DISABLE ROW LEVEL SECURITY",
        ),
        ("bheem_app", "DROP POLICY one_tenant ON workspace.domains"),
        ("bheem_app", "TRUNCATE workspace.domains"),
        ("bheem_app", "DROP TABLE workspace.credentials"),
        ("bheem_app", "CREATE TABLE workspace.x ()"),
        ("bheem_app", "UPDATE workspace.plans SET price_minor = 0"),
        (
            "bheem_app",
            "INSERT INTO workspace.tenants (id, name, slug, owner_email) \
                       VALUES (gen_random_uuid(), 'x', 'x', 'x')",
        ),
        ("bheem_app", "DELETE FROM workspace.tenants"),
        ("bheem_app", "SELECT FROM workspace.developers"),
        ("bheem_app", "UPDATE saga.run SET lease_owner = NULL"),
        ("bheem_app", "SET ROLE bheem_system"),
        (
            "bheem_system",
            "UPDATE workspace.activity_log SET action = ''",
        ),
        ("bheem_system", "DELETE FROM workspace.activity_log"),
        ("bheem_system", "TRUNCATE workspace.tenants CASCADE"),
        ("bheem_system", "ALTER TABLE auth.users ADD COLUMN x int"),
    ] {
        let mut connection = bed.owner().await;
        // As a role of its own, so that the way back to the owner is closed, too.
        connection
            .batch_execute(&format!("SET SESSION AUTHORIZATION {role}"))
            .await
            .unwrap();
        let error = connection.batch_execute(forbidden).await.unwrap_err();
        let text = error.to_string();
        assert!(
            text.contains("permission denied") || text.contains("must be owner"),
            "{role}: {forbidden}: {text}"
        );
    }
}

/// References without one: to plans, which are never removed.
const WITHOUT_INDEX: [&str; 1] = ["workspace.tenants tenants_plan_fkey"];

#[tokio::test]
async fn every_reference_but_those_named_here_has_an_index() {
    let bed = Bed::new().await;
    // Usable: the index begins with the columns of the reference, in any order, and holds all rows
    // (or all that are not NULL).
    let missing = bed
        .texts(
            "SELECT k.conrelid::regclass || ' ' || k.conname AS text FROM pg_constraint k \
             JOIN pg_namespace n ON n.oid = k.connamespace \
             WHERE k.contype = 'f' AND n.nspname IN ('workspace', 'auth', 'saga') \
             AND NOT EXISTS ( \
               SELECT FROM pg_index i WHERE i.indrelid = k.conrelid \
               AND (i.indpred IS NULL OR pg_get_expr(i.indpred, i.indrelid) ~ '^\\(\\w+ IS NOT NULL\\)$') \
               AND (i.indkey::int2[])[0:cardinality(k.conkey) - 1] @> k.conkey) ORDER BY 1",
        )
        .await;
    assert_eq!(missing, WITHOUT_INDEX);
}
