//! Statements that a connection prepares once.
//!
//! diesel takes each UPDATE, and each statement with SQL of our own, for one whose text may differ from time to
//! time, and has the server parse and plan it anew. Where the text is always the same, that is most of
//! what the statement costs.

use diesel::{
    QueryResult,
    pg::Pg,
    query_builder::{AstPass, Query, QueryFragment, QueryId},
};

/// See [`prepared`].
#[derive(Debug)]
pub(crate) struct Prepared<Q>(Q);

/// A statement whose text depends on nothing but where it stands in the program: values are bound, and no
/// part comes and goes. It is kept on the connection by its text.
pub(crate) const fn prepared<Q>(query: Q) -> Prepared<Q> {
    Prepared(query)
}

impl<Q: QueryFragment<Pg>> QueryFragment<Pg> for Prepared<Q> {
    fn walk_ast<'b>(&'b self, pass: AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        self.0.walk_ast(pass)
    }

    fn is_safe_to_cache_prepared(&self, _backend: &Pg) -> QueryResult<bool> {
        Ok(true)
    }
}

impl<Q> QueryId for Prepared<Q> {
    type QueryId = ();
    const HAS_STATIC_QUERY_ID: bool = false;
}

impl<Q: Query> Query for Prepared<Q> {
    type SqlType = Q::SqlType;
}
