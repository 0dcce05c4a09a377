//! The command line: what can be typed, and what `--help` says of it.

use std::{net::SocketAddr, path::PathBuf};

use clap::{Args, Parser, Subcommand, ValueEnum};

const TOP: &str = "\
Exit codes:
  0  done, nothing wrong
  1  problems were found, the URL is refused, or the server could not run
  2  wrong usage, a folder that cannot be read, or a cluster that gives no answer

Examples:
  imgplane dev examples/demo
  imgplane check manifests
  imgplane explain http://127.0.0.1:8080/default/tr:w-300/cat.jpg --manifests examples/demo
  imgplane status -A
  imgplane diagnose -f origin.yaml

A link to this program with the name kubectl-imgplane, anywhere on the PATH, makes it `kubectl imgplane`.";

const DEV: &str = "\
DIR is read as `kubectl apply -R -f DIR` would read it, except DIR/volumes: the volume NAME of an Origin is the
folder DIR/volumes/NAME. A change of any file is served within a second. What is wrong is printed with file and
line, and the last good version of it goes on serving.

Origins may reach this machine itself (loopback), which pods in a cluster may not.

Exit codes:
  0  stopped by Ctrl-C or SIGTERM; running requests were finished
  1  the server could not start, e.g. because a port is taken
  2  wrong usage, or DIR cannot be read

Examples:
  imgplane dev examples/demo
  imgplane dev site --volume photos=/srv/photos
  imgplane dev site --listen 0.0.0.0:9000 --admin-listen 127.0.0.1:9001";

const CHECK: &str = "\
One line for each finding: FILE:LINE: KIND NAMESPACE/NAME: FIELD: MESSAGE
Objects that imgplane has no use for are noted on standard error.

With `-o json`: one array of {severity, file, line, column, kind, namespace, name, field, reason, message}.

Exit codes:
  0  nothing wrong; there may be warnings
  1  at least one problem
  2  wrong usage, or DIR cannot be read

Examples:
  imgplane check manifests
  imgplane check manifests -o json | jq -r '.[].message'";

const EXPLAIN: &str = "\
Nothing is fetched. Sizes need the size of the original: it is read from the header of the local file when a
Volume origin has it below DIR/volumes, or given with --source; without it steps show their parameters only.

Without --manifests there is no endpoint: URL is a transformation string that starts with tr:, or a URL, read with the
defaults of an endpoint. With a scheme its host and first segment are left out; without one it is all path. Signatures
are not judged.

With `-o json`: {account, endpoint, resource, rewritten: [TEXT], signature: {verdict, signed},
steps: [{params, in, out, notes, layers}], output: {width, height, format, quality}, ignored, warnings,
error: {code, message, character}, origins}. What is not known is null; a step without layers has none. The verdict is one of valid, invalid, expired,
absent and malformed; signed is the text that was signed, or would have been.

Exit codes:
  0  the URL would be served, if an origin has the file
  1  the URL would be refused; the answer says why
  2  wrong usage, or DIR cannot be read

Examples:
  imgplane explain http://127.0.0.1:8080/default/tr:w-300/cat.jpg --manifests examples/demo
  imgplane explain https://img.example.com/shop/a.jpg?tr=w-300 --manifests site --source 4000x3000
  imgplane explain /default/cat.jpg --manifests site --accept 'image/avif,image/webp' -o json
  imgplane explain 'tr:w-300,ar-4-3:rt-90' --source 1600x1200.jpg
  imgplane explain 'https://img.example.com/shop/a.jpg?ik-t=1700000300&ik-s=6dc0...' --manifests site --at 1700000299";

const SIGN: &str = "\
Everything behind the endpoint is signed as it stands in the URL, so it has to be percent-encoded before. Servers accept
the endpoint itself and its account; the default, the first segment, is the account of a shared host. On a domain of its
own give --endpoint, e.g. https://media.example.com. The key is that of the Secret which `security.signingKeys` names.

Exit codes:
  0  printed
  1  the URL cannot be signed as it is; the message says what to change
  2  wrong usage, or the key cannot be read

Examples:
  imgplane sign https://img.example.com/shop/tr:w-300/hat.jpg --key-file private.key
  imgplane sign 'https://img.example.com/shop/hat.jpg?tr=w-300' --key-file private.key --expires-in 3600
  imgplane sign https://media.example.com/hat.jpg --key-file - --endpoint https://media.example.com < private.key";

const PURGE: &str = "\
Asks the server that the URL names, and waits until every ready pod of its DataPlane has forgotten what it kept. All formats
of a URL go together. A * at the end covers every file whose path begins so: there must be two folders or names before it,
or 15 characters, or a file name with its extension. The key is one of those that `security.signingKeys` names; a
signature in the URL means nothing. To forget a whole endpoint, set the annotation imgplane.dev/purge on it.

Browsers, and a CDN in front, are not reached.

Exit codes:
  0  nobody serves it any more; with --wait 0, it is asked for
  1  it is refused, or not done in time
  2  wrong usage, the key cannot be read, or the server gives no answer

Examples:
  imgplane purge https://img.example.com/shop/tr:w-300/hat.jpg --key-file private.key
  imgplane purge 'https://img.example.com/shop/hat.jpg*' --key-file private.key
  imgplane purge https://img.example.com/shop/hat.jpg --resource --key-file private.key
  imgplane purge http://img.example.com/shop/hat.jpg --server http://127.0.0.1:8080 --key-file private.key";

const STATUS: &str = "\
One line for each Origin, UrlEndpoint and DataPlane: KIND NAMESPACE/NAME READY REASON MESSAGE. Ready sums up all
conditions of an object; `kubectl describe` shows each. Installed as `kubectl-imgplane`, this is `kubectl imgplane
status`.

With `-o json`: one array of {kind, namespace, name, ready, reason, message, conditions}.

Exit codes:
  0  everything is ready, or there is nothing
  1  at least one object is not ready
  2  wrong usage, or the cluster gives no answer

Examples:
  imgplane status
  imgplane status -A
  imgplane status -n shop -o json | jq -r '.[] | select(.ready != \"True\") | .message'";

const DIAGNOSE: &str = "\
Tries an Origin from this machine, step by step: resolve, guard, connect, tls, authenticate, read. Each step is
printed with its time and what it found, up to the first that fails, and then the message that `kubectl describe
origin` would show. Without --path a file is asked for that nobody has: its absence is the proof.

With `-f` everything is read from manifests. Without it the Origin, and the Secrets and ConfigMaps that it names, are
read from the cluster, with the rights of your kubeconfig; and what its pods say of it is printed too, for the network
of your machine is not theirs.

With `-o json`: {origin, type, verdict, code, reason, message, remedy, steps, pods}.

Exit codes:
  0  the origin can be reached
  1  it cannot, or it cannot be told
  2  wrong usage, a file that cannot be read, or a cluster that gives no answer

Examples:
  imgplane diagnose -f origin.yaml
  imgplane diagnose photos -f manifests --path products/hat.jpg
  imgplane diagnose photos -n shop";

const SIDECAR: &str = "\
Prints a kustomize component on standard output. It adds the data plane to every Deployment of the kustomization that
names it: an init container with `restartPolicy: Always`, its volumes, and the label by which the operator finds the
pods. The DataPlane has `mode: External` and lies in the namespace of the pods.

Exit codes:
  0  printed
  2  wrong usage

Examples:
  mkdir -p dataplane-sidecar
  imgplane sidecar --data-plane pages > dataplane-sidecar/kustomization.yaml
  imgplane sidecar --data-plane pages -n shop --port 8090 --admin-port 8091 > dataplane-sidecar/kustomization.yaml";

/// Image delivery for Kubernetes with ImageKit's URL language: serve, check and explain manifests without a cluster,
/// and see how they fare in one.
#[derive(Debug, Parser)]
#[command(name = "imgplane", version, after_help = TOP)]
pub(crate) struct Cli {
    /// What to do.
    #[command(subcommand)]
    pub(crate) command: Command,
}

/// The commands.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Serve a folder of manifests on this machine, and reload it on every change
    #[command(after_help = DEV)]
    Dev(Dev),
    /// Judge a folder of manifests as the cluster would
    #[command(after_help = CHECK)]
    Check(Check),
    /// Say how a URL is routed and read, without fetching anything
    #[command(after_help = EXPLAIN)]
    Explain(Explain),
    /// Sign a URL with a key, for endpoints that ask for it
    #[command(after_help = SIGN)]
    Sign(Sign),
    /// Make every server forget what it keeps of a URL
    #[command(after_help = PURGE)]
    Purge(Purge),
    /// Say of every object in a cluster whether it is ready, and why not
    #[command(after_help = STATUS)]
    Status(Status),
    /// Try an Origin step by step, and say what is wrong with it
    #[command(after_help = DIAGNOSE)]
    Diagnose(Diagnose),
    /// Print a kustomize component that adds the data plane to pods of your own
    #[command(after_help = SIDECAR)]
    Sidecar(Sidecar),
}

/// `imgplane dev`.
#[derive(Debug, Args)]
pub(crate) struct Dev {
    /// Folder of manifests
    pub(crate) dir: PathBuf,
    /// Address of the delivery port; port 0 takes a free one
    #[arg(long, env = "IMGPLANE_LISTEN", value_name = "ADDR:PORT", default_value = "127.0.0.1:8080")]
    pub(crate) listen: SocketAddr,
    /// Address of the admin port with the start page; port 0 takes a free one
    #[arg(long, env = "IMGPLANE_ADMIN_LISTEN", value_name = "ADDR:PORT", default_value = "127.0.0.1:8081")]
    pub(crate) admin_listen: SocketAddr,
    #[command(flatten)]
    pub(crate) volumes: Volumes,
    /// DNS server that origins' hosts are looked up at, instead of the system's
    #[arg(long, env = "IMGPLANE_RESOLVER", value_name = "ADDR[:PORT]", value_parser = resolver)]
    pub(crate) resolver: Option<SocketAddr>,
    /// Folder in which results are kept on disk, where a DataPlane has cache.disk; for DIR alone
    #[arg(long, env = "IMGPLANE_CACHE_DIR", value_name = "DIR")]
    pub(crate) cache_dir: Option<PathBuf>,
    /// Folder for the stores of type Volume of a DataPlane; makes DIR/shared and DIR/originals
    #[arg(long, env = "IMGPLANE_STORE_DIR", value_name = "DIR")]
    pub(crate) store_dir: Option<PathBuf>,
    /// Print no line for each request
    #[arg(long)]
    pub(crate) quiet: bool,
}

/// `imgplane check`.
#[derive(Debug, Args)]
pub(crate) struct Check {
    /// Folder of manifests
    pub(crate) dir: PathBuf,
    #[command(flatten)]
    pub(crate) volumes: Volumes,
    /// Form of the answer
    #[arg(short, long, value_enum, default_value_t = Output::Text)]
    pub(crate) output: Output,
}

/// `imgplane explain`.
#[derive(Debug, Args)]
pub(crate) struct Explain {
    /// The URL, its part from the path on, or a transformation string that starts with tr:
    pub(crate) url: String,
    /// Folder of manifests; without it the defaults of an endpoint hold
    #[arg(long, value_name = "DIR")]
    pub(crate) manifests: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) volumes: Volumes,
    /// Size of the original as stored, instead of what the local file says, and its format
    #[arg(long, value_name = "WIDTHxHEIGHT[.FORMAT]", value_parser = source)]
    pub(crate) source: Option<SourceFact>,
    /// Judge the signature as if it were this time, in Unix seconds, instead of now
    #[arg(long, value_name = "UNIX_SECONDS")]
    pub(crate) at: Option<u64>,
    /// The request's Accept header, for the output format
    #[arg(long, value_name = "TYPES", default_value = "*/*")]
    pub(crate) accept: String,
    /// Form of the answer
    #[arg(short, long, value_enum, default_value_t = Output::Text)]
    pub(crate) output: Output,
}

/// `imgplane sign`.
#[derive(Debug, Args)]
pub(crate) struct Sign {
    /// The URL, percent-encoded as it will be requested
    pub(crate) url: String,
    /// File with the key as text; `-` reads standard input
    #[arg(long, value_name = "FILE")]
    pub(crate) key_file: PathBuf,
    /// Start of the URL that is not signed, instead of scheme, host and first segment
    #[arg(long, value_name = "BASE")]
    pub(crate) endpoint: Option<String>,
    /// Seconds from now until which the URL is good, instead of for ever
    #[arg(long, value_name = "SECONDS", conflicts_with = "timestamp", value_parser = clap::value_parser!(u64).range(1..))]
    pub(crate) expires_in: Option<u64>,
    /// Last second in which the URL is good, as Unix time
    #[arg(long, value_name = "UNIX_SECONDS")]
    pub(crate) timestamp: Option<u64>,
}

/// `imgplane purge`.
#[derive(Debug, Args)]
pub(crate) struct Purge {
    /// The URL as it was requested, or with one * at its end
    pub(crate) url: String,
    /// File with a signing key of the URL endpoint; `-` reads standard input
    #[arg(long, value_name = "FILE")]
    pub(crate) key_file: PathBuf,
    /// Forget everything that was made of the file, not only what this URL asks for
    #[arg(long)]
    pub(crate) resource: bool,
    /// Where to ask, instead of the URL's own scheme and host
    #[arg(long, value_name = "URL")]
    pub(crate) server: Option<String>,
    /// Longest wait until nobody serves it any more, in seconds; 0 only asks for it
    #[arg(long, value_name = "SECONDS", default_value_t = 120)]
    pub(crate) wait: u64,
}

/// `imgplane status`.
#[derive(Debug, Args)]
pub(crate) struct Status {
    /// Look into all namespaces
    #[arg(short = 'A', long, conflicts_with = "namespace")]
    pub(crate) all_namespaces: bool,
    /// Namespace to look into, instead of the context's
    #[arg(short, long, value_name = "NAMESPACE")]
    pub(crate) namespace: Option<String>,
    /// Context of the kubeconfig, instead of its current one
    #[arg(long, value_name = "NAME")]
    pub(crate) context: Option<String>,
    /// Form of the answer
    #[arg(short, long, value_enum, default_value_t = Output::Text)]
    pub(crate) output: Output,
}

/// `imgplane diagnose`.
#[derive(Debug, Args)]
pub(crate) struct Diagnose {
    /// Name of the Origin; needed where the manifests hold several, and for a cluster
    #[arg(required_unless_present = "manifests")]
    pub(crate) origin: Option<String>,
    /// File or folder of manifests, instead of the cluster
    #[arg(short = 'f', long = "filename", value_name = "PATH", id = "manifests", conflicts_with = "context")]
    pub(crate) manifests: Option<PathBuf>,
    /// Path of a file that is there, as in a URL behind the endpoint
    #[arg(long, value_name = "PATH")]
    pub(crate) path: Option<String>,
    /// Namespace of the Origin
    #[arg(short, long, value_name = "NAMESPACE")]
    pub(crate) namespace: Option<String>,
    /// Context of the kubeconfig, instead of its current one
    #[arg(long, value_name = "NAME")]
    pub(crate) context: Option<String>,
    #[command(flatten)]
    pub(crate) volumes: Volumes,
    /// DNS server that the origin's host is looked up at, instead of the system's
    #[arg(long, env = "IMGPLANE_RESOLVER", value_name = "ADDR[:PORT]", value_parser = resolver)]
    pub(crate) resolver: Option<SocketAddr>,
    /// Form of the answer
    #[arg(short, long, value_enum, default_value_t = Output::Text)]
    pub(crate) output: Output,
}

/// `imgplane sidecar`.
#[derive(Debug, Args)]
pub(crate) struct Sidecar {
    /// Name of the DataPlane whose config the sidecar runs
    #[arg(long, value_name = "NAME", value_parser = label)]
    pub(crate) data_plane: String,
    /// Add it to Deployments of this namespace alone
    #[arg(short, long, value_name = "NAMESPACE", value_parser = label)]
    pub(crate) namespace: Option<String>,
    /// Image of the data plane
    #[arg(long, value_name = "IMAGE", default_value = crate::sidecar::IMAGE)]
    pub(crate) image: String,
    /// When the image is pulled; without it Kubernetes decides by the tag
    #[arg(long, value_name = "POLICY", value_parser = ["Always", "IfNotPresent", "Never"])]
    pub(crate) image_pull_policy: Option<String>,
    /// Port of the pod that pictures are served on
    #[arg(long, value_name = "PORT", default_value_t = 8080, value_parser = clap::value_parser!(u16).range(1..))]
    pub(crate) port: u16,
    /// Port of the pod for health, metrics and reports
    #[arg(long, value_name = "PORT", default_value_t = 8081, value_parser = clap::value_parser!(u16).range(1..))]
    pub(crate) admin_port: u16,
}

/// Where volumes are.
#[derive(Debug, Args)]
pub(crate) struct Volumes {
    /// Folder of a volume that does not lie in DIR/volumes; may be repeated
    #[arg(long = "volume", value_name = "NAME=PATH", value_parser = volume)]
    pub(crate) named: Vec<(String, PathBuf)>,
}

/// What the caller knows of the original.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct SourceFact {
    /// Width and height as stored.
    pub(crate) size: (u32, u32),
    /// Its format.
    pub(crate) format: Option<imgplane_pixels::Format>,
}

/// Form of an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Output {
    /// For people.
    Text,
    /// For programs.
    Json,
}

fn label(text: &str) -> Result<String, String> {
    /// Longest DNS label.
    const LONGEST: usize = 63;
    let inner = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    if text.is_empty()
        || text.len() > LONGEST
        || !text.chars().all(inner)
        || text.starts_with('-')
        || text.ends_with('-')
    {
        return Err("write a name of lower-case letters, digits and `-`, e.g. pages".to_owned());
    }
    Ok(text.to_owned())
}

fn volume(text: &str) -> Result<(String, PathBuf), String> {
    let (name, path) = text.split_once('=').ok_or("write it as NAME=PATH, e.g. photos=/srv/photos")?;
    if name.is_empty() || name.contains('/') || path.is_empty() {
        return Err("write it as NAME=PATH, e.g. photos=/srv/photos".to_owned());
    }
    Ok((name.to_owned(), PathBuf::from(path)))
}

fn source(text: &str) -> Result<SourceFact, String> {
    let (size, extension) = text.split_once('.').map_or((text, None), |(size, name)| (size, Some(name)));
    let size = size
        .split_once(['x', 'X'])
        .and_then(|(width, height)| Some((width.parse().ok()?, height.parse().ok()?)))
        .filter(|(width, height)| *width > 0 && *height > 0)
        .ok_or("write it as WIDTHxHEIGHT in pixels, e.g. 1600x1200 or 1600x1200.jpg")?;
    let format = match extension {
        None => None,
        Some(extension) => Some(crate::explain::format_of(extension).ok_or_else(|| {
            format!("{extension:?} is no format that is decoded: write jpg, png, webp, avif, gif, svg, tiff, bmp or ico")
        })?),
    };
    Ok(SourceFact { size, format })
}

fn resolver(text: &str) -> Result<SocketAddr, String> {
    /// Port of DNS.
    const PORT: u16 = 53;
    text.parse()
        .or_else(|_| text.parse().map(|address| SocketAddr::new(address, PORT)))
        .map_err(|_| "write it as ADDR or ADDR:PORT, e.g. 127.0.0.1:5353".to_owned())
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    #[test]
    fn the_command_line_is_consistent_and_every_command_has_examples_and_exit_codes() {
        Cli::command().debug_assert();
        for command in Cli::command().get_subcommands() {
            let help = command.get_after_help().unwrap().to_string();
            assert!(help.contains("Examples:") && help.contains("Exit codes:"), "{}", command.get_name());
        }
    }

    #[test]
    fn values_are_read_or_refused_with_an_example() {
        let size = (1600, 1200);
        assert_eq!(source("1600x1200"), Ok(SourceFact { size, format: None }));
        let format = Some(imgplane_pixels::Format::Jpeg);
        assert_eq!(source("1600x1200.JPG"), Ok(SourceFact { size, format }));
        assert_eq!(volume("a=/b=c"), Ok(("a".to_owned(), PathBuf::from("/b=c"))));
        assert_eq!(resolver("127.0.0.1"), Ok("127.0.0.1:53".parse().unwrap()));
        assert_eq!(resolver("[::1]:5353"), Ok("[::1]:5353".parse().unwrap()));
        for bad in ["", "1600", "0x5", "axb", "-1x2", "1600.jpg"] {
            assert!(source(bad).unwrap_err().contains("e.g."), "{bad}");
        }
        assert!(source("1600x1200.docx").unwrap_err().contains("jpg, png, webp"));
        for bad in ["", "a", "=b", "a=", "a/b=c"] {
            assert!(volume(bad).unwrap_err().contains("e.g."), "{bad}");
        }
        assert!(resolver("dns.example").is_err());
        assert_eq!(label("a-1"), Ok("a-1".to_owned()));
        for bad in ["", "A", "a.b", "-a", "a-", "a/b", "a\nb", &"a".repeat(64)] {
            assert!(label(bad).unwrap_err().contains("e.g."), "{bad}");
        }
    }
}
