//! A goose without a terminal: `goose run`, `acp`, `serve`.

use std::{
    env,
    path::PathBuf,
    process::{Child, ChildStdin, ChildStdout, ExitStatus},
};

use rustix::process::Signal;

use crate::{process::Proc, wait::until};

/// Where `.ci/run` installs goose, below the project's folder.
const INSTALLED: &str = "target/goose/node_modules/@aaif/goose-binary-linux-x64/bin/goose";

/// The goose to test with.
///
/// # Panics
/// With what to do, when there is none.
pub fn binary() -> PathBuf {
    let path = match env::var_os("GOOSETOP_TEST_GOOSE") {
        Some(named) => PathBuf::from(named),
        None => PathBuf::from(env!("CARGO_MANIFEST_DIR")).join(INSTALLED),
    };
    assert!(
        path.is_file(),
        "no goose at {}: install it with `npm install --prefix target/goose \
         @aaif/goose-binary-linux-x64@1.52.0`, or name one in GOOSETOP_TEST_GOOSE",
        path.display()
    );
    path
}

/// A child process of the test's. Dropping it ends it.
#[derive(Debug)]
pub struct Headless {
    child: Child,
    /// Who it is.
    pub proc: Proc,
}

impl Headless {
    /// Takes over a child that was just started.
    pub fn new(child: Child) -> Self {
        let proc = Proc::read(child.id()).expect("a child that was not waited for is in the table");
        Self { child, proc }
    }

    /// Its number.
    pub fn pid(&self) -> u32 {
        self.proc.pid
    }

    /// Signals it and collects it.
    pub fn end(&mut self, signal: Signal) -> ExitStatus {
        self.proc.signal(signal).expect("a living child can be signalled");
        self.wait()
    }

    /// Waits for its end.
    pub fn wait(&mut self) -> ExitStatus {
        let pid = self.pid();
        until(&format!("process {pid} ends"), || self.child.try_wait().expect("a child can be waited for"))
    }

    /// Its input and output, where they were piped.
    pub fn pipes(&mut self) -> Option<(ChildStdin, ChildStdout)> {
        Some((self.child.stdin.take()?, self.child.stdout.take()?))
    }
}

impl Drop for Headless {
    fn drop(&mut self) {
        let _gone = self.child.kill();
        let _collected = self.child.wait();
    }
}
