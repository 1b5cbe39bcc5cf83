//! Which verb obeys which of the flags that choose sessions. What a verb does not obey it refuses: somebody
//! who typed a flag believes that it narrows what follows.

use super::{
    Common,
    failure::{Failure, Kind},
};

/// A flag that chooses sessions, and whether it was given.
type Flag = (&'static str, fn(&Common) -> bool);

/// The flags that choose sessions.
pub const FLAGS: [Flag; 6] = [
    ("--filter", |common| common.filter.is_some()),
    ("--project", |common| common.project.is_some()),
    ("--state", |common| !common.state.is_empty()),
    ("--limit", |common| common.limit.is_some()),
    ("--sort", |common| common.sort.is_some()),
    ("--all", |common| common.all),
];

/// The dashboard in this table, whatever verb leads to it.
pub const DASHBOARD: &str = "dashboard";

const EVERY: &[&str] = &["--filter", "--project", "--state", "--limit", "--sort", "--all"];
/// History is among what it reads, asked for or not.
const HISTORY: &[&str] = &["--all"];

/// Each verb with what it obeys. One that is not named here obeys nothing.
const OBEYED: [(&str, &[&str]); 14] = [
    // Without a terminal these two list; with one, the dashboard's own row holds.
    ("", EVERY),
    ("demo", EVERY),
    (DASHBOARD, &["--filter", "--all"]),
    ("list", EVERY),
    ("health-check", EVERY),
    ("search", &["--filter", "--project", "--state", "--limit", "--all"]),
    ("audit", &["--limit"]),
    ("insights", HISTORY),
    ("explain", HISTORY),
    ("show", HISTORY),
    ("export", HISTORY),
    ("bundle", HISTORY),
    ("resume", HISTORY),
    ("attach", HISTORY),
];

/// Verbs that end or delete something.
const ACTIONS: [&str; 6] =
    ["terminate", "close-all", "cleanup-project", "emergency-cleanup", "delete", "watch"];

/// A verb obeys a flag.
pub fn obeys(verb: &str, flag: &str) -> bool {
    OBEYED.iter().any(|(name, flags)| *name == verb && flags.contains(&flag))
}

/// Refuses what the verb does not obey.
///
/// # Errors
/// The first such flag.
pub fn refuse(verb: &str, common: &Common) -> Result<(), Failure> {
    let Some((flag, _)) = FLAGS.iter().find(|(flag, given)| given(common) && !obeys(verb, flag)) else {
        return Ok(());
    };
    if ACTIONS.contains(&verb) {
        let hint = match verb {
            "watch" => {
                "`watch` sees every session; its events and its hook say which and how it fares, and \
                 --auto-clean what it may end"
            }
            _ => "`terminate` takes ids, `cleanup-project` a project, `emergency-cleanup` a --scope",
        };
        let what = format!("{flag} chooses what is shown, and does not narrow an action");
        return Err(Failure::new(Kind::Usage, what, hint));
    }
    if verb == DASHBOARD {
        let hint = "--filter 'state:stuck project:web' narrows it; `goosetop list` takes every flag";
        return Err(Failure::new(Kind::Usage, format!("the dashboard does not obey {flag}"), hint));
    }
    let those = ["list", "health-check", "search", "audit"].into_iter().filter(|verb| obeys(verb, flag));
    let those: Vec<_> = those.map(|verb| format!("`{verb}`")).collect();
    let hint = format!("leave it out; it narrows {}", those.join(", "));
    Err(Failure::new(Kind::Usage, format!("`{verb}` does not obey {flag}"), hint))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn given(flag: &str) -> Common {
        let word = || Some("x".to_owned());
        match flag {
            "--filter" => Common { filter: word(), ..Common::default() },
            "--project" => Common { project: word(), ..Common::default() },
            "--state" => Common { state: vec![crate::domain::health::Health::Stuck], ..Common::default() },
            "--limit" => Common { limit: Some(1), ..Common::default() },
            "--sort" => Common { sort: Some(crate::domain::query::Sort::Name), ..Common::default() },
            _ => Common { all: true, ..Common::default() },
        }
    }

    #[test]
    fn every_verb_obeys_a_flag_or_refuses_it_by_name() {
        let mut table = String::new();
        let tree = crate::cli::command();
        let verbs: Vec<&str> = tree.get_subcommands().map(clap::Command::get_name).collect();
        for (name, _) in OBEYED.iter().filter(|(name, _)| !name.is_empty() && *name != DASHBOARD) {
            assert!(verbs.contains(name), "{name} is no verb");
        }
        for verb in ["", DASHBOARD].iter().chain(&verbs).filter(|verb| **verb != "help") {
            let kept: Vec<&str> = FLAGS.iter().map(|(flag, _)| *flag).filter(|f| obeys(verb, f)).collect();
            table += format!("{verb}: {}", kept.join(" ")).trim_end();
            table += "\n";
            for (flag, is_given) in FLAGS {
                let common = given(flag);
                assert!(is_given(&common), "{flag}");
                match refuse(verb, &common) {
                    Ok(()) => assert!(obeys(verb, flag)),
                    Err(failure) => {
                        assert!(!obeys(verb, flag));
                        assert_eq!(failure.kind.code(), 64);
                        assert!(failure.what.contains(flag), "{}", failure.what);
                    }
                }
            }
            assert!(refuse(verb, &Common::default()).is_ok());
        }
        insta::assert_snapshot!(table, @r"
        : --filter --project --state --limit --sort --all
        dashboard: --filter --all
        demo: --filter --project --state --limit --sort --all
        list: --filter --project --state --limit --sort --all
        health-check: --filter --project --state --limit --sort --all
        explain: --all
        show: --all
        search: --filter --project --state --limit --all
        export: --all
        bundle: --all
        insights: --all
        resume: --all
        attach: --all
        terminate:
        close-all:
        cleanup-project:
        emergency-cleanup:
        delete:
        watch:
        audit: --limit
        serve:
        doctor:
        config:
        completions:
        man:
        ");
    }
}
