//! Runs the hook, one call at a time, on a thread of its own.

use std::{
    ffi::OsString,
    io,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering::SeqCst},
        mpsc::{Receiver, SyncSender, TrySendError, sync_channel},
    },
};

use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};

use crate::{
    domain::text,
    effects::hook::Hook,
    wire::event::{Event, EventDto, HookFailedDto},
};

/// Calls that wait. More than this at once is a machine where everything changes: the events tell all of it.
const QUEUE: usize = 64;
/// Characters of a text in a variable; the whole of it is on the standard input.
const LONGEST: usize = 1000;

/// One call of the hook.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Call {
    /// The event's name.
    pub event: &'static str,
    /// The session it is about.
    pub session_id: Option<String>,
    /// Variables.
    pub variables: Vec<(&'static str, OsString)>,
    /// Its line of JSON.
    pub line: String,
}

impl Call {
    /// For this event.
    pub fn of(event: &EventDto, host: &str) -> Self {
        let mut variables = Vec::new();
        let mut put = |name, value: Option<&str>| {
            // Every name is set, so that nothing is taken from the environment we were started in.
            variables.push((name, OsString::from(text::cut(value.unwrap_or_default(), LONGEST))));
        };
        let (mut session_id, mut pid) = (None, None);
        let (mut name, mut what, mut from, mut health) = (None, None, None, None);
        let (mut reason, mut message) = (None, String::new());
        match &event.event {
            Event::Change(change) => {
                (session_id, pid) = (change.session_id.clone(), change.pid);
                name = Some(change.name.as_str());
                what = Some(change.what.as_str());
                from = change.from.as_deref();
                health = change.to.as_deref();
                reason = Some(change.because.as_str());
                message.clone_from(&change.message);
            }
            Event::Limit(limit) => {
                (session_id, pid) = (limit.session_id.clone(), Some(limit.pid));
                name = Some(limit.name.as_str());
                what = Some(limit.limit.as_str());
                reason = Some(limit.because.as_str());
                message = format!("pid {}: {}", limit.pid, limit.because);
            }
            Event::ActionFinished(done) => {
                let report = &done.report;
                what = Some(report.action.as_str());
                reason = report.reason.as_deref();
                let (closed, ended) = (report.sessions_closed, report.processes_terminated);
                let failed = report.failed;
                message = format!("{}: {closed} closed, {ended} ended, {failed} failed", report.action);
            }
            _ => {}
        }
        let pid = pid.map(|pid| pid.to_string());
        put("GOOSETOP_EVENT", Some(event.name()));
        put("GOOSETOP_HOST", Some(host));
        put("GOOSETOP_AT", Some(&event.at));
        put("GOOSETOP_MESSAGE", Some(&message));
        put("GOOSETOP_SESSION_ID", session_id.as_deref());
        put("GOOSETOP_PID", pid.as_deref());
        put("GOOSETOP_NAME", name);
        put("GOOSETOP_WHAT", what);
        put("GOOSETOP_FROM", from);
        put("GOOSETOP_HEALTH", health);
        put("GOOSETOP_REASON", reason);
        Self { event: event.name(), session_id, variables, line: event.line().unwrap_or_default() }
    }

    fn failed(&self, because: &str) -> HookFailedDto {
        let because = text::line(because).into_owned();
        HookFailedDto { hook_event: self.event.into(), session_id: self.session_id.clone(), because }
    }
}

/// The way to the thread.
#[derive(Debug)]
pub struct Hooks {
    calls: SyncSender<Call>,
    failed: UnboundedReceiver<Option<HookFailedDto>>,
    /// Calls whose end nobody has taken yet.
    open: usize,
    stop: Arc<AtomicBool>,
}

impl Hooks {
    /// Starts the thread. Fails only where the system gives none.
    pub fn start(hook: Hook) -> io::Result<Self> {
        let (calls, inbox) = sync_channel(QUEUE);
        let (tell, failed) = unbounded_channel();
        let stop = Arc::<AtomicBool>::default();
        let ending = Arc::clone(&stop);
        std::thread::Builder::new()
            .name("hooks".into())
            .spawn(move || work(&hook, &inbox, &tell, &ending))?;
        Ok(Self { calls, failed, open: 0, stop })
    }

    /// Runs it when those before are done.
    ///
    /// # Errors
    /// Too many wait.
    pub fn call(&mut self, call: Call) -> Result<(), HookFailedDto> {
        self.calls.try_send(call).map_err(|refused| match refused {
            TrySendError::Full(call) => call.failed(&format!("not run: {QUEUE} calls wait already")),
            TrySendError::Disconnected(call) => call.failed("not run: its thread is gone"),
        })?;
        self.open += 1;
        Ok(())
    }

    /// The next call that is over, and how it failed where it did.
    pub async fn over(&mut self) -> Option<Option<HookFailedDto>> {
        let over = self.failed.recv().await;
        // Without its thread no call will ever be over.
        self.open = if over.is_some() { self.open.saturating_sub(1) } else { 0 };
        over
    }

    /// A call runs or waits, or its end is still to be taken.
    pub fn is_busy(&self) -> bool {
        self.open > 0
    }

    /// Ends the one that runs, and runs none of those that wait.
    pub fn stop(&self) {
        self.stop.store(true, SeqCst);
    }
}

fn work(
    hook: &Hook,
    inbox: &Receiver<Call>,
    tell: &UnboundedSender<Option<HookFailedDto>>,
    stop: &AtomicBool,
) {
    while let Ok(call) = inbox.recv() {
        let outcome = if stop.load(SeqCst) {
            Err("not run: goosetop is ending".to_owned())
        } else {
            hook.run(&call.variables, call.line.as_bytes(), stop)
        };
        let _ = tell.send(outcome.err().map(|because| call.failed(&because)));
    }
}

#[cfg(all(test, unix))]
mod tests {
    use std::time::Duration;

    use super::*;

    #[tokio::test]
    async fn whoever_was_never_run_is_told_too_before_all_is_over() {
        let limit = Duration::from_secs(100);
        let mut hooks = Hooks::start(Hook { command: "sleep 100".into(), limit }).unwrap();
        let call = Call { event: "change", session_id: None, variables: Vec::new(), line: String::new() };
        (0..5).for_each(|_| hooks.call(call.clone()).unwrap());
        hooks.stop();
        let mut told = Vec::new();
        while hooks.is_busy() {
            told.extend(hooks.over().await.unwrap());
        }
        let not_run = told.iter().filter(|failed| failed.because == "not run: goosetop is ending").count();
        assert!(told.len() == 5 && not_run >= 4, "{told:#?}");
    }
}
