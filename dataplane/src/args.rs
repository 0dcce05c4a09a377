//! Flags of the program. Every flag has an environment variable of the same name.

use std::{net::SocketAddr, path::PathBuf, time::Duration};

use clap::{Parser, ValueEnum};
use imgplane_dataplane::{JpegDecoder, Options, Shrink, Volumes};

/// The imgplane data plane: serves what the config folder says.
///
/// The folder is written by the operator (mounted as a volume) and followed while the program runs. SIGTERM and SIGINT
/// drain: unready at once, serving for the drain delay, then exit 0 when everything is answered.
#[derive(Debug, Parser)]
#[command(name = "imgplane-dataplane", version, after_help = EXAMPLES)]
pub(crate) struct Args {
    /// Folder with the config records.
    #[arg(long, env = "IMGPLANE_CONFIG_DIR", value_name = "DIR")]
    pub(crate) config_dir: PathBuf,
    /// Address of the delivery port.
    #[arg(long, env = "IMGPLANE_LISTEN", value_name = "ADDRESS", default_value = "0.0.0.0:8080")]
    listen: SocketAddr,
    /// Folder with tls.crt and tls.key: the delivery port speaks TLS. They are read again when they change. Default:
    /// no TLS.
    #[arg(long, env = "IMGPLANE_TLS_DIR", value_name = "DIR")]
    tls_dir: Option<PathBuf>,
    /// Address of the admin port: /livez /readyz /metrics /v1/report /v1/probe.
    #[arg(long, env = "IMGPLANE_ADMIN_LISTEN", value_name = "ADDRESS", default_value = "0.0.0.0:8081")]
    admin_listen: SocketAddr,
    /// How long to go on serving after SIGTERM while load balancers learn of it: 500ms, 5s, 1m.
    #[arg(long, env = "IMGPLANE_DRAIN_DELAY", value_name = "TIME", default_value = "5s", value_parser = duration)]
    drain_delay: Duration,
    /// Memory for originals and pictures in flight: 512Mi, 2Gi. Default: the DataPlane's setting, else 60 % of the
    /// container's limit.
    #[arg(long, env = "IMGPLANE_MEMORY_BUDGET", value_name = "SIZE", value_parser = size)]
    memory_budget: Option<u64>,
    /// DNS server to ask instead of the system's: 10.96.0.10:53.
    #[arg(long, env = "IMGPLANE_RESOLVER", value_name = "ADDRESS")]
    resolver: Option<SocketAddr>,
    /// Folder that holds one folder per mounted volume.
    #[arg(long, env = "IMGPLANE_VOLUMES_DIR", value_name = "DIR", default_value = "/volumes")]
    volumes_dir: PathBuf,
    /// File with the bearer token that /v1/* asks for. It is read again when it changes. Default: no token is needed.
    #[arg(long, env = "IMGPLANE_ADMIN_TOKEN_FILE", value_name = "FILE")]
    admin_token_file: Option<PathBuf>,
    /// Folder in which results are kept on disk, of this process alone. Needed where the DataPlane has cache.disk.
    #[arg(long, env = "IMGPLANE_CACHE_DIR", value_name = "DIR")]
    cache_dir: Option<PathBuf>,
    /// Folder with the mounted volumes of stores that all pods share: DIR/shared and DIR/originals. Needed where the
    /// DataPlane has cache.shared or originalsStore of type Volume.
    #[arg(long, env = "IMGPLANE_STORE_DIR", value_name = "DIR")]
    store_dir: Option<PathBuf>,
    /// Threads that transform. Default: the DataPlane's setting, else one per core.
    #[arg(long, env = "IMGPLANE_WORKERS", value_name = "COUNT", value_parser = clap::value_parser!(u16).range(1..))]
    workers: Option<u16>,
    /// How far decoders may scale down before resampling.
    #[arg(long, env = "IMGPLANE_SHRINK", value_enum, default_value = "margin")]
    shrink: ShrinkArg,
    /// Which decoders of JPEG are asked; the pictures are the same.
    #[arg(long, env = "IMGPLANE_JPEG_DECODER", value_enum, default_value = "auto")]
    jpeg_decoder: JpegDecoderArg,
    /// Effort of the WebP encoder, 0 (fast) to 6 (small).
    #[arg(long, env = "IMGPLANE_WEBP_METHOD", value_name = "0-6", default_value = "4", value_parser = clap::value_parser!(u8).range(0..=6))]
    webp_method: u8,
    /// Lets origins reach loopback addresses, for trying things out on one machine.
    #[arg(long, env = "IMGPLANE_ALLOW_LOOPBACK")]
    allow_loopback: bool,
    /// Form of the log on standard error.
    #[arg(long, env = "IMGPLANE_LOG_FORMAT", value_enum, default_value = "json")]
    pub(crate) log_format: LogFormat,
}

const EXAMPLES: &str = "Examples:
  imgplane-dataplane --config-dir /etc/imgplane
  imgplane-dataplane --config-dir ./config --listen 127.0.0.1:8080 --admin-listen 127.0.0.1:8081 \\
      --volumes-dir ./volumes --drain-delay 0s --log-format text

What is logged is chosen with RUST_LOG (default: info). Exit codes: 0 drained, 1 could not start or had to cut off
requests, 2 wrong flags.";

/// Form of the log.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum LogFormat {
    /// One JSON object per line.
    Json,
    /// Lines for people.
    Text,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum ShrinkArg {
    /// Not at all: the most work.
    Off,
    /// As long as at least 1.25 times the target is left; more where the result would show it.
    Margin,
    /// As far as possible: the faster one.
    Fast,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum JpegDecoderArg {
    /// imgplane's own where the picture becomes smaller, libjpeg-turbo for the rest.
    Auto,
    /// libjpeg-turbo alone.
    Turbo,
}

impl Args {
    /// The server's options.
    pub(crate) fn options(&self) -> Options {
        Options {
            listen: self.listen,
            admin_listen: self.admin_listen,
            drain_delay: self.drain_delay,
            memory_budget: self.memory_budget,
            resolver: self.resolver,
            allow_loopback: self.allow_loopback,
            volumes: Volumes { root: self.volumes_dir.clone(), named: std::collections::BTreeMap::new() },
            admin_token: None,
            admin_token_file: self.admin_token_file.clone(),
            tls_dir: self.tls_dir.clone(),
            cache_dir: self.cache_dir.clone(),
            store_dir: self.store_dir.clone(),
            purges_alone: false,
            start_page: None,
            workers: self.workers.map(usize::from),
            shrink: match self.shrink {
                ShrinkArg::Off => Shrink::Off,
                ShrinkArg::Margin => Shrink::Margin,
                ShrinkArg::Fast => Shrink::Fast,
            },
            jpeg_decoder: match self.jpeg_decoder {
                JpegDecoderArg::Auto => JpegDecoder::Auto,
                JpegDecoderArg::Turbo => JpegDecoder::Turbo,
            },
            webp_method: self.webp_method,
        }
    }
}

/// One number and one unit: `500ms`, `5s`, `1m`; `0` needs none.
fn duration(text: &str) -> Result<Duration, String> {
    let wrong = || format!("{text:?} is no time: write a number and ms, s or m, e.g. 5s");
    if text == "0" {
        return Ok(Duration::ZERO);
    }
    let (number, unit) = split(text).ok_or_else(wrong)?;
    match unit {
        "ms" => Ok(Duration::from_millis(number)),
        "s" => Ok(Duration::from_secs(number)),
        "m" => number.checked_mul(60).map(Duration::from_secs).ok_or_else(wrong),
        _ => Err(wrong()),
    }
}

/// One number and one binary unit: `512Mi`, `2Gi`; bytes need none.
fn size(text: &str) -> Result<u64, String> {
    let wrong = || format!("{text:?} is no size: write a number and Ki, Mi or Gi, e.g. 512Mi");
    let (number, unit) = split(text).ok_or_else(wrong)?;
    let factor: u64 = match unit {
        "" => 1,
        "Ki" => 1 << 10,
        "Mi" => 1 << 20,
        "Gi" => 1 << 30,
        _ => return Err(wrong()),
    };
    number.checked_mul(factor).filter(|&bytes| bytes > 0).ok_or_else(wrong)
}

fn split(text: &str) -> Option<(u64, &str)> {
    let unit = text.trim_start_matches(|c: char| c.is_ascii_digit());
    let number = text.strip_suffix(unit)?.parse().ok()?;
    Some((number, unit))
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    use super::*;

    #[test]
    fn times_and_sizes_have_one_number_and_one_unit() {
        assert_eq!(duration("500ms"), Ok(Duration::from_millis(500)));
        assert_eq!(duration("5s"), Ok(Duration::from_secs(5)));
        assert_eq!(duration("2m"), Ok(Duration::from_mins(2)));
        assert_eq!(duration("0"), Ok(Duration::ZERO));
        assert_eq!(size("512Mi"), Ok(512 << 20));
        assert_eq!(size("1073741824"), Ok(1 << 30));
        for wrong in ["5", "s", "-5s", "5 s", "5h", ""] {
            assert!(duration(wrong).is_err(), "{wrong}");
        }
        for wrong in ["0", "1.5Gi", "Mi", "5MB", "99999999999Gi", ""] {
            assert!(size(wrong).is_err(), "{wrong}");
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
