//! How long the API server may take to begin an answer.

use std::time::Duration;

use kube::{Client, client::Body};
use tokio::time::timeout;
use tower::{BoxError, service_fn};

/// The API server sends the head of an answer, also that of a watch, at once; a list of thousands of objects takes
/// seconds. A connection that is silent for this long is dead.
const ANSWER_WITHIN: Duration = Duration::from_secs(30);

#[derive(Debug, thiserror::Error)]
#[error("the API server did not begin to answer within {} s", ANSWER_WITHIN.as_secs())]
struct NoAnswer;

/// The same client, whose requests fail when no answer begins in time. Watches may stay open.
pub(super) fn with_deadline(client: Client) -> Client {
    let namespace = client.default_namespace().to_owned();
    let service = service_fn(move |request: http::Request<Body>| {
        let client = client.clone();
        async move {
            match timeout(ANSWER_WITHIN, client.send(request)).await {
                Ok(answer) => answer.map_err(BoxError::from),
                Err(_) => Err(BoxError::from(NoAnswer)),
            }
        }
    });
    Client::new(service, namespace)
}
