//! Flags of the program.

use std::path::PathBuf;

use clap::{Parser, Subcommand};

/// Scenarios on a real cluster, and the client that they use inside it.
#[derive(Debug, Parser)]
#[command(name = "imgplane-e2e", version, after_help = EXAMPLES)]
pub(crate) struct Args {
    #[command(subcommand)]
    pub(crate) command: Command,
}

const EXAMPLES: &str = "Examples:
  imgplane-e2e run --core
  imgplane-e2e run rotated_secret
  KUBECONFIG=~/.kube/kind imgplane-e2e run --registry registry.example.com/imgplane --tag 1.2.3 --pull-policy IfNotPresent

Exit codes: 0 all passed, 101 a scenario failed, 1 could not begin, 2 wrong flags.";

/// What to do.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Runs the scenarios against the cluster of KUBECONFIG and writes target/e2e-results.json.
    Run(RunOptions),
    /// Asks for one URL and prints what came, as JSON. Meant for inside the cluster.
    Get(GetOptions),
    /// Asks for one URL again and again and prints how that went, as JSON. Meant for inside the cluster.
    Load(LoadOptions),
    /// Replaces a file and purges it again and again while it asks for it, and prints how that went, as JSON. Meant for
    /// inside the cluster, where the file is.
    Churn(ChurnOptions),
    /// Writes the pictures that the scenarios ask for into a folder.
    Pictures(PicturesOptions),
    /// Does nothing until SIGTERM: the client's pod.
    Hold,
}

/// Flags of `run`.
#[derive(Debug, Parser)]
#[expect(clippy::struct_excessive_bools, reason = "each is a flag of its own on the command line")]
pub(crate) struct RunOptions {
    /// Only the core scenarios, which every change has to pass.
    #[arg(long)]
    pub(crate) core: bool,
    /// Only the scenarios with Argo CD, which must run beside the cluster; without this flag they are left out.
    #[arg(long, conflicts_with = "core")]
    pub(crate) gitops: bool,
    /// Only the scenarios with metrics-server, which take 10 to 20 minutes; without this flag they are left out.
    #[arg(long, conflicts_with_all = ["core", "gitops"])]
    pub(crate) hpa: bool,
    /// Only the scenarios that go on for so many minutes, or for three where that is enough.
    #[arg(long, value_name = "MINUTES", conflicts_with_all = ["core", "gitops", "hpa"])]
    pub(crate) soak: Option<u64>,
    /// Leave the installation and the namespaces of a failed scenario for a look.
    #[arg(long)]
    pub(crate) keep: bool,
    /// Leave the installation at the end, for whoever removes the whole cluster.
    #[arg(long)]
    pub(crate) leave: bool,
    /// Registry and folder of the images operator, dataplane and e2e.
    #[arg(long, env = "IMGPLANE_E2E_REGISTRY", default_value = "docker.io/imgplane")]
    pub(crate) registry: String,
    /// Tag of the images.
    #[arg(long, env = "IMGPLANE_E2E_TAG", default_value = "dev")]
    pub(crate) tag: String,
    /// Pull policy of the images; Never for images that were handed to the node.
    #[arg(long, env = "IMGPLANE_E2E_PULL_POLICY", default_value = "Never")]
    pub(crate) pull_policy: String,
    /// The checkout with charts/ and examples/.
    #[arg(long, env = "IMGPLANE_E2E_REPOSITORY", default_value = ".")]
    pub(crate) repository: PathBuf,
    #[command(flatten)]
    pub(crate) tests: libtest_mimic::Arguments,
}

/// Flags of `get`.
#[derive(Debug, Parser)]
pub(crate) struct GetOptions {
    /// The URL.
    pub(crate) url: String,
    /// Header of the request, as `Name: value`; may be given several times.
    #[arg(long = "header", value_name = "HEADER")]
    pub(crate) headers: Vec<String>,
    /// Seconds until the request is given up.
    #[arg(long, default_value_t = 30)]
    pub(crate) timeout: u64,
    /// Ask again every 50 ms until the status is this one, or this many seconds have passed (see --within).
    #[arg(long, value_name = "STATUS")]
    pub(crate) until: Option<u16>,
    /// Seconds that --until waits.
    #[arg(long, default_value_t = 60)]
    pub(crate) within: u64,
    /// JSON is the only form; the flag says so.
    #[arg(long)]
    pub(crate) json: bool,
}

/// Flags of `load`.
#[derive(Debug, Parser)]
pub(crate) struct LoadOptions {
    /// The URL; `{n}` in it becomes 000 to 999, another number for each request.
    pub(crate) url: String,
    /// How long.
    #[arg(long, default_value_t = 10)]
    pub(crate) seconds: u64,
    /// End before, as soon as the standard input brings a line or ends.
    #[arg(long)]
    pub(crate) until_told: bool,
    /// Clients with a connection each, which they keep.
    #[arg(long, default_value_t = 2)]
    pub(crate) connections: u32,
    /// Clients that open a new connection for every request.
    #[arg(long, default_value_t = 2)]
    pub(crate) fresh: u32,
    /// Requests per second over all clients.
    #[arg(long, default_value_t = 40)]
    pub(crate) rate: u32,
    /// Ask again for this many seconds before a request counts as failed.
    #[arg(long, default_value_t = 0)]
    pub(crate) retry: u64,
    /// Begin also where the first request fails: for what is meant to fail.
    #[arg(long)]
    pub(crate) begin_failing: bool,
    /// Seconds until one try is given up.
    #[arg(long, default_value_t = 10)]
    pub(crate) timeout: u64,
}

/// Flags of `churn`.
#[derive(Debug, Parser)]
pub(crate) struct ChurnOptions {
    /// The file, which lies in the folder of a bucket.
    #[arg(long)]
    pub(crate) file: PathBuf,
    /// A URL that delivers it with its own width; may be given several times.
    #[arg(long = "url", value_name = "URL", required = true)]
    pub(crate) urls: Vec<String>,
    /// The URL that is purged.
    #[arg(long)]
    pub(crate) purge: String,
    /// Scheme, host and port of the server that is asked to purge.
    #[arg(long)]
    pub(crate) server: String,
    /// The key of the endpoint.
    #[arg(long)]
    pub(crate) key: String,
    /// How often the file is replaced and purged.
    #[arg(long, default_value_t = 20)]
    pub(crate) rounds: u32,
    /// Clients of the load.
    #[arg(long, default_value_t = 6)]
    pub(crate) connections: u32,
    /// Requests per second over all clients.
    #[arg(long, default_value_t = 60)]
    pub(crate) rate: u32,
}

/// Flags of `pictures`.
#[derive(Debug, Parser)]
pub(crate) struct PicturesOptions {
    /// Folder to write them into; it is made if need be.
    pub(crate) folder: PathBuf,
}
