//! Where a long answer goes, piece by piece: standard output, the pager, or a file.

use std::{
    io::{self, Write},
    ops::ControlFlow,
    path::Path,
};

use super::{Context, draft::Draft, failure::Failure, pager::Pager};

/// One of them.
pub enum Sink {
    /// Standard output.
    Stdout,
    /// The pager.
    Pager(Pager),
    /// A file.
    File(Box<Draft>),
}

impl Sink {
    /// Standard output, through the pager where a person reads it.
    pub fn paged(context: &Context, wanted: bool) -> Self {
        let pager = if wanted && context.out.terminal { Pager::start(&context.env) } else { None };
        pager.map_or(Self::Stdout, Self::Pager)
    }

    /// A file, or standard output where none is named (or `-`).
    ///
    /// # Errors
    /// As [`Draft::begin`].
    pub fn file(path: Option<&Path>, force: bool) -> Result<Self, Failure> {
        match path.filter(|path| path.as_os_str() != "-") {
            Some(path) => Ok(Self::File(Box::new(Draft::begin(path, force)?))),
            None => Ok(Self::Stdout),
        }
    }

    /// Adds to it. `Break` where nobody reads any more.
    ///
    /// # Errors
    /// What the operating system says.
    pub fn write(&mut self, data: &str) -> Result<ControlFlow<()>, Failure> {
        let written = match self {
            Self::File(draft) => return draft.write(data).map(ControlFlow::Continue),
            Self::Pager(pager) => pager.write(data),
            Self::Stdout => {
                let mut out = io::stdout().lock();
                out.write_all(data.as_bytes()).and_then(|()| out.flush())
            }
        };
        match written {
            Ok(()) => Ok(ControlFlow::Continue(())),
            Err(e) if e.kind() == io::ErrorKind::BrokenPipe => Ok(ControlFlow::Break(())),
            Err(e) => Err(e.into()),
        }
    }

    /// Everything was written.
    ///
    /// # Errors
    /// As [`Draft::publish`].
    pub fn finish(self) -> Result<(), Failure> {
        match self {
            Self::File(draft) => draft.publish(),
            Self::Stdout | Self::Pager(_) => Ok(()),
        }
    }
}
