//! The migration goes up, down without a trace, and up again.

use bheem_testkit::TestDatabase;
use diesel::QueryableByName;
use diesel::sql_types::Text;
use diesel_async::{AsyncPgConnection, RunQueryDsl, SimpleAsyncConnection};

const ROLES: &str = include_str!("../../../migrations/2026-11-21-090000_create_roles/up.sql");
const UP: &str = include_str!("../../../migrations/2026-11-21-090200_create_saga/up.sql");
const DOWN: &str = include_str!("../../../migrations/2026-11-21-090200_create_saga/down.sql");

#[derive(QueryableByName, Debug, PartialEq)]
struct Thing {
    #[diesel(sql_type = Text)]
    thing: String,
}

/// Everything a migration can make, outside of PostgreSQL's own schemas.
#[cfg(test)]
async fn catalog(conn: &mut AsyncPgConnection) -> Vec<Thing> {
    diesel::sql_query(
        "SELECT 'schema ' || nspname AS thing FROM pg_namespace WHERE nspname !~ '^pg_|^information_schema$'
         UNION ALL SELECT 'relation ' || c.oid::regclass || coalesce(' ' || c.relacl::text, '') || c.relforcerowsecurity
           FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE n.nspname !~ '^pg_|^information_schema$'
         UNION ALL SELECT 'column ' || a.attrelid::regclass || '.' || a.attname || ' ' || format_type(a.atttypid, a.atttypmod)
           FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid JOIN pg_namespace n ON n.oid = c.relnamespace
           WHERE n.nspname !~ '^pg_|^information_schema$' AND a.attnum > 0
         UNION ALL SELECT 'constraint ' || conrelid::regclass || ' ' || pg_get_constraintdef(oid) FROM pg_constraint
           WHERE conrelid <> 0
         UNION ALL SELECT 'policy ' || polrelid::regclass || ' ' || polname FROM pg_policy
         UNION ALL SELECT 'trigger ' || tgrelid::regclass || ' ' || tgname FROM pg_trigger WHERE NOT tgisinternal
         UNION ALL SELECT 'function ' || p.oid::regprocedure FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace
           WHERE n.nspname !~ '^pg_|^information_schema$'
         ORDER BY 1",
    )
    .load(conn)
    .await
    .unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn down_takes_back_all_that_up_made() {
    let db = TestDatabase::create_empty().await.unwrap();
    let mut conn = db.connect().await.unwrap();
    conn.batch_execute(ROLES).await.unwrap();
    let before = catalog(&mut conn).await;
    conn.batch_execute(UP).await.unwrap();
    let up = catalog(&mut conn).await;
    assert!(up.len() > before.len() + 50);
    conn.batch_execute(DOWN).await.unwrap();
    assert_eq!(catalog(&mut conn).await, before);
    conn.batch_execute(UP).await.unwrap();
    assert_eq!(catalog(&mut conn).await, up);
}
