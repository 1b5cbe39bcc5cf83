//! The orders a list of sessions can have.

use std::cmp::Ordering;

use strum::{Display, EnumCount, EnumIter, EnumString, IntoStaticStr};

use super::Subject;
use crate::domain::board::SessionView;

/// An order. The words are those of `--sort`.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Display, EnumCount, EnumIter, EnumString, IntoStaticStr,
)]
#[strum(serialize_all = "snake_case", ascii_case_insensitive)]
pub enum Sort {
    /// Worst first, as the board has them.
    #[default]
    Attention,
    /// Longest without progress first.
    Inactive,
    /// Newest first.
    Created,
    /// By name.
    Name,
    /// Most tokens first.
    Tokens,
    /// Most expensive first.
    Cost,
    /// Most memory first.
    Memory,
    /// Most processor use first.
    Cpu,
}

impl Sort {
    /// One sentence for the sort dialog.
    pub fn sentence(self) -> &'static str {
        match self {
            Self::Attention => "worst first, then longest inactive",
            Self::Inactive => "longest without progress first",
            Self::Created => "newest first",
            Self::Name => "by name",
            Self::Tokens => "most tokens first",
            Self::Cost => "most expensive first",
            Self::Memory => "most memory first",
            Self::Cpu => "most processor use first",
        }
    }

    /// Which of two comes first. Ties stay as they were (sort with a stable sort); `Attention` only
    /// compares classes, the board's own order does the rest.
    pub fn order(self, a: Subject<'_>, b: Subject<'_>, reverse: bool) -> Ordering {
        let turn = |o: Ordering| if reverse { o.reverse() } else { o };
        match self {
            Self::Attention => turn(a.health().cmp(&b.health())),
            Self::Name => turn(cmp_names(&a.session.name, &b.session.name)),
            Self::Inactive => known_first(a.last_activity(), b.last_activity(), |a, b| turn(a.cmp(b))),
            Self::Created => known_first(a.session.created_at, b.session.created_at, |a, b| turn(b.cmp(a))),
            Self::Tokens => known_first(a.tokens(), b.tokens(), |a, b| turn(b.cmp(a))),
            Self::Cost => known_first(a.session.cost_usd, b.session.cost_usd, |a, b| turn(b.total_cmp(a))),
            Self::Cpu => known_first(a.cpu(), b.cpu(), |a, b| turn(b.total_cmp(a))),
            Self::Memory => {
                let memory = |s: Subject<'_>| s.view.and_then(SessionView::rss_bytes);
                known_first(memory(a), memory(b), |a, b| turn(b.cmp(a)))
            }
        }
    }
}

fn known_first<T>(a: Option<T>, b: Option<T>, cmp: impl Fn(&T, &T) -> Ordering) -> Ordering {
    match (a, b) {
        (Some(a), Some(b)) => cmp(&a, &b),
        (Some(_), None) => Ordering::Less,
        (None, Some(_)) => Ordering::Greater,
        (None, None) => Ordering::Equal,
    }
}

fn cmp_names(a: &str, b: &str) -> Ordering {
    let lower = |s: &'_ str| s.chars().flat_map(char::to_lowercase).collect::<String>();
    if a.is_ascii() && b.is_ascii() {
        let (a, b) = (a.bytes(), b.bytes());
        return a.map(|c| c.to_ascii_lowercase()).cmp(b.map(|c| c.to_ascii_lowercase()));
    }
    lower(a).cmp(&lower(b))
}
