//! What Socket.IO clients are told: the shapes that existing JavaScript clients know, hence the case of
//! their names.
//!
//! ```text
//!  Report ──┬─► SessionCleanupDto (one for each session that was closed)
//!           └─► ProjectCleanupDto (one for all runs of a project's clean-up)
//! ```

use std::collections::BTreeSet;

use serde::Serialize;

use super::clean;
use crate::{
    domain::plan::{Closing, Intent},
    effects::Report,
};

/// `session_cleanup`: a session was closed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct SessionCleanupDto {
    /// Its id.
    pub session_id: String,
    /// goose's project; `null` where it has none.
    pub project_id: Option<String>,
    /// Always `cleaned_up`: what did not end is not told here.
    pub status: &'static str,
    /// The reason that was given, else the verb.
    pub reason: String,
}

impl SessionCleanupDto {
    /// A session that this run closed. `project` is what its store says.
    pub fn new(closed: &Closing, project: Option<&str>, report: &Report) -> Self {
        let reason = report.plan.reason.as_deref().unwrap_or(report.plan.intent.verb());
        Self {
            session_id: closed.key.id.to_string(),
            project_id: project.map(clean),
            status: "cleaned_up",
            reason: clean(reason),
        }
    }
}

/// `project_cleanup_completed`: nothing more follows for this project.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ProjectCleanupDto {
    /// As it was named in the request.
    pub project_id: String,
    /// How the project ended: `completed`, `failed`, `stopped`, `cancelled`, `emergency`.
    pub status: String,
    /// Sessions that were closed.
    pub cleaned_sessions_count: usize,
    /// Sessions that should have been and were not.
    pub failed_cleanup_count: usize,
}

impl ProjectCleanupDto {
    /// The clean-up and, where one followed, the second. `None` where it was no project's.
    pub fn new<'a>(reports: impl IntoIterator<Item = &'a Report>) -> Option<Self> {
        let (mut what, mut meant, mut closed) = (None, BTreeSet::new(), BTreeSet::new());
        for report in reports {
            if let Intent::CleanupProject { project, status } = &report.plan.intent {
                what = Some((clean(project), status.to_string()));
            }
            meant.extend(report.plan.sessions.iter().filter(|c| c.closes()).map(|c| c.key.clone()));
            closed.extend(report.closed().map(|c| c.key.clone()));
        }
        let (project_id, status) = what?;
        let failed_cleanup_count = meant.difference(&closed).count();
        Some(Self { project_id, status, cleaned_sessions_count: closed.len(), failed_cleanup_count })
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use chrono::{DateTime, Utc};

    use super::*;
    use crate::{
        domain::{
            board::ProcRole,
            plan::{Plan, ProjectStatus, Step},
            process::ProcId,
            session::{SessionId, SessionKey},
        },
        effects::{StepOutcome, StepReport},
    };

    fn key(id: &str) -> SessionKey {
        SessionKey { store: 0, id: SessionId::new(id) }
    }

    fn report(intent: Intent, sessions: &[(&str, StepOutcome)]) -> Report {
        let at = DateTime::<Utc>::UNIX_EPOCH;
        let closing = |&(id, _): &(&str, StepOutcome)| Closing {
            key: key(id),
            name: id.into(),
            sweep: true,
            owner_ends: true,
            driven_on: false,
        };
        let step = |(pid, &(id, outcome)): (usize, &(&str, StepOutcome))| StepReport {
            step: Step {
                id: ProcId { pid: pid as u32, start: 1 },
                uid: 1,
                started_at: at,
                command: "goose".into(),
                rss_bytes: None,
                session: Some(key(id)),
                role: ProcRole::Owner,
                evidence: Vec::new(),
                depth: 0,
            },
            signals: vec!["TERM"],
            outcome,
            detail: String::new(),
        };
        Report {
            plan: Plan {
                intent,
                made_at: at,
                reason: None,
                grace: Duration::ZERO,
                sessions: sessions.iter().map(closing).collect(),
                steps: Vec::new(),
                left_alone: Vec::new(),
                faults: Vec::new(),
                never: Vec::new(),
                protect: Vec::new(),
            },
            dry_run: false,
            started_at: at,
            finished_at: at,
            steps: sessions.iter().enumerate().map(step).collect(),
            broken_off: false,
            audit_fault: None,
        }
    }

    fn project() -> Intent {
        Intent::CleanupProject { project: "web".into(), status: ProjectStatus::Failed }
    }

    #[test]
    fn names_are_those_that_clients_know() {
        let report = report(Intent::CloseAll, &[("20261120_1", StepOutcome::Exited)]);
        let told: Vec<_> =
            report.closed().map(|c| SessionCleanupDto::new(c, Some("we\nb"), &report)).collect();
        assert_eq!(
            serde_json::to_string(&told).unwrap(),
            format!(
                r#"[{{"sessionId":"20261120_1","projectId":"{}","status":"cleaned_up","reason":"close-all"}}]"#,
                clean("we\nb")
            )
        );
        let done = report_of_both();
        assert_eq!(
            serde_json::to_string(&done).unwrap(),
            r#"{"projectId":"web","status":"failed","cleanedSessionsCount":2,"failedCleanupCount":1}"#
        );
    }

    fn report_of_both() -> ProjectCleanupDto {
        let (gone, stays) = (StepOutcome::Exited, StepOutcome::Unkillable);
        let first = report(project(), &[("a", gone), ("b", stays), ("c", stays)]);
        let second = report(project(), &[("b", gone), ("c", stays)]);
        ProjectCleanupDto::new([&first, &second]).unwrap()
    }

    #[test]
    fn what_never_ended_is_not_told_as_closed() {
        let report = report(Intent::CloseAll, &[("a", StepOutcome::NotSent)]);
        assert_eq!(report.closed().count(), 0);
        assert_eq!(ProjectCleanupDto::new([&report]), None, "no project's");
    }
}
