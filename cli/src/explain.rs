//! `imgplane explain`: how a URL is routed and read, what each step makes of the picture, which origins would be
//! asked. Nothing is fetched.

mod address;
mod answer;
mod output;
mod source;
mod table;

use imgplane_config::{Bundle, EndpointConfig, InvalidValues, ObjectId, UnknownParameters};
use imgplane_urls::{
    EndpointAddress, Hints, Plan, ResolvedStep, Router, Rules, Target, UrlError, UrlErrorCode,
};

use crate::{
    args::{Explain, Output},
    exit::{Exit, print},
    finding::{Severity, count, counted},
    judge, manifests,
    place::place,
    volumes::VolumeFolders,
};

use address::Address;
pub(crate) use answer::Answer;
use answer::{OutputAnswer, Step};
use source::Original;

/// What the request brings besides its URL.
#[derive(Debug, Clone, Default)]
pub(crate) struct Request {
    /// The Accept header.
    pub(crate) accept: String,
    /// Size of the original as stored, where the caller knows it.
    pub(crate) size: Option<(u32, u32)>,
}

/// Runs the command.
pub(crate) fn run(args: &Explain) -> anyhow::Result<Exit> {
    let manifests = match manifests::read(&args.manifests) {
        Ok(manifests) => manifests,
        Err(error) => return Ok(Exit::usage(&error)),
    };
    let volumes = VolumeFolders::new(&args.manifests, &args.volumes);
    let judged = judge::folder(manifests, &volumes);
    for finding in judged.findings.iter().filter(|finding| finding.severity == Severity::Error) {
        eprintln!("{finding}");
    }
    let (errors, _) = count(&judged.findings);
    if errors > 0 {
        eprintln!(
            "{} in {}: the answer holds for the rest",
            counted(errors, "problem"),
            args.manifests.display()
        );
    }
    let bundle = judged.render()?;
    let request = Request { accept: args.accept.clone(), size: args.source };
    let answer = explain(&bundle, &volumes, &args.url, &request);
    print(&match args.output {
        Output::Json => format!("{}\n", serde_json::to_string_pretty(&answer)?),
        Output::Text => table::Table(&args.url, &answer).to_string(),
    })?;
    Ok(if answer.error.is_none() { Exit::Fine } else { Exit::Problems })
}

/// Explains a URL to somebody who runs this bundle.
pub(crate) fn explain(bundle: &Bundle, volumes: &VolumeFolders, url: &str, request: &Request) -> Answer {
    let mut answer = Answer::default();
    if let Err(error) = fill(&mut answer, bundle, volumes, url, request) {
        answer.error = Some(error.into());
    }
    answer
}

/// Fills in what is known, stage by stage, so that an answer to a bad URL says as much as possible.
fn fill(
    answer: &mut Answer,
    bundle: &Bundle,
    volumes: &VolumeFolders,
    url: &str,
    request: &Request,
) -> Result<(), UrlError> {
    let address = Address::parse(url);
    // A path alone is meant for the host that all accounts share.
    let shared = bundle.data_plane.body.hosts.first().map_or("", String::as_str);
    let host = if address.host.is_empty() { shared } else { address.host };
    let route = router(bundle).route(host, address.path)?;
    let Some(endpoint) = bundle.endpoints.get(route.endpoint) else {
        // The router was made from this very list.
        return Ok(());
    };
    answer.account = Some(endpoint.body.account.clone());
    answer.endpoint = Some(endpoint.id.to_string());
    let origins: Vec<_> = endpoint.body.media_library.iter().chain(&endpoint.body.origins).collect();
    answer.origins = origins.iter().map(ToString::to_string).collect();
    let of = |id: &ObjectId| bundle.origins.iter().find(|origin| origin.id == *id);
    let places =
        origins.iter().filter_map(|id| Some(format!("{id}: {}", place(&of(id)?.body.kind, volumes))));
    answer.places = places.collect();

    let target = Target::parse(route.rest, address.query)?;
    answer.resource = Some(target.resource.clone());
    if target.signed {
        let message = "Signed URLs (ik-s, ik-t) are not supported yet".to_owned();
        return Err(UrlError { code: UrlErrorCode::Efeature, message });
    }
    let plan = Plan::parse(&target, &rules(&endpoint.body))?;
    answer.ignored = plan.ignored().to_vec();

    let kinds = origins.iter().filter_map(|id| {
        let origin = bundle.origins.iter().find(|origin| origin.id == **id)?;
        Some((&origin.id, &origin.body.kind))
    });
    let original = Original::find(kinds, volumes, &target.resource, request.size);
    let size = original.source(&endpoint.body);
    if let Some(source) = size {
        let resolved = plan.resolve(&source, &Hints::default())?;
        answer.steps = resolved.steps.iter().map(Step::sized).collect();
        answer.output = OutputAnswer::new(&resolved, &original, &endpoint.body, &request.accept);
    } else {
        unsized_steps(answer, &plan, &original, &endpoint.body, &request.accept);
    }
    answer.source = Some(original);
    Ok(())
}

/// Parameters do not depend on the size of the original; sizes do, and so does which branch of a condition runs.
fn unsized_steps(
    answer: &mut Answer,
    plan: &Plan,
    original: &Original,
    endpoint: &EndpointConfig,
    accept: &str,
) {
    let [resolved, others @ ..] =
        source::assumed(endpoint).map(|source| plan.resolve(&source, &Hints::default()).ok());
    let Some(resolved) = resolved else { return };
    answer.steps = resolved.steps.iter().map(Step::unsized_).collect();
    answer.output = OutputAnswer::new(&resolved, original, endpoint, accept).without_size();
    let params = |steps: &[ResolvedStep]| steps.iter().map(|step| step.params.clone()).collect::<Vec<_>>();
    let differ = others.iter().flatten().any(|other| params(&other.steps) != params(&resolved.steps));
    if let (true, Some(first)) = (differ, answer.steps.first_mut()) {
        first
            .notes
            .push("which steps run depends on the size of the original, which is not known".to_owned());
    }
}

fn router(bundle: &Bundle) -> Router {
    let addresses = bundle.endpoints.iter().map(|endpoint| EndpointAddress {
        account: endpoint.body.account.clone(),
        prefix: endpoint.body.prefix.clone(),
        domains: endpoint.body.custom_domains.clone(),
    });
    let data_plane = &bundle.data_plane.body;
    let domains = data_plane.domains.iter().map(|domain| (domain.host.clone(), domain.account.clone()));
    Router::new(addresses, &data_plane.hosts, domains)
}

fn rules(endpoint: &EndpointConfig) -> Rules {
    Rules {
        reject_unknown: endpoint.compat.unknown_parameters == UnknownParameters::Reject,
        reject_invalid: endpoint.compat.invalid_values == InvalidValues::Reject,
    }
}
