//! What the database itself shows to the application role, table by table, whatever the code does.

use bheem_domain::{CredentialId, DnsRecordId, TenantId};
use bheem_persistence::repo::{NewDnsRecord, Purpose, SealedCredential};
use bheem_vault::Sealed;
use diesel_async::{AsyncPgConnection, RunQueryDsl, SimpleAsyncConnection};

use crate::support::{Bed, new_run, texts};

/// A row in every table of the tenant.
pub(crate) async fn fill(bed: &Bed, tenant: TenantId, name: &str) {
    let (_, member) = bed.member(tenant, name).await;
    let domain = bed.domain(tenant, &format!("{name}.example")).await;
    let mut tx = bed.tenant_tx(tenant).await;
    let record = NewDnsRecord {
        id: DnsRecordId::generate(&bed.clock),
        record_type: "TXT",
        name: format!("{name}.example"),
        value: "v=spf1 -all".to_owned(),
        priority: None,
        purpose: Purpose::Spf,
    };
    tx.domains().expect(domain, &record).await.unwrap();
    let credential = SealedCredential {
        id: CredentialId::generate(&bed.clock),
        username: name.to_owned(),
        sealed: Sealed {
            key_id: "a".to_owned(),
            bytes: vec![1, 2, 3],
        },
    };
    tx.credentials()
        .keep_for_member(member, "mailcow", &credential)
        .await
        .unwrap();
    let mut activity = tx.activity();
    activity.record("test", None, "Test", None).await.unwrap();
    tx.runs().enqueue(&new_run(tenant, name)).await.unwrap();
    tx.commit().await.unwrap();
    bed.sql(&format!(
        "INSERT INTO saga.event (tenant_id, run_id, lease_epoch, what) \
         SELECT tenant_id, id, 0, 'test' FROM saga.run WHERE tenant_id = '{tenant}'; \
         INSERT INTO auth.clients (client_id, tenant_id, name, created_at, updated_at) \
         VALUES ('{name}', '{tenant}', '{name}', now(), now()); \
         INSERT INTO auth.client_secrets (id, client_id, secret_hash, created_at) \
         VALUES (gen_random_uuid(), '{name}', '{name}', now()); \
         INSERT INTO workspace.tenant_clients (tenant_id, client_id, created_at) \
         VALUES ('{tenant}', '{name}', now()); \
         INSERT INTO auth.initial_access_tokens (tenant_id, id, token_hash, uses_left, created_at, expires_at) \
         VALUES ('{tenant}', gen_random_uuid(), '{name}', 1, now(), now()); \
         INSERT INTO workspace.app_passwords (tenant_id, id, member_id, service, name, username, created_at) \
         VALUES ('{tenant}', gen_random_uuid(), '{member}', 'mail', '{name}', '{name}', now()); \
         INSERT INTO workspace.former_addresses (tenant_id, address, member_id, created_at) \
         VALUES ('{tenant}', '{name}', '{member}', now())"
    ))
    .await;
}

/// Tables that hold rows of tenants, with the column that says whose they are.
async fn tables(bed: &Bed) -> Vec<(String, &'static str)> {
    let mut tables: Vec<_> = bed
        .texts(
            "SELECT table_schema || '.' || table_name AS text FROM information_schema.columns \
             WHERE column_name = 'tenant_id' AND table_schema IN ('workspace', 'auth', 'saga') \
             ORDER BY 1",
        )
        .await
        .into_iter()
        .map(|table| (table, "tenant_id"))
        .collect();
    tables.push(("workspace.tenants".to_owned(), "id"));
    tables
}

/// A connection that works as the server does, in `tenant` or in none.
async fn as_app(bed: &Bed, tenant: Option<TenantId>) -> AsyncPgConnection {
    let mut connection = bed.owner().await;
    let setting = tenant.map(|tenant| format!("SET app.tenant_id = '{tenant}'"));
    let setup = format!("SET ROLE bheem_app; {}", setting.unwrap_or_default());
    connection.batch_execute(&setup).await.unwrap();
    connection
}

/// How many rows the statement touched; none when it is not permitted at all.
async fn touched(connection: &mut AsyncPgConnection, statement: &str) -> usize {
    match diesel::sql_query(statement).execute(connection).await {
        Ok(rows) => rows,
        Err(error) => {
            let text = error.to_string();
            assert!(text.contains("permission denied"), "{statement}: {text}");
            0
        }
    }
}

#[tokio::test]
async fn without_a_tenant_no_table_shows_a_row() {
    let bed = Bed::new().await;
    let tenant = bed.tenant("aaa").await.id;
    fill(&bed, tenant, "ada").await;
    let mut connection = as_app(&bed, None).await;
    for (table, _) in tables(&bed).await {
        let query = format!("SELECT count(*)::text AS text FROM {table}");
        assert_eq!(texts(&mut connection, &query).await, ["0"], "{table}");
        assert!(bed.number(&format!("SELECT count(*) FROM {table}")).await > 0);
    }
}

#[tokio::test]
async fn in_one_tenant_nothing_of_another_is_seen_changed_or_deleted() {
    let bed = Bed::new().await;
    let (a, b) = (bed.tenant("aaa").await.id, bed.tenant("bbb").await.id);
    fill(&bed, a, "ada").await;
    fill(&bed, b, "bea").await;
    let mut in_a = as_app(&bed, Some(a)).await;
    let mut in_b = as_app(&bed, Some(b)).await;
    for (table, key) in tables(&bed).await {
        let of_a = format!("SELECT count(*)::text AS text FROM {table} WHERE {key} = '{a}'");
        assert_ne!(texts(&mut in_a, &of_a).await, ["0"], "{table}");
        assert_eq!(texts(&mut in_b, &of_a).await, ["0"], "{table}");
        let update = format!("UPDATE {table} SET {key} = {key} WHERE {key} = '{a}'");
        assert_eq!(touched(&mut in_b, &update).await, 0, "{table}");
        let delete = format!("DELETE FROM {table} WHERE {key} = '{a}'");
        assert_eq!(touched(&mut in_b, &delete).await, 0, "{table}");
        // Nothing of its own may be given away either.
        let give = format!("UPDATE {table} SET {key} = '{a}' WHERE {key} = '{b}'");
        let given = diesel::sql_query(give).execute(&mut in_b).await;
        let text = given.unwrap_err().to_string();
        assert!(
            ["row-level security", "permission denied", "another tenant"]
                .iter()
                .any(|refusal| text.contains(refusal)),
            "{table}: {text}"
        );
    }
}

#[tokio::test]
async fn in_one_tenant_nothing_can_be_inserted_for_another() {
    let bed = Bed::new().await;
    let (a, b) = (bed.tenant("aaa").await.id, bed.tenant("bbb").await.id);
    fill(&bed, a, "ada").await;
    for (table, key) in tables(&bed).await {
        // The very row that is there, in the columns that the role may write.
        let columns = bed
            .texts(&format!(
                "SELECT coalesce(string_agg(attname, ', '), '') AS text FROM pg_attribute \
                 WHERE attrelid = '{table}'::regclass AND attnum > 0 AND NOT attisdropped \
                 AND has_column_privilege('bheem_app', attrelid, attnum, 'INSERT')"
            ))
            .await
            .remove(0);
        if columns.is_empty() {
            assert_eq!(table, "workspace.tenants");
            continue;
        }
        let row = bed
            .texts(&format!(
                "SELECT to_jsonb(t)::text AS text FROM {table} t WHERE {key} = '{a}' LIMIT 1"
            ))
            .await
            .remove(0);
        let insert = format!(
            "INSERT INTO {table} ({columns}) \
             SELECT {columns} FROM jsonb_populate_record(NULL::{table}, $json${row}$json$)"
        );
        let mut in_b = as_app(&bed, Some(b)).await;
        let refused = diesel::sql_query(&insert).execute(&mut in_b).await;
        let text = refused.unwrap_err().to_string();
        assert!(text.contains("row-level security"), "{table}: {text}");
    }
}

#[tokio::test]
async fn secrets_of_another_tenants_clients_are_not_seen_and_its_clients_not_bound() {
    let bed = Bed::new().await;
    let (a, b) = (bed.tenant("aaa").await.id, bed.tenant("bbb").await.id);
    fill(&bed, a, "ada").await;
    fill(&bed, b, "bea").await;
    let mut in_b = as_app(&bed, Some(b)).await;
    let query = "SELECT client_id::text AS text FROM auth.client_secrets";
    assert_eq!(texts(&mut in_b, query).await, ["bea"]);
    let steal = "UPDATE auth.client_secrets SET client_id = 'ada'";
    let refused = diesel::sql_query(steal)
        .execute(&mut in_b)
        .await
        .unwrap_err();
    assert!(
        refused.to_string().contains("row-level security"),
        "{refused}"
    );
    let mut owner = bed.owner().await;
    let bind = format!(
        "INSERT INTO workspace.tenant_clients (tenant_id, client_id, created_at) \
         VALUES ('{b}', 'ada', now())"
    );
    let refused = diesel::sql_query(bind)
        .execute(&mut owner)
        .await
        .unwrap_err();
    assert!(refused.to_string().contains("another tenant"), "{refused}");
}

#[tokio::test]
async fn a_connection_that_goes_back_to_the_pool_forgets_the_tenant() {
    let bed = Bed::new().await;
    let tenant = bed.tenant("aaa").await.id;
    bed.tenant_tx(tenant).await.commit().await.unwrap();
    let setting = bed
        .texts(
            "SELECT count(*)::text AS text FROM pg_stat_activity \
             WHERE datname = current_database() AND state = 'idle in transaction'",
        )
        .await;
    assert_eq!(setting, ["0"]);
    // The pool hands out the same connection; in a transaction without the setting it sees nothing.
    let mut tx = bed.tenant_tx(TenantId::generate(&bed.clock)).await;
    assert!(matches!(
        tx.tenant().get().await,
        Err(bheem_persistence::Error::NotFound { .. })
    ));
}
