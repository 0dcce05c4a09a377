//! Phase one: is the target readable, and which endpoint is it for?

use std::sync::Arc;

use http::{Uri, request::Parts};
use imgplane_urls::Route;

use crate::{
    error::Failure,
    peer::host,
    state::{Endpoint, State},
};

/// Longest target that is read, in bytes: path and query as sent.
pub const TARGET_BYTES: usize = 8 << 10;

/// Refuses targets that are longer than is read.
pub(super) fn check_target(uri: &Uri) -> Result<(), Failure> {
    let length = uri.path_and_query().map_or(0, |target| target.as_str().len());
    if length > TARGET_BYTES { Err(Failure::TargetTooLong) } else { Ok(()) }
}

/// Finds the endpoint, and where in the path its own part begins.
pub(super) fn route<'a>(state: &State, head: &'a Parts) -> Result<(Arc<Endpoint>, Route<'a>), Failure> {
    let route = state.router.route(host(head), head.uri.path())?;
    let endpoint = state
        .endpoints
        .get(route.endpoint)
        .ok_or_else(|| Failure::Internal("the router knows an endpoint that does not run".to_owned()))?;
    Ok((Arc::clone(endpoint), route))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn targets_up_to_eight_kibibytes_are_read() {
        let uri = |length: usize| format!("/{}?q", "a".repeat(length - 3)).parse::<Uri>().unwrap();
        assert!(check_target(&uri(8192)).is_ok());
        assert!(matches!(check_target(&uri(8193)), Err(Failure::TargetTooLong)));
    }

    #[test]
    fn the_host_of_the_target_wins_over_the_header() {
        let head = |uri: &str| {
            http::Request::get(uri).header("host", "from.header").body(()).unwrap().into_parts().0
        };
        assert_eq!(host(&head("http://from.target:81/x")), "from.target:81");
        assert_eq!(host(&head("/x")), "from.header");
    }
}
