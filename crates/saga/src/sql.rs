//! Raw statements that are prepared once per connection.
//!
//! `diesel::sql_query` never caches the prepared statement, which costs a round trip and a plan each time. The
//! statements here are constants, so they can be cached. Diesel numbers a placeholder where it is pushed, while ours
//! stand in the text already; so the pushed ones go into a comment at the end, where they only name the bind types.

use chrono::{DateTime, Utc};
use diesel::pg::Pg;
use diesel::query_builder::{AstPass, Query, QueryFragment, QueryId};
use diesel::result::QueryResult;
use diesel::sql_types::{
    Array, BigInt, Bool, Integer, Jsonb, Nullable, SmallInt, Text, Timestamptz, Untyped,
    Uuid as SqlUuid,
};
use serde_json::Value;
use uuid::Uuid;

/// A constant statement with its parameters `$1`, `$2`, …
pub(crate) struct Statement {
    text: &'static str,
    binds: Vec<Bind>,
}

/// A parameter.
pub(crate) enum Bind {
    Uuid(Option<Uuid>),
    Text(Option<String>),
    Json(Option<Value>),
    BigInt(Option<i64>),
    Integer(Option<i32>),
    SmallInt(i16),
    Bool(bool),
    At(Option<DateTime<Utc>>),
    Texts(Vec<String>),
    Integers(Vec<i32>),
    Uuids(Vec<Uuid>),
}

macro_rules! bind_from {
    ($($from:ty => |$value:ident| $bind:expr,)+) => {
        $(impl From<$from> for Bind { fn from($value: $from) -> Self { $bind } })+
    };
}

bind_from! {
    Uuid => |value| Self::Uuid(Some(value)),
    Option<Uuid> => |value| Self::Uuid(value),
    &str => |value| Self::Text(Some(value.to_owned())),
    String => |value| Self::Text(Some(value)),
    Option<String> => |value| Self::Text(value),
    Value => |value| Self::Json(Some(value)),
    Option<Value> => |value| Self::Json(value),
    i64 => |value| Self::BigInt(Some(value)),
    Option<i64> => |value| Self::BigInt(value),
    i32 => |value| Self::Integer(Some(value)),
    i16 => |value| Self::SmallInt(value),
    bool => |value| Self::Bool(value),
    Option<DateTime<Utc>> => |value| Self::At(value),
    Vec<String> => |value| Self::Texts(value),
    Vec<i32> => |value| Self::Integers(value),
    Vec<Uuid> => |value| Self::Uuids(value),
}

impl Statement {
    pub(crate) const fn new(text: &'static str) -> Self {
        Self {
            text,
            binds: Vec::new(),
        }
    }

    /// The next parameter.
    pub(crate) fn bind(mut self, value: impl Into<Bind>) -> Self {
        self.binds.push(value.into());
        self
    }
}

impl QueryFragment<Pg> for Statement {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        out.push_sql(self.text);
        out.push_sql("\n-- ");
        for bind in &self.binds {
            match bind {
                Bind::Uuid(value) => out.push_bind_param::<Nullable<SqlUuid>, _>(value)?,
                Bind::Text(value) => out.push_bind_param::<Nullable<Text>, _>(value)?,
                Bind::Json(value) => out.push_bind_param::<Nullable<Jsonb>, _>(value)?,
                Bind::BigInt(value) => out.push_bind_param::<Nullable<BigInt>, _>(value)?,
                Bind::Integer(value) => out.push_bind_param::<Nullable<Integer>, _>(value)?,
                Bind::SmallInt(value) => out.push_bind_param::<SmallInt, _>(value)?,
                Bind::Bool(value) => out.push_bind_param::<Bool, _>(value)?,
                Bind::At(value) => out.push_bind_param::<Nullable<Timestamptz>, _>(value)?,
                Bind::Texts(value) => out.push_bind_param::<Array<Text>, _>(value)?,
                Bind::Integers(value) => out.push_bind_param::<Array<Integer>, _>(value)?,
                Bind::Uuids(value) => out.push_bind_param::<Array<SqlUuid>, _>(value)?,
            }
        }
        Ok(())
    }
}

impl QueryId for Statement {
    type QueryId = ();
    /// The statement's text is its identity.
    const HAS_STATIC_QUERY_ID: bool = false;
}

impl Query for Statement {
    type SqlType = Untyped;
}
