//! `quiet`: silent beyond `max_inactivity`, a yellow mark inside healthy.

use crate::domain::{
    health::{
        Finding, Rule, Severity,
        case::{Case, finding},
    },
    words,
};

pub fn ask(case: &Case<'_>) -> Option<Finding> {
    case.owner?;
    let silent = case.inactive()?;
    let limits = case.limits;
    if silent < limits.max_inactivity || silent >= limits.stuck_after {
        return None;
    }
    Some(
        finding(
            Rule::Quiet,
            Severity::Note,
            format!("quiet for {}, {}", words::spoken(silent), case.waits()),
        )
        .clock(case.last_activity, limits.max_inactivity),
    )
}

pub fn looked(case: &Case<'_>) -> String {
    let limits = case.limits;
    match case.inactive() {
        None => "how long it has been silent is not known".into(),
        Some(silent) if silent >= limits.stuck_after => {
            format!("silent {}: `inactive` speaks", words::spoken(silent))
        }
        Some(silent) => {
            format!("silent {}, limit {}", words::spoken(silent), words::spoken(limits.max_inactivity))
        }
    }
}
