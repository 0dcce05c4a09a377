//! A transformation string, or a URL of an endpoint of which nothing is known but the defaults.

use imgplane_config::EndpointConfig;
use imgplane_dataplane::rules;
use imgplane_urls::{Plan, Target};

use crate::volumes::VolumeFolders;

use super::{
    Request,
    address::Address,
    answer::{Answer, ErrorAnswer, Signature},
    source::Original,
    steps::Question,
};

/// Explains it.
pub(super) fn explain_alone(url: &str, request: &Request) -> Answer {
    let mut answer = Answer { signature: Some(Signature::ABSENT), ..Answer::default() };
    if let Err(error) = fill(&mut answer, url, request) {
        answer.error = Some(error);
    }
    answer
}

fn fill(answer: &mut Answer, url: &str, request: &Request) -> Result<(), ErrorAnswer> {
    if let Some(text) = url.trim().strip_prefix("tr:") {
        let mut target = Target::parse("original", None)?;
        target.strings.push(Target::decode(text)?);
        return of_target(answer, &target, "", request);
    }
    let address = Address::parse_alone(url);
    if address.claims_signature() {
        // Only an endpoint has keys to judge it with.
        answer.signature = None;
        answer.signature_unjudged = true;
    }
    address.check_length()?;
    let path = address.path.trim_start_matches('/');
    // Behind a host the first segment is the account, as on a shared host.
    let rest = match (address.host.is_empty(), path.split_once('/')) {
        (false, Some((_, rest))) => rest,
        (false, None) | (true, _) => path,
    };
    let target = Target::parse(rest, address.query)?;
    answer.resource = Some(target.resource.clone());
    of_target(answer, &target, &target.resource, request)
}

/// `name`: what tells the format of the original; empty where no file is named.
fn of_target(answer: &mut Answer, target: &Target, name: &str, request: &Request) -> Result<(), ErrorAnswer> {
    // The endpoint that a manifest without any setting gives.
    let endpoint = &EndpointConfig::new("default");
    answer.transformation = target.transformation();
    let plan = &Plan::parse(target, &rules(endpoint))?;
    let original = Original::find(std::iter::empty(), &VolumeFolders::default(), name, request.source);
    Question { target, plan, endpoint, accept: &request.accept }.fill(answer, original)
}
