//! Flags of the program. Every flag has an environment variable of the same name.

use std::net::SocketAddr;

use clap::{Parser, ValueEnum};
use imgplane_operator::Settings;

/// Image of managed pods: this release's data plane.
const DATA_PLANE_IMAGE: &str = concat!("docker.io/imgplane/dataplane:", env!("CARGO_PKG_VERSION"));

/// The imgplane operator: turns Origins, UrlEndpoints and DataPlanes into running, acknowledged pods.
///
/// It reaches the API server as its pod's ServiceAccount, or as the current context of KUBECONFIG says. Several replicas
/// may run: all of them watch, and the one that holds the Lease imgplane-operator writes.
#[derive(Debug, Parser)]
#[command(name = "imgplane-operator", version, after_help = EXAMPLES)]
pub(crate) struct Args {
    /// Namespace of the operator itself; its Lease lies there.
    #[arg(long, env = "IMGPLANE_NAMESPACE", value_name = "NAME", default_value = "imgplane-system", value_parser = namespace)]
    namespace: String,
    /// Name by which this replica holds the Lease, different for each: the pod's name. Default: a random one.
    #[arg(long, env = "IMGPLANE_IDENTITY", value_name = "NAME")]
    identity: Option<String>,
    /// Name of the Deployment that runs the operator: the Lease belongs to it and is removed with it. Default: the Lease
    /// belongs to nobody and stays.
    #[arg(long, env = "IMGPLANE_DEPLOYMENT", value_name = "NAME", value_parser = deployment)]
    deployment: Option<String>,
    /// Namespaces to watch besides its own, separated by commas. Default: all.
    #[arg(long, env = "IMGPLANE_WATCH_NAMESPACES", value_name = "NAMES", value_parser = namespaces)]
    watch_namespaces: Option<List>,
    /// Image of managed pods whose DataPlane names none.
    #[arg(long, env = "IMGPLANE_DATAPLANE_IMAGE", value_name = "IMAGE", default_value = DATA_PLANE_IMAGE)]
    dataplane_image: String,
    /// When nodes pull the image of managed pods.
    #[arg(long, env = "IMGPLANE_IMAGE_PULL_POLICY", value_enum, default_value = "IfNotPresent")]
    image_pull_policy: PullPolicy,
    /// Secrets that managed pods pull their image with, separated by commas; they lie in the DataPlane's namespace.
    #[arg(long, env = "IMGPLANE_IMAGE_PULL_SECRETS", value_name = "NAMES", value_parser = secrets)]
    image_pull_secrets: Option<List>,
    /// Namespaces whose pods may read managed pods' metrics besides the operator's own, separated by commas.
    #[arg(long, env = "IMGPLANE_SCRAPER_NAMESPACES", value_name = "NAMES", value_parser = namespaces)]
    scraper_namespaces: Option<List>,
    /// Address of the admin port: /livez /readyz /metrics.
    #[arg(long, env = "IMGPLANE_ADMIN_LISTEN", value_name = "ADDRESS", default_value = "0.0.0.0:8081")]
    admin_listen: SocketAddr,
    /// Form of the log on standard error.
    #[arg(long, env = "IMGPLANE_LOG_FORMAT", value_enum, default_value = "json")]
    pub(crate) log_format: LogFormat,
}

const EXAMPLES: &str = "Examples:
  imgplane-operator --namespace imgplane-system --identity \"$POD_NAME\"
  imgplane-operator --watch-namespaces shop,blog --log-format text

What is logged is chosen with RUST_LOG (default: info). Exit codes: 0 ended by SIGTERM or SIGINT, 1 could not start or
had to stop, 2 wrong flags.";

/// Form of the log.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum LogFormat {
    /// One JSON object per line.
    Json,
    /// Lines for people.
    Text,
}

/// `imagePullPolicy`, in Kubernetes' words.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
#[value(rename_all = "PascalCase")]
enum PullPolicy {
    Always,
    IfNotPresent,
    Never,
}

impl PullPolicy {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Always => "Always",
            Self::IfNotPresent => "IfNotPresent",
            Self::Never => "Never",
        }
    }
}

/// Names of one flag.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
struct List(Vec<String>);

impl Args {
    /// The operator's settings.
    pub(crate) fn settings(&self) -> Settings {
        let names = |list: &Option<List>| list.clone().unwrap_or_default().0;
        // An empty variable means the same as none.
        let identity = self.identity.clone().filter(|name| !name.trim().is_empty());
        Settings {
            namespace: self.namespace.clone(),
            identity: identity.unwrap_or_else(|| format!("imgplane-operator-{}", uuid::Uuid::new_v4())),
            deployment: self.deployment.clone().filter(|name| !name.is_empty()),
            watch_namespaces: names(&self.watch_namespaces),
            dataplane_image: self.dataplane_image.clone(),
            image_pull_policy: self.image_pull_policy.as_str().to_owned(),
            image_pull_secrets: names(&self.image_pull_secrets),
            scraper_namespaces: names(&self.scraper_namespaces),
            admin_listen: self.admin_listen,
        }
    }
}

fn namespaces(text: &str) -> Result<List, String> {
    list(text, namespace)
}

fn secrets(text: &str) -> Result<List, String> {
    list(text, secret)
}

/// Names between commas; spaces around them and empty places do not count, a name counts once.
fn list(text: &str, name: fn(&str) -> Result<String, String>) -> Result<List, String> {
    let names = text.split(',').map(str::trim).filter(|text| !text.is_empty());
    let mut names = names.map(name).collect::<Result<Vec<_>, _>>()?;
    names.sort_unstable();
    names.dedup();
    Ok(List(names))
}

/// A namespace's name: a DNS label.
fn namespace(text: &str) -> Result<String, String> {
    if is_name(text, 63, "-") {
        return Ok(text.to_owned());
    }
    Err(format!("{text:?} is no namespace: use lower-case letters, digits and hyphens"))
}

/// A Deployment's name, a DNS subdomain, or nothing.
fn deployment(text: &str) -> Result<String, String> {
    if text.is_empty() || is_name(text, 253, "-.") {
        return Ok(text.to_owned());
    }
    Err(format!("{text:?} is no name of a Deployment: use lower-case letters, digits, hyphens and dots"))
}

/// A Secret's name: a DNS subdomain.
fn secret(text: &str) -> Result<String, String> {
    if is_name(text, 253, "-.") {
        return Ok(text.to_owned());
    }
    Err(format!("{text:?} is no name of a Secret: use lower-case letters, digits, hyphens and dots"))
}

fn is_name(text: &str, longest: usize, inner: &str) -> bool {
    let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit();
    text.len() <= longest
        && text.starts_with(plain)
        && text.ends_with(plain)
        && text.chars().all(|c| plain(c) || inner.contains(c))
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    use super::*;

    fn settings(arguments: &[&str]) -> Settings {
        Args::try_parse_from(["imgplane-operator"].iter().chain(arguments)).unwrap().settings()
    }

    #[test]
    fn lists_hold_names_once_and_may_be_empty() {
        let found = settings(&[
            "--watch-namespaces",
            " shop, blog ,,shop",
            "--image-pull-secrets=",
            "--scraper-namespaces=a",
        ]);
        assert_eq!(found.watch_namespaces, ["blog", "shop"]);
        assert!(found.image_pull_secrets.is_empty());
        assert_eq!(found.scraper_namespaces, ["a"]);
        assert!(settings(&[]).watch_namespaces.is_empty());
    }

    #[test]
    fn names_that_cannot_exist_are_refused_with_what_is_right() {
        for (flag, value) in [
            ("--namespace", "Shop"),
            ("--namespace", ""),
            ("--watch-namespaces", "shop,blog.x"),
            ("--watch-namespaces", "-shop"),
            ("--image-pull-secrets", "my_secret"),
            ("--deployment", "Operator"),
            ("--image-pull-policy", "Sometimes"),
            ("--admin-listen", "8081"),
        ] {
            let error = Args::try_parse_from(["imgplane-operator", &format!("{flag}={value}")]).unwrap_err();
            assert!(error.to_string().contains(flag), "{flag} {value}: {error}");
        }
    }

    #[test]
    fn replicas_without_a_name_do_not_share_one() {
        assert_ne!(settings(&[]).identity, settings(&["--identity", " "]).identity);
        assert_eq!(settings(&["--identity", "pod-1"]).identity, "pod-1");
    }

    #[test]
    fn a_deployment_without_a_name_is_none() {
        assert_eq!(settings(&["--deployment="]).deployment, None);
        assert_eq!(
            settings(&["--deployment=imgplane-operator"]).deployment.as_deref(),
            Some("imgplane-operator")
        );
    }

    #[test]
    fn every_pull_policy_is_given_on_in_kubernetes_words() {
        for policy in ["Always", "IfNotPresent", "Never"] {
            assert_eq!(settings(&["--image-pull-policy", policy]).image_pull_policy, policy);
        }
    }

    #[test]
    fn every_flag_has_an_environment_variable_of_its_name() {
        for argument in Args::command().get_arguments() {
            let Some(flag) = argument.get_long().filter(|flag| !["help", "version"].contains(flag)) else {
                continue;
            };
            let expected = format!("IMGPLANE_{}", flag.replace('-', "_").to_uppercase());
            assert_eq!(argument.get_env().and_then(|name| name.to_str()), Some(expected.as_str()));
        }
    }
}
