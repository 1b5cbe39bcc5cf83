//! A run that is broken off says what it did: the first signal stops it in order, the second ends
//! the program at once.

use std::{
    io,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicI32, Ordering},
    },
};

use signal_hook::{
    consts::{SIGHUP, SIGINT, SIGTERM},
    flag,
    iterator::{Handle, Signals},
};

use crate::effects::Control;

const SIGNALS: [i32; 3] = [SIGINT, SIGTERM, SIGHUP];

/// Catches signals from its making on; for the rest of the program.
#[derive(Debug)]
pub struct Interrupt {
    control: Control,
    signal: Arc<AtomicI32>,
    handle: Handle,
}

impl Interrupt {
    /// Starts catching.
    ///
    /// # Errors
    /// What the operating system says.
    pub fn catch() -> io::Result<Self> {
        let again = Arc::new(AtomicBool::new(false));
        for signal in SIGNALS {
            // In this order: the first signal finds the flag down and puts it up.
            flag::register_conditional_shutdown(signal, 128 + signal, Arc::clone(&again))?;
            flag::register(signal, Arc::clone(&again))?;
        }
        let mut signals = Signals::new(SIGNALS)?;
        let handle = signals.handle();
        let (control, signal) = (Control::default(), Arc::new(AtomicI32::new(0)));
        let (stop, first) = (control.clone(), Arc::clone(&signal));
        std::thread::Builder::new().name("signals".into()).spawn(move || {
            for number in signals.forever() {
                first.store(number, Ordering::SeqCst);
                stop.stop();
            }
        })?;
        Ok(Self { control, signal, handle })
    }

    /// The way to the run.
    pub fn control(&self) -> &Control {
        &self.control
    }

    /// The signal that broke it off.
    pub fn signal(&self) -> Option<u8> {
        u8::try_from(self.signal.load(Ordering::SeqCst)).ok().filter(|number| *number > 0)
    }
}

impl Drop for Interrupt {
    fn drop(&mut self) {
        self.handle.close();
    }
}
