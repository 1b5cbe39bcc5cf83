//! `server_without_desktop`: Desktop's own server, whose Desktop is gone. Desktop starts one for a
//! window (`goose serve --platform desktop`, until 1.41 `goosed agent`) and should end it.

use crate::domain::{
    health::{
        Finding, Rule, Severity,
        case::{Case, finding},
    },
    process::Proc,
    role::AgentRole,
};

pub fn ask(case: &Case<'_>) -> Option<Finding> {
    let owner = case.owner?;
    (case.adopted && by_desktop(&owner.proc, owner.role))
        .then(|| about(&owner.proc).seen(case.owner_evidence()).from(case.last_activity))
}

pub fn looked(case: &Case<'_>) -> String {
    match case.owner.filter(|o| by_desktop(&o.proc, o.role)) {
        Some(owner) => format!("its Desktop is alive: process {}", owner.proc.ppid),
        None => "its owner is no server of Desktop's".into(),
    }
}

/// A server that Desktop started.
pub fn by_desktop(proc: &Proc, role: AgentRole) -> bool {
    match role {
        AgentRole::Agent => true,
        AgentRole::Serve => proc.argv.windows(2).any(|w| w[0] == "--platform" && w[1] == "desktop"),
        _ => false,
    }
}

/// The sentence.
pub fn about(proc: &Proc) -> Finding {
    let message = format!("Desktop's server {} lives on without its Desktop", proc.id.pid);
    finding(Rule::ServerWithoutDesktop, Severity::Orphaned, message)
        .seen([format!("its parent is process {}", proc.ppid)])
}
