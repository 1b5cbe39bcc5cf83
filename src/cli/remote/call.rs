//! Whether a server is to be asked, which one, with what token, and what cannot be asked of it.

use std::path::Path;

use crate::{
    cli::{
        Common, Context,
        failure::{Failure, Kind},
    },
    client::{Place, Secret},
    config::{env::Env, paths},
    effects::token,
};

/// Names the server's machine where no flag does.
const HOST: &str = "SERVER_HOST";
/// Names its port.
const SERVER_PORT: &str = "SERVER_PORT";
/// Holds the token: other users read command lines, not environments.
const TOKEN: &str = "GOOSETOP_TOKEN";

/// A server that somebody named.
#[derive(Clone, Debug)]
pub struct Called {
    /// Where it is.
    pub place: Place,
    /// Who named it: `--server`, or variables.
    by: &'static str,
}

impl Called {
    /// A failure that lies with the server as such names the variables that led to it: other programs use
    /// them too, and somebody may not know that they are set.
    pub fn explain(&self, failure: Failure) -> Failure {
        if self.by == "--server" || failure.place.is_empty() {
            return failure;
        }
        let hint = format!("{}; to look at this machine instead, unset {}", failure.hint, self.by);
        Failure { hint: hint.trim_start_matches("; ").to_owned(), ..failure }
    }
}

/// The server that this command line asks. `verb` is named where it stays at home whatever is asked;
/// variables are for those that travel.
///
/// # Errors
/// Words that name no server; `--server` for a verb that stays at home.
pub fn called(common: &Common, env: &Env, travels: bool, verb: &str) -> Result<Option<Called>, Failure> {
    let wrong = |by: &str, (what, hint): (String, String)| Failure {
        place: by.into(),
        ..Failure::new(Kind::Usage, what, hint)
    };
    if let Some(word) = &common.server {
        let by = "--server";
        let place = Place::parse(word, paths::socket(env).as_deref()).map_err(|why| wrong(by, why))?;
        if travels {
            return Ok(Some(Called { place, by }));
        }
        let host = match &place {
            Place::Tcp { host, .. } if !place.is_near() => host,
            _ => "HOST",
        };
        let line = format!("ssh -t {host} goosetop {verb}");
        let hint = format!("run it on that machine: {}", line.trim_end());
        return Err(Failure::new(Kind::Usage, format!("{} does not ask a server", named(verb)), hint));
    }
    if !travels {
        return Ok(None);
    }
    let Some(by) = variables(env) else { return Ok(None) };
    let said = |name: &str| env.os(name).map(|word| word.to_string_lossy());
    let place = Place::of(&said(HOST).unwrap_or("127.0.0.1".into()), said(SERVER_PORT).as_deref());
    Ok(Some(Called { place: place.map_err(|why| wrong(by, why))?, by }))
}

/// The variables that name a server, where there are any.
fn variables(env: &Env) -> Option<&'static str> {
    match (env.os(HOST), env.os(SERVER_PORT)) {
        (None, None) => None,
        (Some(_), Some(_)) => Some("SERVER_HOST and SERVER_PORT"),
        (Some(_), None) => Some(HOST),
        (None, Some(_)) => Some(SERVER_PORT),
    }
}

/// What a person should know who has set the variables and gives a verb that they do not reach.
pub fn stays(env: &Env, verb: &str, does: &str) -> String {
    let Some(by) = variables(env) else { return String::new() };
    let (is, what) = (if by.contains(' ') { "are" } else { "is" }, named(verb));
    format!("goosetop: {by} {is} set, but {what} {does} this machine\n")
}

fn named(verb: &str) -> String {
    if verb.is_empty() { "the dashboard".into() } else { format!("`{verb}`") }
}

/// What a person should know before the answer: whom a variable leads to, and a token in the open.
pub fn remark(called: &Called, shows_token: bool) -> String {
    let whom =
        (called.by != "--server").then(|| format!("goosetop: asking {} ({})\n", called.place, called.by));
    let open = "goosetop: the token crosses the network as it is; `ssh -L` would hide it\n";
    let open = (shows_token && !called.place.is_near()).then(|| open.to_owned());
    whom.into_iter().chain(open).collect()
}

/// Refuses what a server decides for itself.
///
/// # Errors
/// The first such flag.
pub fn refuse(common: &Common, called: &Called) -> Result<(), Failure> {
    let set =
        common.set.iter().any(|pair| !pair.starts_with("ui.") && !pair.starts_with("actions.read_only"));
    let given = [
        ("--db", !common.db.is_empty(), "it reads its own stores"),
        ("--stuck-after", common.stuck_after.is_some(), "it has its own limits"),
        ("--orphaned-after", common.orphaned_after.is_some(), "it has its own limits"),
        ("--interval", common.interval.is_some(), "it looks at its own pace"),
        ("--set", set, "it has its own configuration"),
    ];
    match given.into_iter().find(|(_, given, _)| *given) {
        Some((flag, _, why)) => Err(cannot(flag, why, called)),
        None => Ok(()),
    }
}

/// A flag that means nothing to a server.
pub fn cannot(flag: &str, why: &str, called: &Called) -> Failure {
    let what = format!("{flag} cannot be asked of a server: {why}");
    let hint = if called.by == "--server" {
        format!("leave {flag} or --server out")
    } else {
        format!("leave {flag} out, or unset {}: that is why {} is asked", called.by, called.place)
    };
    Failure::new(Kind::Usage, what, hint)
}

/// What the server wants to see: the flag's file, the variable, this machine's own. This machine's own
/// token is shown to nobody but this machine.
pub fn token(context: &Context, place: &Place) -> Result<Option<Secret>, Failure> {
    if matches!(place, Place::Unix(_)) {
        return Ok(None);
    }
    if let Some(path) = &context.common.token_file {
        return read(path).map(Some);
    }
    if let Some(word) = context.env.os(TOKEN) {
        return secret(&word.to_string_lossy(), TOKEN).map(Some);
    }
    match paths::token_file(&context.env) {
        Some(path) if place.is_near() && path.exists() => read(&path).map(Some),
        _ => Ok(None),
    }
}

fn read(path: &Path) -> Result<Secret, Failure> {
    let word = token::read(path).map_err(|why| Failure::new(Kind::Unavailable, why, ""))?;
    secret(&word, &path.to_string_lossy())
}

fn secret(word: &str, from: &str) -> Result<Secret, Failure> {
    let hint = "`goosetop serve --print-token` prints it on the server's machine";
    let place = crate::domain::text::line(from).into_owned();
    Secret::new(word).map_err(|why| Failure { place, ..Failure::new(Kind::Usage, why, hint) })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked(server: Option<&str>, vars: &[(&str, &str)], travels: bool) -> Result<Option<String>, Failure> {
        let common = Common { server: server.map(str::to_owned), ..Common::default() };
        let env = Env::of(vars.iter().copied());
        called(&common, &env, travels, "resume").map(|called| called.map(|c| c.place.to_string()))
    }

    #[test]
    fn the_flag_wins_and_the_variables_fill_each_other_up() {
        for (server, vars, place) in [
            (None, &[][..], None),
            (None, &[("SERVER_HOST", "web-01")], Some("http://web-01:3285")),
            (None, &[("SERVER_PORT", "99")], Some("http://127.0.0.1:99")),
            (None, &[("SERVER_HOST", "::1"), ("SERVER_PORT", "9")], Some("http://[::1]:9")),
            (Some("/x/s"), &[("SERVER_HOST", "web-01")], Some("/x/s")),
        ] {
            assert_eq!(asked(server, vars, true).unwrap().as_deref(), place, "{server:?} {vars:?}");
        }
        assert_eq!(asked(None, &[("SERVER_PORT", "x")], true).unwrap_err().kind, Kind::Usage);
    }

    #[test]
    fn what_stays_at_home_says_so_to_the_flag_and_ignores_the_variables() {
        assert_eq!(asked(None, &[("SERVER_HOST", "web-01")], false).unwrap(), None);
        let refused = asked(Some("web-01"), &[], false).unwrap_err();
        assert!(refused.hint.contains("ssh -t web-01 goosetop resume"), "{refused:?}");
    }

    #[test]
    fn what_the_variables_do_not_reach_is_said() {
        let said = |vars: &[(&str, &str)], verb| stays(&Env::of(vars.iter().copied()), verb, "shows");
        assert_eq!(said(&[], "audit"), "");
        let port = said(&[("SERVER_PORT", "1")], "audit");
        assert_eq!(port, "goosetop: SERVER_PORT is set, but `audit` shows this machine\n");
        let both = said(&[("SERVER_PORT", "1"), ("SERVER_HOST", "a")], "");
        assert_eq!(
            both,
            "goosetop: SERVER_HOST and SERVER_PORT are set, but the dashboard shows this machine\n"
        );
    }

    #[test]
    fn a_token_in_the_open_is_remarked() {
        let far = Called { place: Place::parse("web-01", None).unwrap(), by: "--server" };
        assert!(remark(&far, true).contains("network") && remark(&far, false).is_empty());
        let near = Called { place: Place::parse("localhost", None).unwrap(), by: HOST };
        assert_eq!(remark(&near, true), "goosetop: asking http://localhost:3285 (SERVER_HOST)\n");
    }
}
