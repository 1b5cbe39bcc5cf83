//! Which message comes before which. In a database it is the time, then the row; in a legacy file, and in
//! a database without those times, the row alone. Whoever reads gives pages in order, so that the first
//! page in which times go back tells.

use crate::{
    domain::transcript::{Message, Place},
    engine::reader::Answer,
};

/// How places are compared.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Order {
    /// As they are.
    #[default]
    Time,
    /// By their row: times are taken out of all places.
    Row,
}

impl Order {
    /// A place as it is compared here; asking for it finds the same message.
    pub(super) fn place(self, place: Place) -> Place {
        match self {
            Self::Time => place,
            Self::Row => Place { at: 0, ..place },
        }
    }

    /// The last place of a moment, where rows were given other numbers.
    pub(super) fn last_of(self, place: Place) -> Place {
        match self {
            Self::Time => Place { row: i64::MAX, ..place },
            Self::Row => place,
        }
    }

    /// Makes the places of an answer comparable. False where it shows that they were compared wrongly:
    /// whatever came before is to be read again.
    pub(super) fn put_in_order(&mut self, answer: &mut Answer) -> bool {
        let is_ordered = match answer {
            Answer::Page { page, .. } => page.messages.is_sorted_by_key(|m| m.place),
            Answer::Surveyed { beats, .. } => beats.is_sorted_by_key(|b| b.place),
            Answer::Found { places, .. } => places.is_sorted(),
            Answer::Whole(_) => true,
        };
        if *self == Self::Time {
            *self = if is_ordered { Self::Time } else { Self::Row };
            return is_ordered;
        }
        let put = |place: &mut Place| *place = self.place(*place);
        let put_message = |message: &mut Message| put(&mut message.place);
        match answer {
            Answer::Page { page, extent } => {
                page.messages.iter_mut().for_each(put_message);
                extent.first.iter_mut().chain(&mut extent.last).for_each(put);
            }
            Answer::Whole(message) => put_message(message),
            Answer::Surveyed { beats, .. } => beats.iter_mut().for_each(|beat| put(&mut beat.place)),
            Answer::Found { places, down_to, .. } => places.iter_mut().chain(down_to).for_each(put),
        }
        true
    }
}
