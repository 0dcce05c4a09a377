//! What a server is started with. Everything else comes as config records and changes while it runs.

use std::{
    net::{Ipv4Addr, SocketAddr},
    path::PathBuf,
    time::Duration,
};

use imgplane_origins::Volumes;
use imgplane_pixels::{JpegDecoder, Shrink};

/// Start-up options of a [`crate::Server`].
///
/// The default is a server for this machine only: loopback, free ports, no drain delay, no token.
#[derive(Debug, Clone)]
pub struct Options {
    /// Address of the delivery port; port 0 takes a free one, see [`crate::Server::local_addr`].
    pub listen: SocketAddr,
    /// Address of the admin port; port 0 takes a free one, see [`crate::Server::admin_addr`].
    pub admin_listen: SocketAddr,
    /// How long to go on serving after the shutdown signal, while load balancers learn of it.
    pub drain_delay: Duration,
    /// Bytes that originals and pictures in flight may take. Wins over the DataPlane's own setting; absent in
    /// both: a share of the container's memory limit, see [`crate::default_memory_budget`].
    pub memory_budget: Option<u64>,
    /// DNS server to ask; absent: the system's configuration.
    pub resolver: Option<SocketAddr>,
    /// Lets origins reach loopback addresses: for `imgplane dev` and tests.
    pub allow_loopback: bool,
    /// Where the volumes of `Volume` origins are.
    pub volumes: Volumes,
    /// Bearer token that `/v1/*` of the admin port asks for; absent: none is needed.
    pub admin_token: Option<String>,
    /// File with that token, which wins; it is read again when it changes.
    pub admin_token_file: Option<PathBuf>,
    /// Folder with `tls.crt` and `tls.key`: the delivery port then speaks TLS, with HTTP/2 where the client offers it.
    /// They are read again when they change. Absent: no TLS.
    pub tls_dir: Option<PathBuf>,
    /// Folder of this server alone in which results are kept on disk, where the DataPlane wants that; absent: they are
    /// not.
    pub cache_dir: Option<PathBuf>,
    /// Folder with the volumes of stores that all pods share: `shared` and `originals`; absent: no such store is a volume.
    pub store_dir: Option<PathBuf>,
    /// Nobody else gives purges their numbers: what is purged through the API holds at once, and the config's list is not
    /// read. For `imgplane dev`.
    pub purges_alone: bool,
    /// Routes that are added to the admin server, e.g. a start page at `/`. They must not repeat its own.
    pub start_page: Option<axum::Router>,
    /// Threads that transform; absent: the DataPlane's `limits.maxConcurrency`, else one per core.
    pub workers: Option<usize>,
    /// How far decoders may scale down before resampling.
    pub shrink: Shrink,
    /// Which decoders of JPEG are asked.
    pub jpeg_decoder: JpegDecoder,
    /// Effort of the WebP encoder, 0 (fast) to 6 (small).
    pub webp_method: u8,
}

/// The usual compromise of libwebp: each step below it costs bytes, each above it time.
pub(crate) const WEBP_METHOD: u8 = 4;

impl Default for Options {
    fn default() -> Self {
        let free_port = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
        Self {
            listen: free_port,
            admin_listen: free_port,
            drain_delay: Duration::ZERO,
            memory_budget: None,
            resolver: None,
            allow_loopback: false,
            volumes: Volumes { root: PathBuf::from("/volumes"), named: std::collections::BTreeMap::new() },
            admin_token: None,
            admin_token_file: None,
            tls_dir: None,
            cache_dir: None,
            store_dir: None,
            purges_alone: false,
            start_page: None,
            workers: None,
            shrink: Shrink::Margin,
            jpeg_decoder: JpegDecoder::Auto,
            webp_method: WEBP_METHOD,
        }
    }
}
