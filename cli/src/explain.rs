//! `imgplane explain`: how a URL is routed and read, what each step makes of the picture, which origins would be
//! asked. Nothing is fetched.

mod address;
mod answer;
mod output;
mod source;
mod table;

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use imgplane_config::{Bundle, EndpointConfig, ObjectId};
use imgplane_dataplane::{Judge, Unauthorized, named, rewriter, rules, signing_keys};
use imgplane_urls::{
    EndpointAddress, Hints, NamedTransformations, Plan, ResolvedStep, Route, Router, Target, UrlError, verify,
};

use crate::{
    args::{Explain, Output, SourceFact},
    exit::{Exit, print},
    finding::{Severity, count, counted},
    judge, manifests,
    place::place,
    volumes::VolumeFolders,
};

use address::Address;
pub(crate) use answer::Answer;
use answer::{ErrorAnswer, OutputAnswer, Signature, Step};
use source::Original;
pub(crate) use source::format_of;

/// What the request brings besides its URL.
#[derive(Debug, Clone)]
pub(crate) struct Request {
    /// The Accept header.
    pub(crate) accept: String,
    /// What the caller knows of the original.
    pub(crate) source: Option<SourceFact>,
    /// When it comes.
    pub(crate) now: SystemTime,
}

impl Default for Request {
    fn default() -> Self {
        Self { accept: String::new(), source: None, now: SystemTime::now() }
    }
}

/// Runs the command.
pub(crate) fn run(args: &Explain) -> anyhow::Result<Exit> {
    let now = args.at.map_or_else(SystemTime::now, |at| {
        // Times beyond what the clock can tell are as good as its end.
        UNIX_EPOCH.checked_add(Duration::from_secs(at)).unwrap_or_else(SystemTime::now)
    });
    let request = Request { accept: args.accept.clone(), source: args.source, now };
    let Some(dir) = &args.manifests else {
        return conclude(args, &explain_alone(&args.url, &request));
    };
    let manifests = match manifests::read(dir) {
        Ok(manifests) => manifests,
        Err(error) => return Ok(Exit::usage(&error)),
    };
    let volumes = VolumeFolders::new(dir, &args.volumes);
    let judged = judge::folder(manifests, &volumes);
    for finding in judged.findings.iter().filter(|finding| finding.severity == Severity::Error) {
        eprintln!("{finding}");
    }
    let (errors, _) = count(&judged.findings);
    if errors > 0 {
        eprintln!("{} in {}: the answer holds for the rest", counted(errors, "problem"), dir.display());
    }
    let bundle = judged.render()?;
    conclude(args, &explain(&bundle, &volumes, &args.url, &request))
}

fn conclude(args: &Explain, answer: &Answer) -> anyhow::Result<Exit> {
    print(&match args.output {
        Output::Json => format!("{}\n", serde_json::to_string_pretty(&answer)?),
        Output::Text => table::Table(&args.url, answer).to_string(),
    })?;
    Ok(if answer.error.is_none() { Exit::Fine } else { Exit::Problems })
}

/// Why a URL is refused.
enum Refusal {
    Url(UrlError),
    Unauthorized(Unauthorized),
}

impl From<UrlError> for Refusal {
    fn from(error: UrlError) -> Self {
        Self::Url(error)
    }
}

impl From<Refusal> for ErrorAnswer {
    fn from(refusal: Refusal) -> Self {
        match refusal {
            Refusal::Url(error) => error.into(),
            Refusal::Unauthorized(why) => why.into(),
        }
    }
}

/// Explains a URL to somebody who runs this bundle.
pub(crate) fn explain(bundle: &Bundle, volumes: &VolumeFolders, url: &str, request: &Request) -> Answer {
    let mut answer = Answer::default();
    if let Err(refusal) = fill(&mut answer, bundle, volumes, url, request) {
        answer.error.get_or_insert_with(|| refusal.into());
    }
    answer
}

/// Explains a transformation string, or a URL of an endpoint of which nothing is known but the defaults.
fn explain_alone(url: &str, request: &Request) -> Answer {
    let mut answer = Answer { signature: Some(Signature::ABSENT), ..Answer::default() };
    let outcome = alone(url).and_then(|(target, is_file)| {
        answer.resource = is_file.then(|| target.resource.clone());
        answer.transformation = target.transformation();
        let plan = Plan::parse(&target, &rules(&defaults()))?;
        let volumes = VolumeFolders::default();
        let name = if is_file { target.resource.as_str() } else { "" };
        let original = Original::find(std::iter::empty(), &volumes, name, request.source);
        steps(&mut answer, &plan, original, &defaults(), &request.accept)
    });
    if let Err(error) = outcome {
        answer.error = Some(error.into());
    }
    answer
}

/// The endpoint that a manifest without any setting gives.
fn defaults() -> EndpointConfig {
    EndpointConfig::new("default")
}

/// What a text is that names no endpoint: its target, and whether it names a file.
fn alone(url: &str) -> Result<(Target, bool), UrlError> {
    if let Some(text) = url.trim().strip_prefix("tr:") {
        let mut target = Target::parse("original", None)?;
        target.strings.push(Target::decode(text)?);
        return Ok((target, false));
    }
    let address = Address::parse(url);
    let path = address.path.trim_start_matches('/');
    // Behind a host the first segment is the account, as on a shared host.
    let rest = match (address.host.is_empty(), path.split_once('/')) {
        (false, Some((_, rest))) => rest,
        (false, None) | (true, _) => path,
    };
    Ok((Target::parse(rest, address.query)?, true))
}

/// Fills in what is known, stage by stage, so that an answer to a bad URL says as much as possible.
fn fill(
    answer: &mut Answer,
    bundle: &Bundle,
    volumes: &VolumeFolders,
    url: &str,
    request: &Request,
) -> Result<(), Refusal> {
    let address = Address::parse(url);
    // A path alone is meant for the host that all accounts share.
    let shared = bundle.data_plane.body.hosts.first().map_or("", String::as_str);
    let host = if address.host.is_empty() { shared } else { address.host };
    let route = router(bundle).route(host, address.path)?;
    let Some(endpoint) = bundle.endpoints.get(route.endpoint) else {
        // The router was made from this very list.
        return Ok(());
    };
    let config = &endpoint.body;
    answer.account = Some(config.account.clone());
    answer.endpoint = Some(endpoint.id.to_string());
    let origins: Vec<_> = config.media_library.iter().chain(&config.origins).collect();
    answer.origins = origins.iter().map(ToString::to_string).collect();
    let of = |id: &ObjectId| bundle.origins.iter().find(|origin| origin.id == *id);
    let places =
        origins.iter().filter_map(|id| Some(format!("{id}: {}", place(&of(id)?.body.kind, volumes))));
    answer.places = places.collect();

    let rewriter = rewriter(config);
    let (target, rewritten) = Target::rewritten(route.rest, address.query, rewriter.as_ref())?;
    answer.resource = Some(target.resource.clone());
    answer.transformation = target.transformation();
    answer.rewritten =
        rewritten.iter().flat_map(|rewritten| &rewritten.notes).map(ToString::to_string).collect();

    let keys = bundle.signing_keys.iter().find(|record| record.id == endpoint.id);
    let keys = keys.map(|record| signing_keys(config, &record.body)).unwrap_or_default();
    let judge = Judge { config, keys: &keys, now: request.now };
    answer.signature = Some(signature(&judge, &route, address.query));
    let permission = match judge.signature(&route, address.query, &target) {
        Ok(permission) => Some(permission),
        Err(why) => {
            // The rest is of interest all the same.
            answer.error = Some(why.into());
            None
        }
    };
    let named: NamedTransformations = named(config);
    let plan = Plan::parse_named(&target, &rules(config), &named)?;
    let kinds = origins.iter().filter_map(|id| {
        let origin = bundle.origins.iter().find(|origin| origin.id == **id)?;
        Some((&origin.id, &origin.body.kind))
    });
    let original = Original::find(kinds, volumes, &target.resource, request.source);
    let filled = steps(answer, &plan, original, config, &request.accept);
    if let Some(permission) = permission {
        let permission = judge.plan(permission, &target, &plan).map_err(Refusal::Unauthorized)?;
        if config.security.treat_all_as_private && !permission.opens_private() {
            filled.or(Err(Refusal::Unauthorized(Unauthorized::Private)))?;
            return Err(Refusal::Unauthorized(Unauthorized::Private));
        }
    }
    Ok(filled?)
}

fn signature(judge: &Judge<'_>, route: &Route<'_>, query: Option<&str>) -> Signature {
    let verification = verify(route, query, judge.keys, judge.clock());
    Signature { verdict: verification.verdict.word(), signed: verification.signed_text() }
}

/// Steps and output. What is right and not done yet is said once everything else is.
fn steps(
    answer: &mut Answer,
    plan: &Plan,
    original: Original,
    endpoint: &EndpointConfig,
    accept: &str,
) -> Result<(), UrlError> {
    answer.ignored = plan.ignored().to_vec();
    answer.warnings = plan.warnings().to_vec();
    if let Some(source) = original.source(endpoint) {
        // The server, too, names a missing feature before it looks at sizes.
        let resolved = plan.resolve(&source, &Hints::default());
        let resolved = resolved.or_else(|error| plan.check_supported().and(Err(error)))?;
        answer.steps = resolved.steps.iter().map(Step::sized).collect();
        answer.output = OutputAnswer::new(&resolved, &original, endpoint, accept);
        answer.warnings.clone_from(&resolved.warnings);
    } else {
        unsized_steps(answer, plan, &original, endpoint, accept);
    }
    answer.source = Some(original);
    plan.check_supported()
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
