//! `GET /v1/metadata?url=...`: what is to be known of a file.

use std::sync::Arc;

use http::{Request, Uri, header, request::Parts, uri::PathAndQuery};
use imgplane_pixels::{Description, Facts, Tags, Value as Told};
use percent_encoding::percent_decode_str;
use serde_json::{Map, Value, json};

use super::{ApiError, opens};
use crate::{
    error::Failure,
    peer::host,
    request::{FileFacts, TARGET_BYTES, Trace, describe},
    server::App,
    state::State,
};

/// What is said of the density of a picture that does not say it itself: what EXIF assumes then.
const UNKNOWN_DENSITY: u32 = 72;

/// Answers the call.
pub(super) async fn answer(
    app: &Arc<App>,
    state: Arc<State>,
    head: &Parts,
    key: &str,
    trace: &mut Trace,
) -> Result<Value, ApiError> {
    let url = wanted(head.uri.query())?;
    let uri: Uri = url.parse().map_err(|_| ApiError::BadUrl(url.clone()))?;
    let named = uri.authority().map_or_else(|| host(head), http::uri::Authority::as_str);
    // The request as the owner would make it: of the headers only the host counts.
    let target = uri.path_and_query().map_or("/", PathAndQuery::as_str);
    let asked = Request::get(target).header(header::HOST, named).body(());
    let (asked, ()) = asked.map_err(|_| ApiError::BadUrl(url.clone()))?.into_parts();
    let route = state.router.route(named, asked.uri.path()).map_err(|_| ApiError::NoEndpoint)?;
    let endpoint = state.endpoints.get(route.endpoint).ok_or(ApiError::NoEndpoint)?;
    if !opens(endpoint, key) {
        return Err(ApiError::WrongKey);
    }
    let told = describe(app, Arc::clone(&state), Arc::clone(endpoint), &route, &asked, trace).await;
    told.map(|told| document(&told)).map_err(|failure| failed(&failure))
}

/// The URL that is asked about.
fn wanted(query: Option<&str>) -> Result<String, ApiError> {
    let mut pairs = query.unwrap_or_default().split('&').filter_map(|pair| pair.split_once('='));
    let raw = pairs.find(|(name, value)| *name == "url" && !value.is_empty()).ok_or(ApiError::NoUrl)?.1;
    let url = percent_decode_str(raw).decode_utf8().map_err(|_| ApiError::BadUrl(raw.to_owned()))?;
    if url.len() > TARGET_BYTES {
        return Err(ApiError::LongUrl(TARGET_BYTES));
    }
    Ok(url.into_owned())
}

fn failed(failure: &Failure) -> ApiError {
    match failure {
        Failure::Overload(busy) => ApiError::Overload(busy.retry_after),
        Failure::NotReady => ApiError::NotReady,
        // The log knows more.
        Failure::TooSlow(_) | Failure::Internal(_) => ApiError::Internal(failure.body().to_owned()),
        failure => {
            let message = failure.ik_error().unwrap_or_else(|| failure.body().to_owned());
            if failure.status() == 404 { ApiError::NoFile(message) } else { ApiError::BadFile(message) }
        }
    }
}

/// What is told, under the names of the hosted service. What is not known is absent.
fn document(told: &FileFacts) -> Value {
    let mut document = Map::new();
    if let Some((facts, description)) = &told.picture {
        picture(&mut document, facts, description);
    }
    if let Some(size) = told.size {
        document.insert("size".to_owned(), json!(size));
    }
    if let Some(format) = &told.format {
        document.insert("format".to_owned(), json!(format));
    }
    Value::Object(document)
}

fn picture(document: &mut Map<String, Value>, facts: &Facts, description: &Description) {
    let exif = &description.exif;
    let mut insert = |name: &str, value: Value| document.insert(name.to_owned(), value);
    insert("height", json!(facts.height));
    insert("width", json!(facts.width));
    insert("hasColorProfile", json!(facts.has_profile));
    insert("quality", json!(facts.jpeg_quality.unwrap_or(0)));
    insert("density", json!(description.density.unwrap_or(UNKNOWN_DENSITY)));
    insert(
        "exif",
        json!({
            "image": tags(&exif.image),
            "thumbnail": tags(&exif.thumbnail),
            "exif": tags(&exif.exif),
            "gps": tags(&exif.gps),
            "interoperability": tags(&exif.interoperability),
            "makernote": {},
        }),
    );
    if let Some(look) = description.look {
        insert("hasTransparency", json!(look.translucent));
        insert("pHash", json!(look.hash.to_string()));
    }
}

fn tags(tags: &Tags) -> Value {
    tags.iter().map(|(name, value)| ((*name).to_owned(), self::value(value))).collect()
}

fn value(value: &Told) -> Value {
    match value {
        Told::Integer(number) => json!(number),
        Told::Real(number) => json!(number),
        Told::Text(text) => json!(text),
        Told::List(values) => values.iter().map(self::value).collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_url_is_decoded_once_and_a_plus_stays_one() {
        for (query, url) in [
            (
                Some("url=https%3A%2F%2Fhost%2Fshop%2Fa%2520b.jpg%3Ftr%3Dw-1"),
                Ok("https://host/shop/a%20b.jpg?tr=w-1"),
            ),
            (Some("x=1&url=/shop/a+b.jpg"), Ok("/shop/a+b.jpg")),
            (Some("url=&url=/shop/a.jpg"), Ok("/shop/a.jpg")),
            (Some("URL=/shop/a.jpg"), Err(ApiError::NoUrl)),
            (Some("url="), Err(ApiError::NoUrl)),
            (None, Err(ApiError::NoUrl)),
            (Some("url=%FF"), Err(ApiError::BadUrl("%FF".to_owned()))),
        ] {
            assert_eq!(wanted(query), url.map(str::to_owned), "{query:?}");
        }
        let long = format!("url=/{}", "a".repeat(TARGET_BYTES));
        assert_eq!(wanted(Some(&long)), Err(ApiError::LongUrl(TARGET_BYTES)));
    }
}
