use std::time::Duration;

use super::{
    Metrics,
    exposition::{Form, write},
    picture,
};

fn text(form: Form) -> String {
    let metrics = Metrics::default();
    metrics.looked(Duration::from_millis(3));
    write(form, &picture::of(None, 2), metrics.registry()).unwrap()
}

#[test]
fn open_metrics_end_with_their_end() {
    let text = text(Form::Open);
    assert!(text.ends_with("# EOF\n"), "{text}");
    assert!(text.contains("# UNIT goosetop_look_duration_seconds seconds\n"), "{text}");
    assert!(text.contains("goosetop_sessions_closed_total 0\n"), "{text}");
    assert!(text.contains("# TYPE goosetop_sessions_closed counter\n"), "{text}");
}

#[test]
fn the_older_form_names_counters_in_full() {
    let text = text(Form::Plain);
    assert!(!text.contains("# EOF") && !text.contains("# UNIT"), "{text}");
    assert!(text.contains("# TYPE goosetop_sessions_closed_total counter\n"), "{text}");
    assert!(text.contains("# HELP goosetop_sessions_closed_total "), "{text}");
    assert!(text.contains("goosetop_look_duration_seconds_bucket{le=\"0.005\"} 1\n"), "{text}");
}

#[test]
fn what_has_not_happened_yet_is_counted_as_zero() {
    use crate::domain::plan::{Intent, ProjectStatus, Scope};
    let text = text(Form::Plain);
    let intents = [
        Intent::Terminate { sessions: Vec::new(), processes: Vec::new(), end_servers: false },
        Intent::CloseAll,
        Intent::CleanupProject { project: "a".into(), status: ProjectStatus::Failed },
        Intent::Emergency { scope: Scope::All },
    ];
    for action in intents.iter().map(Intent::verb) {
        for outcome in ["done", "partly", "broken_off"] {
            let line = format!("goosetop_actions_total{{action=\"{action}\",outcome=\"{outcome}\"}} 0\n");
            assert!(text.contains(&line), "{line} {text}");
        }
    }
    for outcome in ["exited", "killed", "unkillable", "survived", "not_sent"] {
        let line = format!("goosetop_action_processes_total{{outcome=\"{outcome}\"}} 0\n");
        assert!(text.contains(&line), "{line} {text}");
    }
}

#[test]
fn what_is_not_known_has_no_sample() {
    let text = text(Form::Open);
    assert!(text.contains("goosetop_event_listeners 2\n"), "{text}");
    assert!(!text.contains("goosetop_sessions{") && !text.contains("goosetop_leaked"), "{text}");
}
