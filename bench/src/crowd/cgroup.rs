//! A control group with a limit of memory, and a program in it that sees it as a container sees its own.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::{Context as _, Result, bail};

const ROOT: &str = "/sys/fs/cgroup";

/// Moves itself into the group `$1`, and mounts the file system of type `$2` with the options `$3` at `$4`, where from now
/// on that group is the root. The rest is the program.
const ENTER: &str = r#"
echo $$ > "$1/cgroup.procs" || exit 1
shift
exec unshare --mount --cgroup sh -c '
    mount -t tmpfs none /sys/fs/cgroup && mkdir -p "$3" && mount -t "$1" -o "$2" none "$3" || exit 1
    shift 3
    exec "$@"' sh "$@"
"#;

/// How the kernel calls things.
struct Names {
    file_system: &'static str,
    options: &'static str,
    limit: &'static str,
    /// Of memory and swap together in version 1, of swap alone in version 2.
    swap: &'static str,
    peak: &'static str,
    events: &'static str,
}

const VERSION_1: Names = Names {
    file_system: "cgroup",
    options: "memory",
    limit: "memory.limit_in_bytes",
    swap: "memory.memsw.limit_in_bytes",
    peak: "memory.max_usage_in_bytes",
    events: "memory.oom_control",
};

const VERSION_2: Names = Names {
    file_system: "cgroup2",
    options: "rw",
    limit: "memory.max",
    swap: "memory.swap.max",
    peak: "memory.peak",
    events: "memory.events",
};

/// The group, which is removed with this.
pub(crate) struct Cgroup {
    root: PathBuf,
    folder: PathBuf,
    names: &'static Names,
}

impl Cgroup {
    /// Makes a group that may hold so many bytes, without swap. Needs root.
    pub(crate) fn new(bytes: u64) -> Result<Self> {
        let root = PathBuf::from(ROOT);
        let (root, names, swap) = if root.join("cgroup.controllers").exists() {
            // Fails where it is turned on already, or cannot be; then the limit's file is missing below.
            let _ = fs::write(root.join("cgroup.subtree_control"), "+memory");
            (root, &VERSION_2, 0)
        } else {
            (root.join("memory"), &VERSION_1, bytes)
        };
        let folder = root.join(format!("imgplane-crowd-{}", std::process::id()));
        fs::create_dir(&folder).with_context(|| format!("{} needs root", folder.display()))?;
        let group = Self { root, folder, names };
        group.set(names.limit, bytes)?;
        // A kernel that counts no swap has no such file.
        if group.folder.join(names.swap).exists() {
            group.set(names.swap, swap)?;
        }
        Ok(group)
    }

    fn set(&self, name: &str, bytes: u64) -> Result<()> {
        let path = self.folder.join(name);
        fs::write(&path, bytes.to_string()).with_context(|| path.display().to_string())
    }

    /// Starts `program` in the group; its process id is that of the command.
    pub(crate) fn command(&self, program: &Path) -> Command {
        let mut command = Command::new("sh");
        command.args(["-c", ENTER, "sh"]).arg(&self.folder);
        command.args([self.names.file_system, self.names.options]).arg(&self.root).arg(program);
        command
    }

    /// How many processes the kernel has killed because the group was full.
    pub(crate) fn kills(&self) -> Result<u64> {
        let text = fs::read_to_string(self.folder.join(self.names.events))?;
        match text.lines().find_map(|line| line.strip_prefix("oom_kill ")) {
            Some(count) => Ok(count.trim().parse()?),
            None => bail!("{} has no oom_kill", self.names.events),
        }
    }

    /// The most that the group has held, files that the kernel keeps included, in MiB.
    pub(crate) fn peak_mib(&self) -> Result<u64> {
        let text = fs::read_to_string(self.folder.join(self.names.peak))?;
        Ok(text.trim().parse::<u64>()? >> 20)
    }
}

impl Drop for Cgroup {
    fn drop(&mut self) {
        // Fails as long as a process is in it; then the group stays behind, empty and harmless.
        let _ = fs::remove_dir(&self.folder);
    }
}
