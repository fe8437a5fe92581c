//! Pages by URL. Mailgun tells where the next page is; it is asked there only if that is the server we talk to anyway,
//! for the request carries the key.

use bheem_http_kit::{EncodedPath, Method, Page, Request, Url};
use serde::Deserialize;

use crate::{Client, Error};

/// Where a page of a list begins.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Cursor(Option<Place>);

#[derive(Debug, Clone, PartialEq, Eq)]
struct Place {
    path: EncodedPath,
    query: Vec<(String, String)>,
}

impl Cursor {
    /// The first page.
    #[must_use]
    pub fn start() -> Self {
        Self::default()
    }
}

#[derive(Deserialize)]
pub(crate) struct Paged<T> {
    #[serde(default = "Vec::new")]
    items: Vec<T>,
    #[serde(default)]
    paging: Option<Paging>,
}

#[derive(Deserialize)]
struct Paging {
    #[serde(default)]
    next: Option<String>,
}

/// The request for a page: `first` without a cursor, else where the cursor says.
pub(crate) fn request(
    client: &Client,
    operation: &'static str,
    cursor: &Cursor,
    first: Request,
) -> Request {
    let Some(place) = &cursor.0 else {
        return first;
    };
    let request = client
        .http
        .request_path(operation, Method::GET, &place.path);
    let pairs = place.query.iter();
    pairs.fold(request, |request, (name, value)| request.query(name, value))
}

/// There is always a next page; the list ends with one that is empty.
pub(crate) fn page<T>(
    client: &Client,
    operation: &'static str,
    found: Paged<T>,
) -> Result<Page<T, Cursor>, Error> {
    let next = found.paging.and_then(|paging| paging.next);
    let next = match next.filter(|text| !text.is_empty() && !found.items.is_empty()) {
        Some(text) => Some(place(client, &text).ok_or(Error::ForeignPage { operation })?),
        None => None,
    };
    Ok(Page {
        items: found.items,
        next: next.map(|place| Cursor(Some(place))),
    })
}

fn place(client: &Client, text: &str) -> Option<Place> {
    let (base, url) = (client.http.base_url(), Url::parse(text).ok()?);
    let is_ours = url.origin() == base.origin()
        && url.username().is_empty()
        && url.password().is_none()
        && url.path().starts_with(base.path().trim_end_matches('/'));
    let path = EncodedPath::absolute(url.path()).ok()?;
    is_ours.then(|| Place {
        path,
        query: url.query_pairs().into_owned().collect(),
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn client() -> Client {
        Client::builder("https://api.eu.mailgun.net", "key".into())
            .build()
            .unwrap()
    }

    #[test]
    fn only_the_same_server_is_asked() {
        let client = client();
        let ours = "https://api.eu.mailgun.net/v3/a.test/events/W3siYSI6MX0=?limit=2";
        let place = place(&client, ours).unwrap();
        assert_eq!(place.path.as_str(), "/v3/a.test/events/W3siYSI6MX0%3D");
        assert_eq!(place.query, [("limit".to_owned(), "2".to_owned())]);
        for elsewhere in [
            "https://api.mailgun.net/v3/a.test/events/x",
            "http://api.eu.mailgun.net/v3/a.test/events/x",
            "https://api.eu.mailgun.net:8443/v3/a.test/events/x",
            "https://api.eu.mailgun.net.evil.example/v3/x",
            "https://user:pw@api.eu.mailgun.net/v3/x",
            "https://api.eu.mailgun.net@evil.example/v3/x",
            "//evil.example/v3/x",
            "/v3/a.test/events/x",
            "file:///etc/passwd",
            "https://api.eu.mailgun.net/v3/%00",
            "",
        ] {
            assert_eq!(super::place(&client, elsewhere), None, "{elsewhere}");
        }
    }

    proptest! {
        #[test]
        fn fuzz_any_text_is_a_place_of_ours_or_none(text in "(https?://[a-z.@:/]{0,30})?\\PC{0,60}") {
            let _place = place(&client(), &text);
        }
    }
}
