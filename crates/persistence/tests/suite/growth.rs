//! Every table has somebody who owns it and something that ends its rows, or says why nothing does.

use std::collections::{BTreeMap, BTreeSet};

use crate::support::Bed;

const DOCUMENT: &str = include_str!("../../../../docs/operating.md");

#[tokio::test]
async fn every_table_has_an_owner_and_an_end() {
    let bed = Bed::new().await;
    let query = "SELECT schemaname || '.' || tablename AS text FROM pg_tables \
                 WHERE schemaname IN ('auth', 'workspace', 'saga')";
    let tables: BTreeSet<String> = bed.texts(query).await.into_iter().collect();
    let (_, section) = DOCUMENT.split_once("## What each table keeps").unwrap();
    let (section, _) = section.split_once("\n## ").unwrap();
    let told: BTreeMap<String, Vec<&str>> = section
        .lines()
        .filter_map(|line| line.strip_prefix("| `"))
        .map(|line| {
            let mut cells = line
                .split(" | ")
                .map(|cell| cell.trim_end_matches('|').trim());
            let table = cells.next().unwrap().trim_end_matches('`').to_owned();
            (table, cells.collect())
        })
        .collect();
    assert_eq!(told.keys().cloned().collect::<BTreeSet<_>>(), tables);
    for (table, cells) in told {
        assert_eq!(cells.len(), 3, "{table}");
        assert!(cells.iter().all(|cell| !cell.is_empty()), "{table}");
        // What stays for ever says why.
        let end = cells[2];
        assert!(
            !end.starts_with("never") || end.starts_with("never: "),
            "{table}: {end}"
        );
    }
}
