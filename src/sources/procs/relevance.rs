//! Which processes can matter: agents, carriers of a session id, everything below them, and
//! everything above those (whether a process leaked is read off its parents). Pure.

use crate::domain::{
    process::{Proc, ProcId},
    role,
};

/// What a process is by itself, before its relations are looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// An agent, a program of that name, or a carrier of a session id.
    Seed,
    /// A command that looks like an extension server; matters when it was left behind.
    Extension,
    /// Matters only through its relations.
    Other,
    /// A kernel thread: never matters.
    Kernel,
}

/// A process as far as relations go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Node {
    /// Number and start.
    pub id: ProcId,
    /// Parent's number.
    pub ppid: u32,
    /// What it is by itself.
    pub kind: Kind,
    /// Adopts processes whose parent died.
    pub reaper: bool,
}

/// What this process is by itself.
pub fn kind(name: &str, argv: &[String], marker: Option<&str>) -> Kind {
    let program = argv.first().map(|arg| role::base_name(arg)).unwrap_or_default();
    if marker.is_some() || [name, program].iter().any(|n| matches!(*n, "goose" | "goosed")) {
        return Kind::Seed;
    }
    if role::looks_like_extension(argv) { Kind::Extension } else { Kind::Other }
}

/// True for a process whose open files tell about sessions: an agent that can own one, or a
/// program called goose whose arguments do not say what it does.
pub fn tells_by_files(proc: &Proc) -> bool {
    if let Some(agent) = role::agent(&proc.argv) {
        return agent.role.can_own();
    }
    let program = proc.argv.first().map(|arg| role::base_name(arg)).unwrap_or_default();
    [proc.name.as_str(), program].iter().any(|n| matches!(*n, "goose" | "goosed"))
}

/// For each node whether it matters. `nodes` are in pid order, each pid once.
pub fn relevant(nodes: &[Node]) -> Vec<bool> {
    let above: Vec<Option<usize>> = nodes.iter().map(|node| parent(nodes, node)).collect();
    let mut matters: Vec<bool> =
        nodes.iter().zip(&above).map(|(node, parent)| starts(node, parent.map(|p| &nodes[p]))).collect();

    // Down: each node climbs until the answer is known, and leaves the answer on its way.
    let mut known: Vec<bool> = matters.clone();
    let mut path = Vec::new();
    for from in 0..nodes.len() {
        let mut at = Some(from);
        while let Some(i) = at.filter(|i| !known[*i]) {
            known[i] = true;
            path.push(i);
            at = above[i];
        }
        let answer = at.is_some_and(|i| matters[i]);
        for i in path.drain(..) {
            matters[i] = answer && nodes[i].kind != Kind::Kernel;
        }
    }

    // Up: everything above what matters.
    for from in 0..nodes.len() {
        if !matters[from] {
            continue;
        }
        let mut at = above[from];
        while let Some(i) = at.filter(|i| !matters[*i] && nodes[*i].kind != Kind::Kernel) {
            matters[i] = true;
            at = above[i];
        }
    }
    matters
}

fn starts(node: &Node, parent: Option<&Node>) -> bool {
    match node.kind {
        Kind::Seed => true,
        Kind::Extension => node.ppid <= 1 || parent.is_none_or(|p| p.reaper),
        Kind::Other | Kind::Kernel => false,
    }
}

/// The parent's place. A parent that started later than its child only has the number of one that
/// is gone.
fn parent(nodes: &[Node], child: &Node) -> Option<usize> {
    let at = nodes.binary_search_by_key(&child.ppid, |node| node.id.pid).ok()?;
    let parent = &nodes[at];
    (parent.id.start <= child.id.start && parent.id.pid != child.id.pid).then_some(at)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn node(pid: u32, parent: u32, kind: Kind) -> Node {
        let id = ProcId { pid, start: u64::from(pid) };
        Node { id, ppid: parent, kind, reaper: pid == 1 }
    }

    fn pids(nodes: &[Node]) -> Vec<u32> {
        nodes.iter().zip(relevant(nodes)).filter(|(_, yes)| *yes).map(|(n, _)| n.id.pid).collect()
    }

    fn words(line: &str) -> Vec<String> {
        line.split(' ').map(str::to_owned).collect()
    }

    #[test]
    fn ancestors_and_descendants_come_along_and_siblings_do_not() {
        let nodes = [
            node(1, 0, Kind::Other),
            node(2, 0, Kind::Kernel),
            node(10, 1, Kind::Other),
            node(11, 10, Kind::Seed),
            node(12, 11, Kind::Other),
            node(13, 12, Kind::Other),
            node(20, 10, Kind::Other),
            node(21, 2, Kind::Kernel),
        ];
        assert_eq!(pids(&nodes), [1, 10, 11, 12, 13]);
    }

    #[test]
    fn an_extension_matters_once_it_is_left_behind() {
        let nodes = [node(1, 0, Kind::Other), node(5, 1, Kind::Extension), node(6, 5, Kind::Other)];
        assert_eq!(pids(&nodes), [1, 5, 6]);
        let nodes = [node(1, 0, Kind::Other), node(5, 1, Kind::Other), node(6, 5, Kind::Extension)];
        assert_eq!(pids(&nodes), [0; 0]);
    }

    #[test]
    fn a_reused_number_is_no_parent() {
        let mut young = node(10, 1, Kind::Seed);
        young.id.start = 99;
        let nodes = [node(1, 0, Kind::Other), young, node(11, 10, Kind::Other)];
        assert_eq!(pids(&nodes), [1, 10]);
    }

    #[test]
    fn kinds_follow_names_arguments_and_marker() {
        assert_eq!(kind("goose", &words("/usr/bin/goose up"), None), Kind::Seed);
        assert_eq!(kind("MainThread", &words("/opt/goosed agent"), None), Kind::Seed);
        assert_eq!(kind("sleep", &words("sleep 1"), Some("20260101_1")), Kind::Seed);
        for line in ["npx -y @modelcontextprotocol/server-x", "uvx mcp-server-git", "python -m fastmcp run"] {
            assert_eq!(kind("x", &words(line), None), Kind::Extension, "{line}");
        }
        assert_eq!(kind("vim", &words("vim tmcpx.txt"), None), Kind::Other);
    }

    fn any_nodes() -> impl Strategy<Value = Vec<Node>> {
        let kinds =
            prop_oneof![Just(Kind::Seed), Just(Kind::Extension), Just(Kind::Other), Just(Kind::Kernel)];
        proptest::collection::btree_map(1..40_u32, (0..40_u32, 0..5_u64, kinds), 0..40).prop_map(|map| {
            map.into_iter()
                .map(|(pid, (ppid, start, kind))| Node {
                    id: ProcId { pid, start },
                    ppid,
                    kind,
                    reaper: pid == 1,
                })
                .collect()
        })
    }

    proptest! {
        #[test]
        fn the_answer_is_closed_under_parent_and_child(nodes in any_nodes()) {
            let seed = |n: &Node| n.kind == Kind::Seed;
            let yes = relevant(&nodes);
            for (i, node) in nodes.iter().enumerate() {
                prop_assert!(!(yes[i] && node.kind == Kind::Kernel));
                prop_assert!(yes[i] || !seed(node));
                if let Some(p) = parent(&nodes, node).filter(|p| nodes[*p].kind != Kind::Kernel) {
                    prop_assert!(!yes[i] || yes[p], "parent of {node:?} is missing");
                    prop_assert!(yes[i] || node.kind == Kind::Kernel || !seed(&nodes[p]));
                }
            }
        }
    }
}
