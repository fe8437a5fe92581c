//! The schema goes up, down and up again, whoever migrates.

use std::process::Command;

use bheem_embedded_postgres::Binaries;
use bheem_persistence::{migrate, pending_migrations, revert_all};
use bheem_testkit::TestDatabase;
use diesel_async::SimpleAsyncConnection;
use futures::future::join_all;

/// The schema as text, without what differs from dump to dump.
fn dump(url: &str) -> String {
    let binaries = Binaries::find(None, None).unwrap();
    let output = Command::new(binaries.directory().join("pg_dump"))
        .args(["--schema-only", "--dbname", url])
        .output()
        .unwrap();
    assert!(output.status.success(), "{output:?}");
    String::from_utf8(output.stdout)
        .unwrap()
        .lines()
        .filter(|line| !line.starts_with("--") && !line.starts_with('\\'))
        .collect::<Vec<_>>()
        .join("\n")
}

#[tokio::test]
async fn up_down_and_up_again_gives_the_same_schema() {
    let test = TestDatabase::create_empty().await.unwrap();
    let empty = dump(test.url());
    let applied = migrate(test.url()).await.unwrap();
    let first = dump(test.url());
    assert!(first.contains("CREATE TABLE workspace.tenants"));
    revert_all(test.url()).await.unwrap();
    let mut left: Vec<_> = dump(test.url()).lines().map(str::to_owned).collect();
    left.retain(|line| !empty.lines().any(|old| old == line));
    // The table of versions stays, and nothing else.
    assert!(
        left.iter().all(|line| !line.starts_with("CREATE")
            || line.contains("__diesel_schema_migrations")
            || line.contains("diesel_manage_updated_at")
            || line.contains("diesel_set_updated_at")),
        "{left:?}"
    );
    assert_eq!(migrate(test.url()).await.unwrap(), applied);
    assert_eq!(dump(test.url()), first);
}

#[tokio::test]
async fn many_that_migrate_at_once_apply_each_migration_once() {
    let test = TestDatabase::create_empty().await.unwrap();
    let pending = pending_migrations(test.url()).await.unwrap();
    let results = join_all((0..6).map(|_| migrate(test.url()))).await;
    let applied: Vec<_> = results
        .into_iter()
        .map(Result::unwrap)
        .filter(|applied| !applied.is_empty())
        .collect();
    assert_eq!(applied.len(), 1);
    assert_eq!(applied[0].len(), pending.len());
    assert!(pending_migrations(test.url()).await.unwrap().is_empty());
    assert!(migrate(test.url()).await.unwrap().is_empty());
}

#[tokio::test]
async fn a_failing_migration_is_an_error_and_not_skipped() {
    let test = TestDatabase::create_empty().await.unwrap();
    let mut connection = test.connect().await.unwrap();
    // In the way of a later migration: what it makes is there already.
    connection
        .batch_execute("CREATE SCHEMA saga")
        .await
        .unwrap();
    let error = migrate(test.url()).await.unwrap_err();
    assert!(matches!(error, bheem_persistence::Error::Migration(_)));
    let pending = pending_migrations(test.url()).await.unwrap();
    assert!(pending.len() >= 2, "{pending:?}");
    connection.batch_execute("DROP SCHEMA saga").await.unwrap();
    assert_eq!(migrate(test.url()).await.unwrap().len(), pending.len());
}

#[tokio::test]
async fn a_database_that_is_away_cannot_be_migrated() {
    let test = TestDatabase::create_empty().await.unwrap();
    let url = test.url().replace(test.name(), "bheem_no_such_database");
    assert!(migrate(&url).await.is_err());
    assert!(pending_migrations(&url).await.is_err());
}
