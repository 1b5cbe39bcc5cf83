//! What a plan does in each case that could go wrong, and what every plan keeps.

pub(crate) mod build;
mod promises;

use super::*;
use crate::domain::{
    board::{Board, SessionView},
    health::Health,
    process::{OpenFiles, Terminal},
    session::SessionKind,
};
use build::{auto, board, pids, proc, session, terminate, terms};

fn why(left: &[LeftAlone], pid: u32) -> String {
    left.iter().find(|l| l.pid == Some(pid)).map(|l| l.why.clone()).unwrap_or_default()
}

fn server() -> Board {
    let sessions = vec![session(1, SessionKind::Acp), session(2, SessionKind::Acp)];
    board(
        sessions,
        vec![
            proc(100, 90, "goose acp", None),
            proc(101, 100, "bash -c make", Some(1)),
            proc(102, 101, "make", None),
            proc(103, 100, "bash -c test", Some(2)),
        ],
    )
}

#[test]
fn a_server_lives_when_one_of_its_sessions_ends() {
    let made = plan(&terminate(&[1], &[], false), &server(), &terms()).unwrap();
    assert_eq!(pids(&made), [101, 102]);
    assert_eq!(
        why(&made.left_alone, 100),
        "hosts 1 other session: --end-servers (S) ends it with all of them"
    );
    let closing = &made.sessions[0];
    assert_eq!((closing.owner_ends, closing.sweep), (false, false));
}

#[test]
fn a_server_that_ends_names_every_session() {
    let made = plan(&terminate(&[2], &[], true), &server(), &terms()).unwrap();
    assert_eq!(pids(&made), [100, 103, 101, 102]);
    let mut named: Vec<&str> = made.sessions.iter().map(|c| c.key.id.raw()).collect();
    named.sort_unstable();
    assert_eq!(named, ["s_1", "s_2"]);
    assert!(made.sessions.iter().all(|c| c.owner_ends && c.sweep));
    let all = plan(&Intent::CloseAll, &server(), &terms()).unwrap();
    assert!(pids(&all).contains(&100));
    // Chosen itself, it still hosts two.
    assert!(!pids(&plan(&terminate(&[], &[100], false), &server(), &terms()).unwrap()).contains(&100));
    assert_eq!(pids(&plan(&terminate(&[], &[100], true), &server(), &terms()).unwrap()).len(), 4);
}

#[test]
fn a_session_that_another_goose_drives_on_is_not_closed() {
    let mut attached = proc(200, 90, "goose session --resume --session-id s_1", None);
    attached.files =
        Some(OpenFiles { terminal: Terminal::Live("/dev/pts/3".into()), ..OpenFiles::default() });
    let run = proc(300, 1, "goose run --resume --session-id s_1", None);
    let world = board(vec![session(1, SessionKind::User)], vec![attached, run]);
    let made = plan(&Intent::CloseAll, &world, &terms()).unwrap();
    assert_eq!(pids(&made), [300]);
    assert_eq!(why(&made.left_alone, 200), "at a terminal (pts/3)");
    let closing = &made.sessions[0];
    assert_eq!((closing.owner_ends, closing.closes()), (true, false));
    let both = plan(&terminate(&[1], &[], false), &world, &terms()).unwrap();
    assert_eq!(pids(&both), [300, 200]);
    assert!(both.sessions[0].closes());
}

#[test]
fn bulk_leaves_the_attached_and_the_protected() {
    let mut attached = proc(200, 90, "goose session --resume --session-id s_2", None);
    attached.files =
        Some(OpenFiles { terminal: Terminal::Live("/dev/pts/3".into()), ..OpenFiles::default() });
    let world = || {
        board(
            vec![session(1, SessionKind::User), session(2, SessionKind::User)],
            vec![
                proc(100, 90, "goose run --resume --session-id s_1", None),
                proc(101, 100, "postgres -D x", Some(1)),
                proc(102, 101, "sh", Some(1)),
                proc(103, 100, "make", Some(1)),
                attached.clone(),
            ],
        )
    };
    let made = plan(&Intent::Emergency { scope: Scope::All }, &world(), &terms()).unwrap();
    assert_eq!(pids(&made), [100, 103]);
    assert_eq!(why(&made.left_alone, 200), "at a terminal (pts/3)");
    assert_eq!(why(&made.left_alone, 101), "protected (postgres)");
    assert_eq!(why(&made.left_alone, 102), "below 101, which is left alone");
    let told = Terms { include_attached: true, ..terms() };
    assert!(pids(&plan(&Intent::CloseAll, &world(), &told).unwrap()).contains(&200));
    // A person who names them means them.
    assert_eq!(pids(&plan(&terminate(&[1, 2], &[], false), &world(), &terms()).unwrap()).len(), 5);
}

#[test]
fn goosetop_below_an_agent_spares_what_it_stands_on() {
    let world = board(
        vec![session(1, SessionKind::User)],
        vec![
            proc(5, 4, "goose run --resume --session-id s_1", None),
            proc(6, 5, "bash -c goosetop", Some(1)),
            proc(7, 6, "goosetop", Some(1)),
            proc(8, 5, "make", Some(1)),
        ],
    );
    let made = plan(&terminate(&[1], &[], false), &world, &terms()).unwrap();
    assert_eq!(pids(&made), [8]);
    assert_eq!(why(&made.left_alone, 7), "goosetop itself");
    assert!(!made.sessions[0].sweep && !made.sessions[0].owner_ends);
}

#[test]
fn refusals_say_why() {
    let world = server();
    let all = Intent::CloseAll;
    assert_eq!(plan(&all, &world, &Terms { read_only: true, ..terms() }), Err(Refusal::ReadOnly));
    assert_eq!(plan(&all, &Board { procs_known: false, ..world.clone() }, &terms()), Err(Refusal::Blind));
    assert_eq!(plan(&terminate(&[9], &[], false), &world, &terms()), Err(Refusal::Gone("s_9".into())));
    let stranger = plan(&terminate(&[], &[999], false), &world, &terms());
    assert_eq!(stranger, Err(Refusal::Gone("process 999".into())));
    let nobody = board(vec![session(1, SessionKind::User)], Vec::new());
    assert_eq!(plan(&all, &nobody, &terms()), Err(Refusal::Nothing(Vec::new())));
    let Err(Refusal::Nothing(left)) = plan(&terminate(&[1], &[], false), &nobody, &terms()) else { panic!() };
    assert_eq!(left[0].why, "no goose drives it");
    let project =
        |project: &str| Intent::CleanupProject { project: project.into(), status: ProjectStatus::Completed };
    let said = |word: &str| match plan(&project(word), &nobody, &terms()) {
        Err(Refusal::Nothing(left)) => left.into_iter().map(|l| l.why).collect::<Vec<_>>().join("; "),
        other => panic!("{other:?}"),
    };
    assert_eq!(said(""), "an empty word names no project");
    assert_eq!(said("/"), "every directory is below this one, so it names no project");
    assert_eq!(said("nosuch"), "no session belongs to project `nosuch`");
    assert_eq!(said("/src"), "", "it is a project, and clean");
}

#[test]
fn an_orphaned_session_without_a_process_says_what_can_be_done() {
    let mut world = board(vec![session(1, SessionKind::User)], Vec::new());
    let row = world.ended.remove(0);
    world.sessions.push(SessionView { health: Health::Orphaned, ..world.past(&row) });
    let orphaned = Intent::Emergency { scope: Scope::Orphaned };
    let stuck = Intent::Emergency { scope: Scope::Stuck };
    for intent in [terminate(&[1], &[], false), orphaned, Intent::CloseAll] {
        let Err(Refusal::Nothing(left)) = plan(&intent, &world, &terms()) else { panic!("{intent:?}") };
        assert_eq!(left.len(), 1, "{intent:?}");
        for word in ["already gone", "resume", "acknowledge", "delete"] {
            assert!(left[0].why.contains(word), "{intent:?}: {}", left[0].why);
        }
    }
    assert_eq!(plan(&stuck, &world, &terms()), Err(Refusal::Nothing(Vec::new())));
}

#[test]
fn both_writers_end_and_the_newest_first() {
    let world = board(
        vec![session(1, SessionKind::User)],
        vec![
            proc(100, 90, "goose run --resume --session-id s_1", None),
            proc(110, 90, "goose session --resume --session-id s_1", None),
        ],
    );
    assert_eq!(pids(&plan(&terminate(&[1], &[], false), &world, &terms()).unwrap()), [110, 100]);
}

#[test]
fn a_persons_shell_is_never_swept() {
    let world = board(
        vec![session(1, SessionKind::Terminal)],
        vec![
            proc(90, 80, "bash", Some(1)),
            proc(100, 90, "goose term run x", Some(1)),
            proc(101, 100, "make", Some(1)),
        ],
    );
    let made = plan(&terminate(&[1], &[], false), &world, &terms()).unwrap();
    assert_eq!(pids(&made), [100, 101]);
    assert!(!made.sessions[0].sweep);
    assert!(matches!(plan(&Intent::CloseAll, &world, &terms()), Err(Refusal::Nothing(_))));
}

#[test]
fn no_server_ends_without_a_persons_word() {
    let made = plan(&auto(&[1, 2], &[]), &server(), &terms()).unwrap();
    assert_eq!(pids(&made), [103, 101, 102]);
    assert_eq!(why(&made.left_alone, 100), "a server: it is never ended without a person's word");
    assert!(made.sessions.iter().all(|c| !c.owner_ends && !c.sweep));
    assert!(Intent::is_bulk(&made.intent) && made.intent.verb() == "auto-clean");
}

#[test]
fn of_what_leaked_only_the_chosen_ends_and_nothing_is_swept() {
    let world = board(
        vec![session(1, SessionKind::User)],
        vec![proc(1, 0, "init", None), proc(101, 1, "make", Some(1)), proc(102, 1, "npm", Some(1))],
    );
    assert_eq!(world.leaked.len(), 2);
    let made = plan(&auto(&[], &[101]), &world, &terms()).unwrap();
    assert_eq!((pids(&made), made.sessions[0].sweep), (vec![101], false));
    assert_eq!(why(&made.left_alone, 102), "left behind as well, and not chosen");
    let made = plan(&auto(&[], &[101, 102]), &world, &terms()).unwrap();
    assert_eq!((pids(&made), made.sessions[0].sweep), (vec![101, 102], true));
}
