//! Which places make a page: the same for a database and a file.

use crate::{
    domain::transcript::{Anchor, Message, Page, Place},
    sources::goose_db::conversation::Way,
};

/// What can be walked in both directions.
pub trait Walk {
    /// How it fails.
    type Error;

    /// Up to `limit` places beyond `from`, or from the end that lies that way, the nearest first.
    fn places(&self, from: Option<Place>, way: Way, limit: usize) -> Result<Vec<Place>, Self::Error>;

    /// What it is ordered by.
    fn rank(&self, place: Place) -> Place;
}

/// Where a walk from an anchor begins, and which way it goes.
pub fn start(anchor: Anchor) -> (Option<Place>, Way) {
    match anchor.onward() {
        Anchor::End => (None, Way::Back),
        Anchor::Before(place) => (Some(place), Way::Back),
        Anchor::After(place) => (Some(place), Way::On),
        Anchor::Start | Anchor::Around(_) => (None, Way::On),
    }
}

/// The places of a page, the nearest to the anchor first: every prefix of them is a whole window.
pub fn choose<W: Walk>(walk: &W, anchor: Anchor, limit: usize) -> Result<Vec<Place>, W::Error> {
    let Anchor::Around(place) = anchor else {
        let (from, way) = start(anchor);
        return walk.places(from, way, limit);
    };
    let mut after = walk.places(Some(place.previous()), Way::On, limit)?.into_iter();
    let mut before = walk.places(Some(place), Way::Back, limit)?.into_iter();
    let mut chosen = Vec::with_capacity(limit);
    while chosen.len() < limit {
        let (next, other) = (after.next(), before.next());
        if next.is_none() && other.is_none() {
            break;
        }
        chosen.extend(next.into_iter().chain(other));
    }
    chosen.truncate(limit);
    Ok(chosen)
}

/// Makes the page of what was read of the chosen places.
pub fn page<W: Walk>(walk: &W, anchor: Anchor, mut messages: Vec<Message>) -> Result<Page, W::Error> {
    messages.sort_by_key(|m| walk.rank(m.place));
    let any = |from, way| walk.places(from, way, 1).map(|places| !places.is_empty());
    let (more_before, more_after) = match (messages.first(), messages.last()) {
        (Some(first), Some(last)) => (any(Some(first.place), Way::Back)?, any(Some(last.place), Way::On)?),
        _ => match anchor.onward() {
            Anchor::Before(place) => (false, any(Some(place.previous()), Way::On)?),
            Anchor::After(place) => {
                (any(Some(place), Way::Back)? || any(Some(place.previous()), Way::On)?, false)
            }
            _ => (false, false),
        },
    };
    Ok(Page { messages, more_before, more_after })
}
