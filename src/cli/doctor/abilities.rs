//! What the terminal can do beyond drawing: the mouse, the clipboard, and tmux between it and us.

use super::{Check, surroundings::ask};
use crate::{cli::Context, config::env::Env, domain::diff::Notify, domain::text};

/// All of it.
pub fn all(context: &Context) -> Vec<Check> {
    let env = &context.env;
    vec![mouse(context), clipboard(env), notify(context)]
}

fn is_bare(env: &Env) -> bool {
    matches!(env.text("TERM"), None | Some("linux" | "dumb" | "vt100" | "vt220"))
}

fn mouse(context: &Context) -> Check {
    let on = if context.config().ui.mouse { "on from the start" } else { "off; m turns it on" };
    if context.config().ui.mouse && is_bare(&context.env) {
        return Check::warn("mouse", "this terminal reports none", "use the keys: ? lists them");
    }
    Check::ok("mouse", on)
}

fn clipboard(env: &Env) -> Check {
    if env.os("TMUX").is_some() {
        return tmux();
    }
    if env.os("STY").is_some() {
        let todo = "GNU screen passes no clipboard on; use tmux, or select with the mouse";
        return Check::warn("clipboard", "inside GNU screen", todo);
    }
    if is_bare(env) {
        let todo = "this terminal has no clipboard; `goosetop list` prints ids to select";
        return Check::warn("clipboard", "none to copy to", todo);
    }
    Check::ok("clipboard", "by OSC 52, as far as the terminal allows it")
}

fn tmux() -> Check {
    let todo = "copying needs: tmux set -g set-clipboard on";
    match ask("tmux", &["show-options", "-gv", "set-clipboard"]).as_deref() {
        Some("on") => Check::ok("clipboard", "tmux takes it (set-clipboard on)"),
        Some(other) => {
            let other = text::cut(&text::line(other), 40);
            Check::warn("clipboard", format!("tmux does not take it (set-clipboard {other})"), todo)
        }
        None => Check::warn("clipboard", "inside tmux, which does not say whether it takes it", todo),
    }
}

fn notify(context: &Context) -> Check {
    let how = context.config().ui.notify;
    if how == Notify::Osc9 && context.env.os("TMUX").is_some() {
        let todo = "tmux passes no notification on: set ui.notify = \"bell\", and monitor-bell in tmux";
        return Check::warn("notify", "osc9, inside tmux", todo);
    }
    Check::ok("notify", <&str>::from(how))
}
