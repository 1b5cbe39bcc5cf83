//! Ctrl-C, for verbs that read for long: the first one ends them in order, the second at once.

use std::{
    process::ExitCode,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
};

use signal_hook::{
    consts::{SIGINT, SIGTERM},
    flag,
};

use super::failure::{Failure, Kind};

/// Catches the signals from its making on; for the rest of the program.
#[derive(Clone, Debug, Default)]
pub struct Stop {
    asked: Arc<AtomicBool>,
    signal: Arc<AtomicUsize>,
}

impl Stop {
    /// Starts catching.
    ///
    /// # Errors
    /// What the operating system says.
    pub fn catch() -> Result<Self, Failure> {
        let stop = Self::default();
        stop.register()
            .map_err(|e| Failure::new(Kind::Internal, format!("signals cannot be caught: {e}"), ""))?;
        Ok(stop)
    }

    fn register(&self) -> std::io::Result<()> {
        for signal in [SIGINT, SIGTERM] {
            // In this order: the first signal finds the flag down and puts it up.
            flag::register_conditional_shutdown(signal, 128 + signal, Arc::clone(&self.asked))?;
            flag::register(signal, Arc::clone(&self.asked))?;
            flag::register_usize(signal, Arc::clone(&self.signal), signal as usize)?;
        }
        Ok(())
    }

    /// A signal came.
    pub fn is_asked(&self) -> bool {
        self.asked.load(Ordering::SeqCst)
    }

    /// For those who look at it themselves; they may put it up too.
    pub fn flag(&self) -> &AtomicBool {
        &self.asked
    }

    /// 128 and the signal's number, as a shell counts it; `otherwise` where none came.
    pub fn code(&self, otherwise: ExitCode) -> ExitCode {
        match u8::try_from(self.signal.load(Ordering::SeqCst)) {
            Ok(signal) if signal > 0 => ExitCode::from(128 + signal),
            _ => otherwise,
        }
    }
}
