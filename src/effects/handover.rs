//! Handing the terminal to another program and taking it back.
//!
//! The child stays in our process group, so Ctrl-C and Ctrl-Z of the terminal reach it as they would
//! from a shell. While it has the terminal, INT and QUIT are its own, TERM and HUP are passed on, and
//! when it stops by itself we stop as well, or the shell would wait for a program nobody can continue.

use std::{
    ffi::{OsStr, OsString},
    io,
    path::PathBuf,
    process::{Command, ExitStatus},
};

use super::goose::EnvChange;

/// A program to run in this terminal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Handover {
    /// What.
    pub program: PathBuf,
    /// Its arguments.
    pub args: Vec<OsString>,
    /// Where.
    pub cwd: PathBuf,
    /// How its environment differs from ours.
    pub env: EnvChange,
    /// Good to know, cleaned.
    pub notes: Vec<String>,
    /// Worth a thought, cleaned.
    pub warnings: Vec<String>,
}

impl Handover {
    /// The same as a line for a shell, for copying.
    pub fn shell_line(&self) -> String {
        let mut words = vec![format!("cd {} &&", quoted(self.cwd.as_os_str()))];
        let gone =
            self.env.iter().filter(|(name, value)| value.is_none() && std::env::var_os(name).is_some());
        let gone: Vec<_> = gone.map(|(name, _)| format!("-u {name}")).collect();
        if !gone.is_empty() {
            words.push(format!("env {}", gone.join(" ")));
        }
        let set =
            self.env.iter().filter_map(|(name, value)| Some(format!("{name}={}", quoted(value.as_ref()?))));
        words.extend(set);
        words.push(quoted(self.program.as_os_str()));
        words.extend(self.args.iter().map(|arg| quoted(arg)));
        words.join(" ")
    }

    /// The same in a new window of the tmux that we run in. tmux's server starts it, which knows
    /// nothing of our environment, so env(1) carries what must differ.
    #[must_use]
    pub fn in_new_window(&self, tmux: PathBuf) -> Self {
        let mut args: Vec<OsString> = ["new-window", "-c"].map(OsString::from).into();
        args.push(self.cwd.clone().into());
        args.extend(["--", "env"].map(OsString::from));
        for (name, value) in &self.env {
            if value.is_none() {
                args.extend(["-u".into(), OsString::from(name)]);
            }
        }
        for (name, value) in &self.env {
            if let Some(value) = value {
                let mut pair = OsString::from(name);
                pair.push("=");
                pair.push(value);
                args.push(pair);
            }
        }
        args.push(self.program.clone().into());
        args.extend(self.args.iter().cloned());
        Self { program: tmux, args, env: Vec::new(), ..self.clone() }
    }

    /// Runs it and waits for its end.
    ///
    /// # Errors
    /// It cannot be started, or not be waited for.
    pub fn run(&self) -> io::Result<ExitStatus> {
        let mut command = Command::new(&self.program);
        command.args(&self.args).current_dir(&self.cwd);
        for (name, value) in &self.env {
            match value {
                Some(value) => command.env(name, value),
                None => command.env_remove(name),
            };
        }
        #[cfg(unix)]
        return super::lent::run(command);
        #[cfg(not(unix))]
        command.status()
    }
}

/// A word as a shell reads it; control characters are made visible, for such a line is shown.
pub fn quoted(word: &OsStr) -> String {
    let word = word.to_string_lossy();
    let word = crate::domain::text::line(&word);
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_./=:,@%+".contains(c);
    if !word.is_empty() && word.chars().all(plain) {
        return word.into_owned();
    }
    format!("'{}'", word.replace('\'', "'\\''"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_to_copy_survives_the_shell() {
        let handover = Handover {
            program: "goose".into(),
            args: ["session", "--session-id", "it's"].map(OsString::from).into(),
            cwd: "/my work".into(),
            env: vec![("GOOSETOP_TEST_UNSET_NOWHERE", None), ("GOOSE_PATH_ROOT", Some("/r".into()))],
            notes: Vec::new(),
            warnings: Vec::new(),
        };
        assert_eq!(
            handover.shell_line(),
            r"cd '/my work' && GOOSE_PATH_ROOT=/r goose session --session-id 'it'\''s'"
        );
        let window = handover.in_new_window("/bin/tmux".into());
        let words: Vec<_> = window.args.iter().map(|a| a.to_string_lossy()).collect();
        assert_eq!(
            words.join(" "),
            "new-window -c /my work -- env -u GOOSETOP_TEST_UNSET_NOWHERE GOOSE_PATH_ROOT=/r goose session --session-id it's"
        );
    }
}
