//! Naming another database of the same server.

/// The connection string with its database replaced, for both forms that PostgreSQL knows.
pub(crate) fn with_database(url: &str, database: &str) -> String {
    let Some((scheme, rest)) = url.split_once("://") else {
        // `host=... dbname=...`: a later word wins.
        return format!("{url} dbname={database}");
    };
    let (address, parameters) = rest
        .split_once('?')
        .map_or((rest, None), |(address, rest)| (address, Some(rest)));
    let authority = address.split_once('/').map_or(address, |(first, _)| first);
    let parameters = parameters
        .map(|text| format!("?{text}"))
        .unwrap_or_default();
    format!("{scheme}://{authority}/{database}{parameters}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn replaces_the_database_in_both_forms() {
        for (before, after) in [
            (
                "postgresql://u@%2Ftmp%2Fs/postgres",
                "postgresql://u@%2Ftmp%2Fs/t",
            ),
            (
                "postgres://u:p@host:5432/db?sslmode=require",
                "postgres://u:p@host:5432/t?sslmode=require",
            ),
            ("postgres://host", "postgres://host/t"),
            (
                "host=/tmp user=u dbname=db",
                "host=/tmp user=u dbname=db dbname=t",
            ),
        ] {
            assert_eq!(with_database(before, "t"), after);
        }
    }
}
