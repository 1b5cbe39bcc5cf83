//! The signals that are sent. No other file knows their names.

/// One of the four signals that a run sends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Signal {
    /// Asks it to end.
    Term,
    /// Lets it run on, so that a stopped process can obey TERM, or after a run was broken off.
    Cont,
    /// Freezes it, so that it starts nothing more while its tree is searched.
    Stop,
    /// Ends it.
    Kill,
}

impl Signal {
    /// The name in reports and in the audit log.
    pub fn name(self) -> &'static str {
        match self {
            Self::Term => "TERM",
            Self::Cont => "CONT",
            Self::Stop => "STOP",
            Self::Kill => "KILL",
        }
    }

    /// The system's number for it.
    #[cfg(unix)]
    pub(super) fn raw(self) -> rustix::process::Signal {
        match self {
            Self::Term => rustix::process::Signal::TERM,
            Self::Cont => rustix::process::Signal::CONT,
            Self::Stop => rustix::process::Signal::STOP,
            Self::Kill => rustix::process::Signal::KILL,
        }
    }
}
