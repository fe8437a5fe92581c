//! Databases are separate, migrated, and gone afterwards.
#![expect(clippy::unwrap_used, reason = "tests")]

use bheem_testkit::TestDatabase;
use diesel::{QueryableByName, sql_query, sql_types::BigInt};
use diesel_async::{AsyncConnection, AsyncPgConnection, RunQueryDsl, SimpleAsyncConnection};

#[derive(QueryableByName)]
struct Count {
    #[diesel(sql_type = BigInt)]
    number: i64,
}

async fn count(connection: &mut AsyncPgConnection, from: &str) -> i64 {
    let query = format!("SELECT count(*) AS number FROM {from}");
    let row: Count = sql_query(query).get_result(connection).await.unwrap();
    row.number
}

#[tokio::test]
async fn a_new_database_has_every_migration() {
    let database = TestDatabase::create().await.unwrap();
    let mut connection = database.connect().await.unwrap();
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../../migrations");
    let migrations = std::fs::read_dir(folder).unwrap().count();
    let applied = count(&mut connection, "__diesel_schema_migrations").await;
    assert_eq!(usize::try_from(applied).unwrap(), migrations);
}

#[tokio::test]
async fn an_empty_database_has_none() {
    let database = TestDatabase::create_empty().await.unwrap();
    let mut connection = database.connect().await.unwrap();
    let tables = count(&mut connection, "pg_tables WHERE schemaname = 'public'").await;
    assert_eq!(tables, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn two_databases_see_nothing_of_each_other() {
    let (first, second) = tokio::join!(TestDatabase::create(), TestDatabase::create());
    let (first, second) = (first.unwrap(), second.unwrap());
    let mut in_first = first.connect().await.unwrap();
    in_first
        .batch_execute("CREATE TABLE only_here ()")
        .await
        .unwrap();
    let mut in_second = second.connect().await.unwrap();
    let here = "pg_tables WHERE tablename = 'only_here'";
    assert_eq!(count(&mut in_first, here).await, 1);
    assert_eq!(count(&mut in_second, here).await, 0);
}

#[tokio::test]
async fn a_database_is_dropped_with_its_value_even_while_connections_are_open() {
    let witness = TestDatabase::create().await.unwrap();
    let database = TestDatabase::create().await.unwrap();
    let name = database.name().to_owned();
    let open = database.connect().await.unwrap();
    drop(database);
    let mut connection = AsyncPgConnection::establish(witness.url()).await.unwrap();
    let there = format!("pg_database WHERE datname = '{name}'");
    assert_eq!(count(&mut connection, &there).await, 0);
    drop(open);
}
