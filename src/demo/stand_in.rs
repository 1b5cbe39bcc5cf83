//! Being a stand-in: a real process that looks like goose, or like something goose started, and
//! does nothing. It sleeps until it is signalled, its world is cleared away, or its viewer ends.

use std::{
    fs::{File, OpenOptions},
    io::{self, BufRead, Read, Write},
    os::unix::process::CommandExt,
    process::{Child, Command, ExitCode, Stdio},
    sync::{Arc, atomic::AtomicBool},
    time::{Duration, Instant},
};

use super::{
    guard,
    os::wait_until,
    part::{ALIVE, Act, Input, Orders, Part, Place, VARIABLE},
};

/// How long a stand-in waits for those it started to be up.
const UP: Duration = Duration::from_secs(10);

/// The window over which a busy stand-in keeps to its share of a core.
const WINDOW: Duration = Duration::from_millis(100);

/// Acts, where this process was started to be a stand-in. To be called first in `main`, before
/// anything reads arguments: they are the stand-in's costume.
pub fn run_if_asked() -> Option<ExitCode> {
    let text = std::env::var(VARIABLE).ok()?;
    let done = serde_json::from_str(&text).map_err(io::Error::other).and_then(|orders| act(&orders));
    Some(match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("goosetop demo: a stand-in could not do its part: {error}");
            ExitCode::FAILURE
        }
    })
}

fn act(orders: &Orders) -> io::Result<()> {
    match &orders.act {
        Act::Play(part) => play(orders, part),
        Act::Guard => watch(orders),
        Act::Resume => Err(Command::new(&orders.program)
            .arg0("goose")
            .args(std::env::args_os().skip(1))
            .env(VARIABLE, orders.with(Act::Resumed).text()?)
            .exec()),
        Act::Resumed => talk(orders),
    }
}

/// Waits for the end of its standard input, which the viewer's end brings, however it ends.
fn watch(orders: &Orders) -> io::Result<()> {
    io::stdin().read_to_end(&mut Vec::new())?;
    guard::clear(&orders.root)
}

fn play(orders: &Orders, part: &Part) -> io::Result<()> {
    dress(part);
    let _open = part.opens.iter().map(|path| open(path)).collect::<io::Result<Vec<File>>>()?;
    if part.deaf {
        let heard = Arc::new(AtomicBool::new(false));
        signal_hook::flag::register(signal_hook::consts::SIGTERM, heard)?;
    }
    let mut children =
        part.children.iter().map(|p| orders.start(p, Stdio::null())).collect::<io::Result<Vec<Child>>>()?;
    if part.leaves {
        let wanted: Vec<u32> = children.iter().map(Child::id).collect();
        wait_until(UP, || {
            let up = guard::marks(&orders.book());
            wanted.iter().all(|pid| up.iter().any(|mark| mark.pid == *pid))
        });
    }
    let watch = Watch::new(orders, part);
    guard::sign_in(&orders.book())?;
    while !part.leaves && watch.goes_on() {
        children.retain_mut(|child| !matches!(child.try_wait(), Ok(Some(_))));
        watch.rest(&children);
    }
    Ok(())
}

/// Takes the place, the short name and the terminal that the part asks for.
fn dress(part: &Part) {
    if part.place == Place::Session {
        let _ = rustix::process::setsid();
    }
    if part.input == Input::Terminal {
        // The first terminal that a session leader opens becomes its controlling one.
        let _ = OpenOptions::new().read(true).write(true).open("/dev/stdin");
    }
    #[cfg(target_os = "linux")]
    {
        let name = part.argv.first().and_then(|name| std::ffi::CString::new(name.as_str()).ok());
        if let Some(name) = name {
            let _ = rustix::thread::set_name(&name);
        }
        if part.tied {
            let _ = rustix::process::set_parent_process_death_signal(Some(rustix::process::Signal::TERM));
        }
    }
}

/// The store is opened for reading, without SQLite; anything else is made.
fn open(path: &std::path::Path) -> io::Result<File> {
    if path.exists() {
        return File::open(path);
    }
    let mut file = OpenOptions::new().create(true).append(true).open(path)?;
    file.write_all(b"{\"model_config\":{\"model_name\":\"claude-sonnet-4-5\"},\"input\":{}}\n")?;
    Ok(file)
}

/// What a stand-in waits for.
struct Watch<'a> {
    orders: &'a Orders,
    alive: std::path::PathBuf,
    busy: Duration,
    #[cfg(target_os = "linux")]
    ends: Vec<rustix::fd::OwnedFd>,
}

impl<'a> Watch<'a> {
    fn new(orders: &'a Orders, part: &Part) -> Self {
        let alive = orders.book().join(ALIVE);
        Self {
            orders,
            busy: WINDOW * u32::from(part.busy.min(90)) / 100,
            #[cfg(target_os = "linux")]
            ends: ends(orders, &alive),
            alive,
        }
    }

    fn goes_on(&self) -> bool {
        self.alive.exists() && self.orders.viewer.is_alive()
    }

    /// Sleeps without using the processor at all (a tool must look idle), or uses its share of it.
    fn rest(&self, children: &[Child]) {
        if self.busy.is_zero() {
            return self.sleep(Duration::from_secs(30), children);
        }
        let until = Instant::now() + self.busy;
        while Instant::now() < until {
            std::hint::spin_loop();
        }
        self.sleep(WINDOW.saturating_sub(self.busy), children);
    }

    #[cfg(target_os = "linux")]
    fn sleep(&self, limit: Duration, children: &[Child]) {
        let marks = children.iter().filter_map(|child| super::os::Mark::of(child.id()));
        let held: Vec<_> = marks.filter_map(super::os::Held::new).collect();
        // One that ended while this was written is a zombie to be collected at once.
        let limit = if held.len() < children.len() { Duration::from_millis(20) } else { limit };
        let fds: Vec<_> = self.ends.iter().chain(held.iter().map(super::os::Held::fd)).collect();
        // Without the two that tell of the end, look more often.
        let limit = if self.ends.len() < 2 { limit.min(Duration::from_millis(300)) } else { limit };
        super::os::wait_readable(&fds, limit);
    }

    #[cfg(not(target_os = "linux"))]
    fn sleep(&self, limit: Duration, _children: &[Child]) {
        std::thread::sleep(limit.min(Duration::from_millis(300)));
    }
}

/// Readable once the viewer ends, and once the world's sign of life is removed.
#[cfg(target_os = "linux")]
fn ends(orders: &Orders, alive: &std::path::Path) -> Vec<rustix::fd::OwnedFd> {
    use rustix::fs::inotify::{CreateFlags, WatchFlags, add_watch, init};
    let viewer = i32::try_from(orders.viewer.pid).ok().and_then(rustix::process::Pid::from_raw);
    let viewer =
        viewer.and_then(|pid| rustix::process::pidfd_open(pid, rustix::process::PidfdFlags::empty()).ok());
    let removed = init(CreateFlags::CLOEXEC)
        .ok()
        .filter(|fd| add_watch(fd, alive, WatchFlags::DELETE_SELF | WatchFlags::MOVE_SELF).is_ok());
    viewer.into_iter().chain(removed).collect()
}

/// The goose that a resume starts: says what it is, and goes when told.
fn talk(orders: &Orders) -> io::Result<()> {
    guard::sign_in(&orders.book())?;
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let mut out = io::stdout().lock();
    writeln!(out, "\n  goose {} (a stand-in: this is goosetop's demo)", arguments.join(" "))?;
    writeln!(out, "  Here goose would go on with the session. Nothing you type is sent anywhere.")?;
    writeln!(out, "  /exit, an empty line or Ctrl-D brings you back to goosetop.\n")?;
    let mut said = String::new();
    loop {
        write!(out, "> ")?;
        out.flush()?;
        said.clear();
        let ended = io::stdin().lock().read_line(&mut said)? == 0;
        if ended || matches!(said.trim(), "" | "/exit" | "/quit") {
            return Ok(());
        }
        writeln!(out, "  (a model would answer here)")?;
    }
}
