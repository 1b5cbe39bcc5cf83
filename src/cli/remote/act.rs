//! Actions on a server: its plan is shown here, and that very plan is run there.

use std::{process::ExitCode, time::Duration};

use serde_json::{Value, json};

use super::{Body, Far, Said, encoded};
use crate::{
    cli::{
        actions::{Ask, Flags, confirm_possible, confirm_with, refuse_read_only},
        failure::{Failure, Kind},
        output,
    },
    client::Fault,
    domain::text,
};

/// Beyond the time that processes are given to end: for what waits there already, and for the network.
const BEYOND: Duration = Duration::from_secs(60);

/// How it went.
pub enum Done {
    /// There was nothing to do.
    Nothing(Said),
    /// It was shown, or done.
    Said(Said),
    /// The waiting was broken off; with this code the program ends.
    Left(ExitCode),
}

impl Done {
    /// Prints what is to be printed.
    ///
    /// # Errors
    /// Output that cannot be written.
    pub fn finish(self) -> Result<ExitCode, Failure> {
        match self {
            Self::Nothing(said) | Self::Said(said) => said.print(),
            Self::Left(code) => Ok(code),
        }
    }
}

/// Refuses what could never be done, before anything is asked.
///
/// # Errors
/// Read-only here; nobody to ask and no `--yes`; `--grace`.
pub fn prepare(far: &Far<'_>, flags: &Flags) -> Result<(), Failure> {
    refuse_read_only(far.context)?;
    if !flags.dry_run {
        confirm_possible(flags.yes, far.context.common.json)?;
    }
    match flags.grace {
        Some(_) => Err(far.cannot("--grace", "it gives its own")),
        None => Ok(()),
    }
}

/// Has it planned, shows the plan, asks, and has it run. `wish` is the body of `POST /api/plans` without
/// its reason.
///
/// # Errors
/// No plan, or no consent; a server that cannot be asked.
pub fn act(far: &Far<'_>, flags: &Flags, mut wish: Value, ask: Ask) -> Result<Done, Failure> {
    let form = far.form();
    if let Some(reason) = &flags.reason {
        wish["reason"] = json!(text::line(reason));
    }
    let shown = far.post("/api/plans".into(), wish.to_string(), form)?;
    let Some(id) = shown.plan.clone() else { return Ok(Done::Nothing(nothing(shown, flags.dry_run))) };
    if flags.dry_run {
        let body = match &shown.body {
            Body::Words(words) => Body::Words(format!("{words}Dry run: nothing was sent.\n")),
            Body::Json(document) => Body::Json(document["plan"].clone()),
        };
        return Ok(Done::Said(shown.with(body)));
    }
    if let Body::Words(words) = &shown.body {
        output::talk(words);
    }
    if !flags.yes {
        confirm_with(ask)?;
    }
    if !far.context.common.json {
        output::talk(&format!("goosetop: it runs on {}; the report follows\n", far.place()));
    }
    run(far, &id)
}

/// That there is nothing to do; only here it is known whether something would have been done.
fn nothing(mut said: Said, dry_run: bool) -> Said {
    if let Body::Json(document) = &mut said.body {
        document["dry_run"] = json!(dry_run);
    }
    said
}

fn run(far: &Far<'_>, id: &str) -> Result<Done, Failure> {
    // The server's own grace is not known; a second clean may follow the first.
    let patience = far.context.config().actions.grace.saturating_mul(2).saturating_add(BEYOND);
    let goes_on = "it may go on there; `goosetop audit` on that machine says what was done";
    match far.run(format!("/api/plans/{}/run", encoded(id)), patience) {
        Ok(Ok(said)) => Ok(Done::Said(said)),
        Ok(Err(failure)) if failure.kind == Kind::NotFound => {
            Err(Failure { hint: "nothing was done; give the command again".into(), ..failure })
        }
        Ok(Err(failure)) => Err(failure),
        Err(Fault::Interrupted(signal)) => {
            let what = format!("not waited for; the run goes on on {}", far.place());
            let hint = "`goosetop audit` on that machine says what was done";
            output::talk(&Failure::new(Kind::Unavailable, what, hint).render(far.context.common.json));
            Ok(Done::Left(ExitCode::from(128_u8.saturating_add(signal))))
        }
        Err(fault @ (Fault::Late(_) | Fault::TooLarge(_) | Fault::Broken(_))) => {
            Err(Failure { hint: goes_on.into(), retryable: false, ..far.trouble(&fault) })
        }
        Err(fault) => Err(far.trouble(&fault)),
    }
}
