//! The accounts of an ERP, whose table differs from version to version.

use bheem_persistence::{ErpUsers, Error};

use crate::support::Bed;

async fn erp(bed: &Bed, statements: &str) -> ErpUsers {
    bed.sql(statements).await;
    ErpUsers::new(bed.test.url()).unwrap()
}

#[tokio::test]
async fn somebody_is_found_by_name_and_by_address_whatever_the_case() {
    let bed = Bed::new().await;
    let users = erp(
        &bed,
        "INSERT INTO auth.users (id, username, email, hashed_password, company_code) VALUES \
         ('00000000-0000-7000-8000-000000000007', 'John', 'john@a.example', '$2b$x', 'BHM001')",
    )
    .await;
    for name in ["john", "JOHN@A.EXAMPLE"] {
        let john = users.find(name).await.unwrap().unwrap();
        assert_eq!(john.id, "00000000-0000-7000-8000-000000000007");
        assert_eq!(john.username, "John");
        assert_eq!(john.hashed_password.as_deref(), Some("$2b$x"));
        assert_eq!(john.company_code.as_deref(), Some("BHM001"));
        assert!(john.is_active);
        assert!(!format!("{john:?}").contains("$2b"));
    }
    assert!(users.find("jane").await.unwrap().is_none());
    assert!(users.find("' OR true --").await.unwrap().is_none());
    assert!(users.find("john\0").await.unwrap().is_none());
}

#[tokio::test]
async fn an_address_of_several_people_is_nobodys() {
    let bed = Bed::new().await;
    let users = erp(
        &bed,
        "INSERT INTO auth.users (id, username, email) VALUES \
         (gen_random_uuid(), 'a', 'we@a.example'), (gen_random_uuid(), 'b', 'we@a.example')",
    )
    .await;
    assert!(users.find("we@a.example").await.unwrap().is_none());
    assert_eq!(users.find("a").await.unwrap().unwrap().username, "a");
}

#[tokio::test]
async fn other_names_of_the_columns_are_known_and_who_is_not_active_is_not() {
    let bed = Bed::new().await;
    let users = erp(
        &bed,
        "INSERT INTO auth.users (id, username, hashed_password) VALUES (gen_random_uuid(), 'a', 'h'); \
         ALTER TABLE auth.users RENAME hashed_password TO password_hash; \
         ALTER TABLE auth.users DROP COLUMN is_active CASCADE",
    )
    .await;
    let a = users.find("a").await.unwrap().unwrap();
    assert_eq!(a.hashed_password.as_deref(), Some("h"));
    assert!(!a.is_active);
}

#[tokio::test]
async fn a_database_that_is_away_is_no_wrong_name() {
    let users = ErpUsers::new("postgres://nobody@127.0.0.1:1/none").unwrap();
    let error = users.find("a").await.unwrap_err();
    assert!(matches!(error, Error::Unavailable(_)), "{error:?}");
}
