//! What all origins of a pod share.

use std::{
    collections::BTreeMap,
    fmt,
    net::SocketAddr,
    path::{Component, Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use imgplane_config::ObjectId;
use ipnet::IpNet;

use crate::PodEnvironment;

/// Settings of a [`crate::Connector`].
#[derive(Debug, Clone)]
pub struct Settings {
    /// Lets origins reach loopback addresses; true only where a developer runs everything on one machine.
    pub allow_loopback: bool,
    /// Private addresses that origins may reach; empty means public addresses only.
    pub allowed_cidrs: Vec<IpNet>,
    /// Where mounted volumes are.
    pub volumes: Volumes,
    /// Name server to ask instead of the system's.
    pub resolver: Option<SocketAddr>,
    /// Proxy through which public addresses are reached, `http://HOST:PORT`.
    pub egress_proxy: Option<String>,
    /// What the pod's environment says of the identity that the cloud lends it.
    pub environment: PodEnvironment,
    /// Who is told how long requests waited for one of an origin's slots.
    pub waits: Waits,
    /// `User-Agent` of every request.
    pub user_agent: String,
}

/// Who is told how long requests waited for one of an origin's slots.
#[derive(Clone, Default)]
pub struct Waits(Option<Arc<Told>>);

type Told = dyn Fn(&ObjectId, Duration) + Send + Sync;

impl Waits {
    /// Tells `whom`.
    pub fn new(whom: impl Fn(&ObjectId, Duration) + Send + Sync + 'static) -> Self {
        Self(Some(Arc::new(whom)))
    }

    pub(crate) fn tell(&self, origin: &ObjectId, waited: Duration) {
        if let Some(whom) = &self.0 {
            whom(origin, waited);
        }
    }
}

impl fmt::Debug for Waits {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Waits(..)")
    }
}

/// Where mounted volumes are.
#[derive(Debug, Clone, Default)]
pub struct Volumes {
    /// The volume `NAME` is the folder `root/NAME`.
    pub root: PathBuf,
    /// Folders of volumes that lie elsewhere, by name; they win over `root`.
    pub named: BTreeMap<String, PathBuf>,
}

impl Volumes {
    /// The folder of a volume; `None` where the name could mean another folder than one directly below the root.
    pub fn folder(&self, name: &str) -> Option<PathBuf> {
        if let Some(folder) = self.named.get(name) {
            return Some(folder.clone());
        }
        let mut components = Path::new(name).components();
        match (components.next(), components.next()) {
            (Some(Component::Normal(only)), None) if only == name => Some(self.root.join(name)),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_volume_is_a_folder_directly_below_the_root_unless_it_is_named() {
        let named = BTreeMap::from([("photos".to_owned(), PathBuf::from("/srv/p"))]);
        let volumes = Volumes { root: "/volumes".into(), named };
        let cases = [
            ("photos", Some("/srv/p")),
            ("other", Some("/volumes/other")),
            ("..", None),
            ("a/b", None),
            ("/etc", None),
            ("other/", None),
            ("", None),
        ];
        for (name, expected) in cases {
            assert_eq!(volumes.folder(name), expected.map(PathBuf::from), "{name}");
        }
    }
}
