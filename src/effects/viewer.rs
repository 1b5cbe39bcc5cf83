//! Who is acting: never signalled, and neither is anything above it.

use crate::domain::snapshot::Viewer;

/// goosetop itself and its ancestors, nearest first, for [`crate::domain::plan::Terms`].
#[cfg(target_os = "linux")]
pub fn terms_of_viewer() -> (Viewer, Vec<u32>) {
    use crate::procfs::{root::Root, stat};

    let viewer = viewer();
    let mut ancestors = Vec::new();
    let Ok(root) = Root::open(std::path::Path::new("/proc")) else { return (viewer, parent_only()) };
    let mut pid = viewer.pid;
    let mut buf = [0; stat::LONGEST];
    while let Ok(line) = root.read_small(pid, "stat", &mut buf) {
        let Some(parent) = stat::parse(line).map(|s| s.ppid).filter(|p| *p > 0) else { break };
        if ancestors.contains(&parent) {
            break;
        }
        ancestors.push(parent);
        pid = parent;
    }
    (viewer, ancestors)
}

/// goosetop itself and its parent; what is above is not known here.
#[cfg(not(target_os = "linux"))]
pub fn terms_of_viewer() -> (Viewer, Vec<u32>) {
    (viewer(), parent_only())
}

fn viewer() -> Viewer {
    #[cfg(unix)]
    let uid = rustix::process::getuid().as_raw();
    #[cfg(not(unix))]
    let uid = 0;
    Viewer { pid: std::process::id(), uid }
}

#[cfg(unix)]
fn parent_only() -> Vec<u32> {
    let parent = rustix::process::getppid().and_then(|p| u32::try_from(p.as_raw_nonzero().get()).ok());
    parent.into_iter().collect()
}

#[cfg(not(unix))]
fn parent_only() -> Vec<u32> {
    Vec::new()
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::*;

    #[test]
    fn the_chain_begins_with_the_parent() {
        let (viewer, ancestors) = terms_of_viewer();
        assert_eq!(viewer.pid, std::process::id());
        assert_eq!(ancestors.first(), parent_only().first());
    }
}
