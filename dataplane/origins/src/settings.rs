//! What all origins of a pod share.

use std::{
    collections::BTreeMap,
    net::SocketAddr,
    path::{Component, Path, PathBuf},
};

use ipnet::IpNet;

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
    /// `User-Agent` of every request.
    pub user_agent: String,
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
    pub(crate) fn folder(&self, name: &str) -> Option<PathBuf> {
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
