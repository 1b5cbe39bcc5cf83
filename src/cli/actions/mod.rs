//! Actions: look, plan, show, confirm, run, report.
//!
//! ```text
//!  fresh look ─► Board ─► Intent ─► plan ─┬─► --dry-run: the plan, on stdout
//!                                         └─► confirm ─► Executor ─► talk on stderr ─► report on stdout
//! ```
//!
//! Invariant: what was shown is the very value that is run; without a person who agrees, or `--yes`,
//! nothing is sent. One failure never stops the rest.
//!
//! To add an action: a verb's file beside this folder that makes an [`Intent`] and calls [`Actor::act`].

mod confirm;
mod interrupt;
mod progress;
mod words;

use std::{process::ExitCode, time::Duration};

pub use confirm::{Ask, Consent, ask as confirm_with, possible as confirm_possible};

pub use crate::wire::PARTLY;
pub use words::{plan as shown_plan, report as shown_report};

use super::{
    Context, blind,
    failure::{Failure, Kind},
    output::{self, age},
};
use crate::{
    clock::{Clock, SystemClock},
    config::keys,
    domain::{
        board::Board,
        plan::{Intent, Plan, Refusal, Terms, plan},
        text,
    },
    effects::{self, Report},
    wire::ReportDto,
    world::World,
};
use interrupt::Interrupt;

/// How often a pause looks whether it was broken off.
const TICK: Duration = Duration::from_millis(50);

/// Flags of every action.
#[derive(Clone, Debug, Default, clap::Args)]
#[command(next_help_heading = "Action options")]
pub struct Flags {
    /// Show exactly what would be done, and do nothing
    #[arg(long)]
    pub dry_run: bool,
    /// Do it without asking
    #[arg(short, long)]
    pub yes: bool,
    /// Why, for the report and the audit log
    #[arg(long, value_name = "TEXT")]
    pub reason: Option<String>,
    /// Time between asking a process to end (TERM) and ending it (KILL) (5s)
    #[arg(long, value_name = "DURATION")]
    pub grace: Option<String>,
}

/// A flag of actions that end sessions by class or name.
#[derive(Clone, Debug, Default, clap::Args)]
#[command(next_help_heading = "Action options")]
pub struct Bulk {
    /// End sessions too that wait for a person in a living terminal
    #[arg(long)]
    pub include_attached: bool,
}

/// A setting that a flag stands for: key, flag, value.
pub type Setting = (&'static str, &'static str, String);

impl Flags {
    /// What these flags say about the configuration.
    pub fn settings(&self, bulk: Option<&Bulk>) -> Vec<Setting> {
        let grace = self.grace.clone().map(|value| ("actions.grace", "--grace", value));
        let attached = bulk.is_some_and(|b| b.include_attached);
        let attached =
            attached.then(|| ("actions.include_attached", "--include-attached", "true".to_owned()));
        grace.into_iter().chain(attached).collect()
    }
}

/// Carries out what one command line asks for.
pub struct Actor<'a> {
    context: &'a Context,
    flags: &'a Flags,
    world: World,
    terms: Terms,
    interrupt: Option<Interrupt>,
}

impl<'a> Actor<'a> {
    /// Ready to look; refuses what could never be done.
    ///
    /// # Errors
    /// Read-only; nobody to ask and no `--yes`.
    pub fn new(context: &'a Context, flags: &'a Flags) -> Result<Self, Failure> {
        refuse_read_only(context)?;
        if !flags.dry_run {
            confirm::possible(flags.yes, context.common.json)?;
        }
        let reason = flags.reason.as_deref().map(|r| text::line(r).into_owned());
        let terms = World::terms(context.config(), reason);
        Ok(Self { context, flags, world: context.world(), terms, interrupt: None })
    }

    /// A fresh look at everything.
    pub fn look(&mut self) -> Board {
        let board = self.world.board(false);
        if !self.context.common.json {
            output::talk(&blind::talk(&board));
        }
        board
    }

    /// Plans, shows, asks and runs. Where nothing is to be done the report has no steps.
    ///
    /// # Errors
    /// No plan, or no consent.
    pub fn act(&mut self, intent: &Intent, board: &Board, ask: Consent) -> Result<Report, Failure> {
        let now = || SystemClock.now();
        let plan = match plan(intent, board, &self.terms) {
            Ok(plan) => plan,
            Err(Refusal::Nothing(left)) => {
                let empty = Plan::nothing(intent.clone(), board, &self.terms, left);
                return Ok(effects::nothing(empty, self.flags.dry_run, now()));
            }
            Err(refusal) => return Err(refused(&refusal)),
        };
        if self.flags.dry_run {
            return Ok(effects::dry_run(&plan, now()));
        }
        let json = self.context.common.json;
        if !json {
            output::talk(&words::plan(&self.context.out, &plan));
        }
        if let (Consent::Ask(ask), false) = (ask, self.flags.yes) {
            confirm::ask(ask)?;
        }
        let mut executor = World::executor(&self.context.env, board).ok_or_else(|| {
            let hint = "--dry-run shows the plan; end the processes by hand";
            Failure::new(Kind::Unavailable, "actions work on Linux only", hint)
        })?;
        let interrupt = self.interrupt()?;
        let mut tell = progress::teller(&plan, !json);
        Ok(executor.run(&plan, interrupt.control(), &mut tell))
    }

    /// Waits, unless broken off. True where the time is up.
    ///
    /// # Errors
    /// Signals that cannot be caught.
    pub fn pause(&mut self, span: Duration) -> Result<bool, Failure> {
        let interrupt = self.interrupt()?;
        let mut left = span;
        while !left.is_zero() && !interrupt.control().wants_stop() {
            std::thread::sleep(left.min(TICK));
            left = left.saturating_sub(TICK);
        }
        Ok(!interrupt.control().wants_stop())
    }

    /// Prints what was done and gives the exit code.
    ///
    /// # Errors
    /// Output that cannot be written.
    pub fn finish(&self, report: &Report, follow_up: Option<&Report>) -> Result<ExitCode, Failure> {
        let all = || std::iter::once(report).chain(follow_up);
        if self.context.common.json {
            output::write_json(&ReportDto::of(all()))?;
        } else {
            let parts: Vec<_> = all().map(|r| words::report(&self.context.out, r)).collect();
            output::write(&parts.join("\n"))?;
            for fault in all().filter_map(|r| r.audit_fault.as_deref()) {
                output::talk(&format!("goosetop: not in the audit log: {}\n", text::line(fault)));
            }
        }
        if let Some(signal) = self.interrupt.as_ref().and_then(Interrupt::signal) {
            return Ok(ExitCode::from(128_u8.saturating_add(signal)));
        }
        Ok(ExitCode::from(ReportDto::exit_code(all())))
    }

    /// From the first run on, signals break off in order.
    fn interrupt(&mut self) -> Result<&Interrupt, Failure> {
        if self.interrupt.is_none() {
            let caught = Interrupt::catch()
                .map_err(|e| Failure::new(Kind::Internal, format!("signals cannot be caught: {e}"), ""))?;
            self.interrupt = Some(caught);
        }
        self.interrupt.as_ref().ok_or_else(|| Failure::new(Kind::Internal, "signals cannot be caught", ""))
    }
}

/// Refuses where the configuration or a flag says read-only.
///
/// # Errors
/// Read-only.
pub fn refuse_read_only(context: &Context) -> Result<(), Failure> {
    if !context.config().actions.read_only {
        return Ok(());
    }
    let origin = keys::find("actions.read_only").map(|key| context.loaded.origin(key).to_string());
    let place = origin.map(|o| text::line(&o).into_owned()).unwrap_or_default();
    Err(Failure { place, ..refused(&Refusal::ReadOnly) })
}

fn refused(refusal: &Refusal) -> Failure {
    let (kind, hint) = match refusal {
        Refusal::ReadOnly => (Kind::ReadOnly, "actions.read_only is set; where it was set is named above"),
        Refusal::Gone(_) => (Kind::NotFound, "`goosetop list` shows what is here"),
        Refusal::Blind => (Kind::Unavailable, "`goosetop doctor` says why"),
        Refusal::Nothing(_) => (Kind::NotFound, ""),
    };
    Failure::new(kind, refusal.to_string(), hint)
}

/// A span of time in words, to the second where it is short.
fn span(duration: Duration) -> String {
    if duration < Duration::from_secs(1) { format!("{}ms", duration.as_millis()) } else { age(duration) }
}
