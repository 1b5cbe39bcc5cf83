//! Memory that rises without a pause, judged over many looks at one process.

use chrono::{DateTime, TimeDelta, Utc};

/// Between two looks that are compared. Memory breathes from second to second; what a model's answer
/// or a tool's output took is given back within minutes.
const STEP: TimeDelta = TimeDelta::minutes(5);

/// Each step must add this part (one in so many), else the rise is over: a program that has read its
/// data and stays there has grown, and does not grow.
const LEAST_RISE: u64 = 50;

type Held = (DateTime<Utc>, u64);

/// Remembers where the present rise began. Before that nothing is claimed.
#[derive(Clone, Copy, Debug)]
pub struct Growth {
    began: Held,
    mark: Held,
}

impl Growth {
    /// The first look.
    pub fn new(now: DateTime<Utc>, bytes: u64) -> Self {
        Self { began: (now, bytes), mark: (now, bytes) }
    }

    /// Another look. Gives the beginning of the rise, once a whole step of it was seen.
    pub fn observe(&mut self, now: DateTime<Utc>, bytes: u64) -> Option<Held> {
        let (marked_at, marked) = self.mark;
        if now < marked_at {
            // The clock was set back: begin anew.
            *self = Self::new(now, bytes);
        } else if now - marked_at >= STEP {
            self.mark = (now, bytes);
            if bytes <= marked.saturating_add(marked / LEAST_RISE) {
                self.began = self.mark;
            }
        }
        (self.mark.0 > self.began.0).then_some(self.began)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(minutes: i64) -> DateTime<Utc> {
        DateTime::from_timestamp(1_800_000_000 + minutes * 60, 0).unwrap()
    }

    fn watched(looks: &[(i64, u64)]) -> Option<Held> {
        let mut growth = Growth::new(at(0), 100);
        looks.iter().fold(None, |_, (minute, bytes)| growth.observe(at(*minute), *bytes))
    }

    #[test]
    fn a_rise_is_known_after_its_first_step() {
        assert_eq!(watched(&[(1, 500), (4, 900)]), None);
        assert_eq!(watched(&[(5, 150)]), Some((at(0), 100)));
        assert_eq!(watched(&[(5, 150), (7, 90), (10, 200)]), Some((at(0), 100)));
    }

    #[test]
    fn what_grew_once_and_stays_does_not_grow() {
        assert_eq!(watched(&[(5, 400), (10, 404), (12, 404)]), None);
        assert_eq!(watched(&[(5, 400), (10, 404), (15, 500)]), Some((at(10), 404)));
    }

    #[test]
    fn a_clock_set_back_begins_anew() {
        assert_eq!(watched(&[(5, 150), (-60, 150)]), None);
        assert_eq!(watched(&[(5, 150), (-60, 150), (-55, 200)]), Some((at(-60), 150)));
    }
}
