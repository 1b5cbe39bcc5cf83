//! The real executor: a kernel, the stores, a clock, and the audit log around a run.

use std::{path::PathBuf, sync::Arc};

use super::{Control, Executor, Progress, Report, audit, kernel::Kernel, run::Run};
use crate::{clock::Clock, domain::plan::Plan};

/// What an executor needs to know besides the plan.
pub struct Settings {
    /// The stores in the order of the board, by real path: whose session an id in a variable is.
    pub stores: Vec<PathBuf>,
    /// Where every run is written down; `None` writes nothing.
    pub audit: Option<PathBuf>,
    /// Who is acting, for the audit log.
    pub who: audit::Who,
    /// Tells the time.
    pub clock: Arc<dyn Clock>,
}

/// Runs plans on this machine.
pub struct RealExecutor<K: Kernel> {
    kernel: K,
    settings: Settings,
}

/// The running system's kernel.
#[cfg(target_os = "linux")]
pub type SystemKernel = super::linux::LinuxKernel;
/// The running system's kernel.
#[cfg(all(unix, not(target_os = "linux")))]
pub type SystemKernel = super::portable::PortableKernel;

#[cfg(unix)]
impl RealExecutor<SystemKernel> {
    /// On the running system.
    pub fn system(settings: Settings) -> Self {
        Self::on(SystemKernel::system(), settings)
    }
}

impl<K: Kernel> RealExecutor<K> {
    /// On this kernel.
    pub fn on(kernel: K, settings: Settings) -> Self {
        Self { kernel, settings }
    }

    /// The kernel, with what it remembers.
    pub fn into_kernel(self) -> K {
        self.kernel
    }
}

impl<K: Kernel> Executor for RealExecutor<K> {
    fn run(&mut self, plan: &Plan, control: &Control, tell: &mut dyn FnMut(Progress)) -> Report {
        let Self { kernel, settings } = self;
        let clock = &settings.clock;
        let started_at = clock.now();
        let mut log =
            audit::Run::begin(settings.audit.as_deref(), &settings.who, &settings.stores, plan, started_at);
        let mut tell_and_log = |progress: Progress| {
            if let Progress::Done(step) = &progress {
                log.step(step, clock.now());
            }
            tell(progress);
        };
        let (steps, left, broken_off) = {
            let mut run = Run::new(kernel, plan, &settings.stores, control, &mut tell_and_log);
            let steps = run.go();
            (steps, std::mem::take(&mut run.left), run.broken_off)
        };
        let mut plan = plan.clone();
        plan.left_alone.extend(left);
        let mut report = Report {
            plan,
            dry_run: false,
            started_at,
            finished_at: clock.now(),
            steps,
            broken_off,
            audit_fault: None,
        };
        log.finish(&report);
        report.audit_fault = log.fault();
        report
    }
}
