//! A process and the evidence for what it is.

use serde::Serialize;

use super::{clean, tenth, time};
use crate::domain::{board::ProcView, link::Evidence};

/// One fact that ties a process to a session.
#[derive(Clone, Debug, Serialize)]
pub struct EvidenceDto {
    /// What kind of fact.
    pub kind: String,
    /// The fact in words.
    pub detail: String,
    /// `certain`, `likely`, `weak`.
    pub strength: String,
}

impl From<&Evidence> for EvidenceDto {
    fn from(evidence: &Evidence) -> Self {
        Self {
            kind: evidence.kind.to_string(),
            detail: clean(&evidence.detail),
            strength: evidence.strength.to_string(),
        }
    }
}

/// A process.
#[derive(Clone, Debug, Serialize)]
pub struct ProcessDto {
    /// Number.
    pub pid: u32,
    /// Parent's number.
    pub ppid: u32,
    /// When it started.
    pub started_at: String,
    /// What it is to its session.
    pub role: String,
    /// Its command line.
    pub command: String,
    /// The session it belongs to, or whose id it carries.
    pub session_id: Option<String>,
    /// Resident memory.
    pub rss_bytes: Option<u64>,
    /// Percent of one core over the last window.
    pub cpu_percent: Option<f64>,
    /// The scheduler's word.
    pub state: String,
    /// How it is known what it is.
    pub evidence: Vec<EvidenceDto>,
    /// Now minus its start.
    pub age_seconds: u64,
}

impl From<&ProcView> for ProcessDto {
    fn from(view: &ProcView) -> Self {
        let proc = &view.proc;
        let known = view.session.as_ref().map(|key| key.id.to_string());
        Self {
            pid: proc.id.pid,
            ppid: proc.ppid,
            started_at: time(proc.started_at),
            role: view.role.to_string(),
            command: proc.command(),
            session_id: known.or_else(|| view.stray_id.as_deref().map(clean)),
            rss_bytes: proc.rss_bytes,
            cpu_percent: proc.cpu.percent.map(tenth),
            state: proc.state.word().to_owned(),
            evidence: view.evidence.iter().map(EvidenceDto::from).collect(),
            age_seconds: view.age.as_secs(),
        }
    }
}
