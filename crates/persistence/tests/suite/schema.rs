//! What diesel is told of the tables is what the catalog says.

use std::collections::BTreeMap;

use crate::support::Bed;

const DECLARED: &str = concat!(
    include_str!("../../src/schema/auth.rs"),
    include_str!("../../src/schema/workspace.rs"),
);

/// Tables, each with its key and its columns in order.
type Tables = BTreeMap<String, (Vec<String>, Vec<String>)>;

/// The words diesel has for the types of PostgreSQL.
fn word(udt: &str) -> &str {
    match udt {
        "uuid" => "Uuid",
        "varchar" => "Varchar",
        "text" => "Text",
        "bool" => "Bool",
        "int2" => "SmallInt",
        "int4" => "Integer",
        "int8" => "BigInt",
        "timestamptz" => "Timestamptz",
        "jsonb" => "Jsonb",
        "bytea" => "Bytea",
        "inet" => "Inet",
        "numeric" => "Numeric",
        "_text" => "Array<Text>",
        other => panic!("no word for {other}"),
    }
}

fn declared() -> Tables {
    let mut tables = Tables::new();
    let mut name: Option<String> = None;
    let mut sql_name = None;
    for line in DECLARED.lines().map(str::trim) {
        if let Some(quoted) = line.strip_prefix("#[sql_name = \"") {
            sql_name = Some(quoted.trim_end_matches("\"]").to_owned());
        } else if let Some((table, key)) = line.strip_suffix(") {").and_then(|l| l.split_once(" ("))
        {
            let (schema, table) = table.split_once('.').unwrap();
            let table = sql_name.take().unwrap_or_else(|| table.to_owned());
            let full = format!("{schema}.{table}");
            let key = key.split(", ").map(str::to_owned).collect();
            tables.insert(full.clone(), (key, Vec::new()));
            name = Some(full);
        } else if let (Some(name), true) = (&name, line.contains(" -> ")) {
            let column = line.trim_end_matches(',').to_owned();
            tables.get_mut(name).unwrap().1.push(column);
        }
    }
    tables
}

#[tokio::test]
async fn every_declared_column_is_in_the_catalog_and_the_other_way_round() {
    let bed = Bed::new().await;
    let declared = declared();
    assert_eq!(declared.len(), 38, "{:?}", declared.keys());
    for (table, (key, columns)) in declared {
        let (schema, name) = table.split_once('.').unwrap();
        let found = bed
            .texts(&format!(
                "SELECT column_name || ' ' || udt_name || ' ' || is_nullable AS text \
                 FROM information_schema.columns \
                 WHERE table_schema = '{schema}' AND table_name = '{name}' ORDER BY column_name"
            ))
            .await;
        let found: Vec<_> = found
            .iter()
            .map(|line| {
                let words: Vec<_> = line.split(' ').collect();
                match (words[0], word(words[1]), words[2]) {
                    (column, word, "YES") => format!("{column} -> Nullable<{word}>"),
                    (column, word, _) => format!("{column} -> {word}"),
                }
            })
            .collect();
        let mut columns = columns;
        columns.sort();
        assert_eq!(columns, found, "{table}");
        let found_key = bed
            .texts(&format!(
                "SELECT a.attname::text AS text FROM pg_index i \
                 CROSS JOIN unnest(i.indkey::int2[]) WITH ORDINALITY k (number, place) \
                 JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = k.number \
                 WHERE i.indrelid = '{table}'::regclass AND i.indisprimary ORDER BY place"
            ))
            .await;
        assert_eq!(key, found_key, "{table}");
    }
}
