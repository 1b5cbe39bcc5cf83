//! Where a long answer goes, piece by piece: standard output, the pager, or a file.

use std::{
    io::{self, Write},
    ops::ControlFlow,
    path::PathBuf,
};

use super::{Context, draft::Draft, failure::Failure, output, pager::Pager};
use crate::domain::text;

/// Where a document goes.
#[derive(Clone, Debug, clap::Args)]
pub struct Destination {
    /// The file to write, readable by you alone; standard output without it
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
    /// Replace the file if it is there
    #[arg(long)]
    force: bool,
}

impl Destination {
    /// The file; `-` is standard output too.
    fn file(&self) -> Option<&PathBuf> {
        self.output.as_ref().filter(|path| path.as_os_str() != "-")
    }

    /// Where it is written to.
    ///
    /// # Errors
    /// As [`Draft::begin`].
    pub fn open(&self) -> Result<Sink, Failure> {
        match self.file() {
            Some(path) => Ok(Sink::File(Box::new(Draft::begin(path, self.force)?))),
            None => Ok(Sink::Stdout),
        }
    }

    /// All of it was written: the file appears under its name, and a sentence says so, `advice` after it.
    ///
    /// # Errors
    /// As [`Draft::publish`].
    pub fn publish(&self, sink: Sink, advice: &str) -> Result<(), Failure> {
        sink.finish()?;
        if let Some(path) = self.file() {
            output::talk(&format!("goosetop: {} is written{advice}\n", text::path(path, None)));
        }
        Ok(())
    }
}

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
