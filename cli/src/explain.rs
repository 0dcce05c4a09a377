//! `imgplane explain`: how a URL is routed and read, what each step makes of the picture, which origins would be
//! asked. Nothing is fetched.

mod address;
mod alone;
mod answer;
mod output;
mod source;
mod steps;
mod table;

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use imgplane_config::{Bundle, ObjectId};
use imgplane_dataplane::{Judge, Unauthorized, named, rewriter, rules, signing_keys};
use imgplane_urls::{EndpointAddress, NamedTransformations, Plan, Route, Router, Target, verify};

use crate::{
    args::{Explain, Output, SourceFact},
    exit::{Exit, print},
    finding::{Severity, count, counted},
    judge, manifests,
    place::place,
    volumes::VolumeFolders,
};

use address::{Address, is_loopback};
use alone::explain_alone;
pub(crate) use answer::Answer;
use answer::{ErrorAnswer, Signature, Unchanged};
use source::Original;
pub(crate) use source::format_of;
use steps::Question;

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

/// Explains a URL to somebody who runs this bundle.
pub(crate) fn explain(bundle: &Bundle, volumes: &VolumeFolders, url: &str, request: &Request) -> Answer {
    let mut answer = Answer::default();
    if let Err(error) = fill(&mut answer, bundle, volumes, url, request) {
        answer.error.get_or_insert(error);
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
) -> Result<(), ErrorAnswer> {
    let address = Address::parse(url);
    address.check_length()?;
    // A path alone is meant for the host that all accounts share.
    let shared = bundle.data_plane.body.hosts.first().map_or("", String::as_str);
    let host = if address.host.is_empty() { shared } else { address.host };
    let route = router(bundle, host).route(host, address.path)?;
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
    let question = Question { target: &target, plan: &plan, endpoint: config, accept: &request.accept };
    let filled = question.fill(answer, original);
    if let Some(permission) = permission {
        let permission = judge.plan(permission, &target, &plan)?;
        if config.security.treat_all_as_private && !permission.opens_private() {
            return Err(Unauthorized::Private.into());
        }
        if let Some(Unchanged { asked }) = answer.unchanged
            && config.security.treat_all_as_private
            && !permission.opens_private_original(asked)
        {
            return Err(Unauthorized::PrivateOriginal.into());
        }
    }
    filled
}

fn signature(judge: &Judge<'_>, route: &Route<'_>, query: Option<&str>) -> Signature {
    let verification = verify(route, query, judge.keys, judge.clock());
    Signature { verdict: verification.verdict.word(), signed: verification.signed_text() }
}

/// The router of a pod for a request to `host`. `imgplane dev` serves these manifests too, and there this machine's own
/// names are shared hosts.
fn router(bundle: &Bundle, host: &str) -> Router {
    let addresses = bundle.endpoints.iter().map(|endpoint| EndpointAddress {
        account: endpoint.body.account.clone(),
        prefix: endpoint.body.prefix.clone(),
        domains: endpoint.body.custom_domains.clone(),
    });
    let data_plane = &bundle.data_plane.body;
    let domains = data_plane.domains.iter().map(|domain| (domain.host.clone(), domain.account.clone()));
    let mut hosts = data_plane.hosts.clone();
    // Without any host every one is shared.
    if !hosts.is_empty() && is_loopback(host) {
        hosts.push(host.to_owned());
    }
    Router::new(addresses, &hosts, domains)
}
