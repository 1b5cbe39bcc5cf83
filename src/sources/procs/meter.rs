//! Processor use between two looks at one process.

use chrono::{DateTime, TimeDelta, Utc};

use super::CpuMarks;
use crate::domain::process::Cpu;

/// A shorter window says nothing: the kernel counts in ticks of 10 ms, so one tick in 50 ms would
/// already read 20 %. The window stays open until it is long enough.
const SHORTEST_WINDOW: TimeDelta = TimeDelta::milliseconds(500);

/// One tick may be an accident of sampling; two are work. In milliseconds.
const LEAST_WORK_MS: u64 = 20;

/// Remembers the counters of one process.
#[derive(Clone, Copy, Debug)]
pub struct Meter {
    since: DateTime<Utc>,
    own_ms: u64,
    reaped_ms: u64,
    cpu: Cpu,
}

impl Meter {
    /// The first look: totals only, nothing to compare with.
    pub fn new(now: DateTime<Utc>, own_ms: u64, reaped_ms: u64) -> Self {
        let cpu = Cpu { total_ms: own_ms.saturating_add(reaped_ms), ..Cpu::default() };
        Self { since: now, own_ms, reaped_ms, cpu }
    }

    /// The newest verdict.
    pub fn cpu(&self) -> Cpu {
        self.cpu
    }

    /// Whether it was found in an uninterruptible wait. Disk reads pass through that state, so only
    /// an unbroken row of such looks counts.
    pub fn waits(&mut self, now: DateTime<Utc>, unkillable: bool) {
        self.cpu.unkillable_since = unkillable.then(|| self.cpu.unkillable_since.unwrap_or(now));
    }

    /// Another look. `own_ms` is the process's own time, `reaped_ms` that of children it waited
    /// for, so that a `make` whose compilers come and go counts as busy.
    pub fn observe(&mut self, now: DateTime<Utc>, own_ms: u64, reaped_ms: u64, marks: CpuMarks) {
        self.cpu.total_ms = own_ms.saturating_add(reaped_ms);
        let window = now - self.since;
        if window < TimeDelta::zero() {
            // The clock was set back: begin anew, claim nothing.
            *self = Self { cpu: Cpu { percent: None, hot_since: None, ..self.cpu }, ..*self };
            (self.since, self.own_ms, self.reaped_ms) = (now, own_ms, reaped_ms);
            return;
        }
        if window < SHORTEST_WINDOW {
            return;
        }
        let window_ms = u64::try_from(window.num_milliseconds()).unwrap_or(u64::MAX);
        let own = own_ms.saturating_sub(self.own_ms);
        // A child's whole life is added when it is reaped; what lies before the window cannot be
        // told apart, so children count for one core at most.
        let reaped = reaped_ms.saturating_sub(self.reaped_ms).min(window_ms);
        let percent = share(own.saturating_add(reaped), window_ms);
        if percent >= marks.busy_percent && own.saturating_add(reaped) >= LEAST_WORK_MS {
            self.cpu.busy_at = Some(now);
        }
        // Spinning is the process's own doing: children do not count.
        let hot = share(own, window_ms) >= marks.hot_percent;
        self.cpu.hot_since = hot.then(|| self.cpu.hot_since.unwrap_or(self.since));
        self.cpu.percent = Some(percent);
        (self.since, self.own_ms, self.reaped_ms) = (now, own_ms, reaped_ms);
    }
}

fn share(part_ms: u64, window_ms: u64) -> f32 {
    (part_ms as f64 * 100.0 / window_ms.max(1) as f64) as f32
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(ms: i64) -> DateTime<Utc> {
        DateTime::from_timestamp_millis(1_800_000_000_000 + ms).unwrap()
    }

    fn watched(looks: &[(i64, u64, u64)]) -> Cpu {
        let mut meter = Meter::new(at(0), 1000, 500);
        for (ms, own, reaped) in looks {
            meter.observe(at(*ms), 1000 + own, 500 + reaped, CpuMarks::default());
        }
        meter.cpu()
    }

    #[test]
    fn nothing_is_claimed_before_a_second_look() {
        assert_eq!(watched(&[]), Cpu { total_ms: 1500, ..Cpu::default() });
    }

    #[test]
    fn reaped_children_make_busy_but_not_hot() {
        let cpu = watched(&[(2000, 0, 1900)]);
        assert_eq!((cpu.percent, cpu.busy_at, cpu.hot_since), (Some(95.0), Some(at(2000)), None));
    }

    #[test]
    fn a_long_childs_end_counts_for_one_core() {
        assert_eq!(watched(&[(2000, 0, 3_000_000)]).percent, Some(100.0));
    }

    #[test]
    fn busy_is_carried_forward_and_hot_is_not() {
        let cpu = watched(&[(2000, 2000, 0), (4000, 4000, 0), (6000, 4010, 0)]);
        assert_eq!((cpu.busy_at, cpu.hot_since, cpu.percent), (Some(at(4000)), None, Some(0.5)));
        let cpu = watched(&[(2000, 2000, 0), (4000, 4000, 0)]);
        assert_eq!(cpu.hot_since, Some(at(0)));
    }

    #[test]
    fn one_tick_in_a_short_window_is_not_work() {
        assert_eq!(watched(&[(50, 10, 0)]).percent, None);
        let cpu = watched(&[(500, 10, 0)]);
        assert_eq!((cpu.percent, cpu.busy_at), (Some(2.0), None));
        let low = CpuMarks { busy_percent: 1.0, ..CpuMarks::default() };
        let mut meter = Meter::new(at(0), 0, 0);
        meter.observe(at(500), 10, 0, low);
        assert_eq!(meter.cpu().busy_at, None);
        meter.observe(at(1000), 30, 0, low);
        assert_eq!(meter.cpu().busy_at, Some(at(1000)));
    }

    #[test]
    fn a_clock_set_back_begins_anew() {
        let cpu = watched(&[(2000, 2000, 0), (-5000, 2100, 0)]);
        assert_eq!((cpu.percent, cpu.hot_since, cpu.busy_at), (None, None, Some(at(2000))));
    }
}
