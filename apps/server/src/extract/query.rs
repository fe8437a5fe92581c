//! Query strings. What is wrong is told by field.

use std::future::{Ready, ready};

use actix_web::{FromRequest, HttpRequest, dev::Payload};
use serde::de::DeserializeOwned;

use super::json::describe;
use crate::problem::Problem;

/// The query of a request. Unknown names are ignored.
#[derive(Debug)]
pub struct ApiQuery<T>(pub T);

impl<T: DeserializeOwned> FromRequest for ApiQuery<T> {
    type Error = Problem;
    type Future = Ready<Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let pairs = url::form_urlencoded::parse(request.query_string().as_bytes());
        // An empty value is how forms say "not given".
        let given: Vec<_> = pairs.filter(|(_, value)| !value.is_empty()).collect();
        // A text of the database cannot hold it.
        if let Some((name, _)) = given.iter().find(|(_, value)| value.contains('\0')) {
            let name = name.replace('\0', "");
            return ready(Err(Problem::invalid(
                name,
                "must not hold the character NUL",
            )));
        }
        let deserializer = serde::de::value::MapDeserializer::new(
            given
                .iter()
                .map(|(name, value)| (name.as_ref(), Value(value))),
        );
        ready(
            serde_path_to_error::deserialize(deserializer)
                .map(Self)
                .map_err(
                    |error: serde_path_to_error::Error<serde::de::value::Error>| {
                        let path = error.path().to_string();
                        let (field, reason) = describe(&path, &error.into_inner().to_string());
                        Problem::invalid(field, reason)
                    },
                ),
        )
    }
}

/// A text that reads as whatever type is asked for.
struct Value<'a>(&'a str);

macro_rules! parse_as {
    ($($method:ident => $visit:ident,)*) => {$(
        fn $method<V: serde::de::Visitor<'de>>(self, visitor: V) -> Result<V::Value, Self::Error> {
            match self.0.parse() {
                Ok(value) => visitor.$visit(value),
                Err(_) => Err(serde::de::Error::invalid_type(serde::de::Unexpected::Str("text"), &visitor)),
            }
        }
    )*};
}

impl<'de> serde::Deserializer<'de> for Value<'_> {
    type Error = serde::de::value::Error;

    fn deserialize_any<V: serde::de::Visitor<'de>>(
        self,
        visitor: V,
    ) -> Result<V::Value, Self::Error> {
        visitor.visit_str(self.0)
    }

    fn deserialize_option<V: serde::de::Visitor<'de>>(
        self,
        visitor: V,
    ) -> Result<V::Value, Self::Error> {
        visitor.visit_some(self)
    }

    fn deserialize_newtype_struct<V: serde::de::Visitor<'de>>(
        self,
        _: &'static str,
        visitor: V,
    ) -> Result<V::Value, Self::Error> {
        visitor.visit_newtype_struct(self)
    }

    parse_as! {
        deserialize_bool => visit_bool,
        deserialize_i32 => visit_i32,
        deserialize_i64 => visit_i64,
        deserialize_u32 => visit_u32,
        deserialize_u64 => visit_u64,
    }

    serde::forward_to_deserialize_any! {
        i8 i16 i128 u8 u16 u128 f32 f64 char str string bytes byte_buf unit unit_struct
        seq tuple tuple_struct map struct enum identifier ignored_any
    }
}

impl serde::de::IntoDeserializer<'_> for Value<'_> {
    type Deserializer = Self;

    fn into_deserializer(self) -> Self {
        self
    }
}

#[cfg(test)]
mod tests {
    use actix_web::{FromRequest, test::TestRequest};
    use serde::Deserialize;

    use super::*;

    #[derive(Debug, PartialEq, Deserialize)]
    struct Query {
        limit: Option<i64>,
        search: Option<String>,
        #[serde(default)]
        is_active: Option<bool>,
    }

    async fn read(query: &str) -> Result<Query, Problem> {
        let request = TestRequest::with_uri(&format!("/?{query}")).to_http_request();
        ApiQuery::extract(&request)
            .await
            .map(|ApiQuery(query)| query)
    }

    #[actix_web::test]
    async fn reads_numbers_truth_values_and_texts() {
        let query = read("limit=5&search=a%20b&is_active=true&other=1")
            .await
            .unwrap();
        assert_eq!(
            query,
            Query {
                limit: Some(5),
                search: Some("a b".into()),
                is_active: Some(true)
            }
        );
        assert_eq!(read("limit=&search=").await.unwrap().limit, None);
    }

    #[actix_web::test]
    async fn names_the_field_that_is_wrong() {
        let problem = read("limit=many").await.unwrap_err().to_string();
        assert!(
            problem.starts_with("422") && problem.contains("expected i64 (limit)"),
            "{problem}"
        );
    }
}
