//! A sparkline in one line of text.

const BARS: [char; 8] = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];

/// One bar per count; an empty slot is the lowest bar, anything else stands above it.
pub fn bars(counts: &[usize]) -> String {
    let most = counts.iter().copied().max().unwrap_or(0);
    let bar = |count: usize| match count {
        0 => BARS[0],
        n => BARS[(1 + n * 6 / most.max(1)).min(7)],
    };
    counts.iter().map(|n| bar(*n)).collect()
}

/// Counts things by when they happened: `ages` are seconds before now, the last slot is now.
pub fn slots(ages: impl Iterator<Item = f64>, span_seconds: f64, slots: usize) -> Vec<usize> {
    let mut counts = vec![0; slots];
    for age in ages {
        if slots == 0 || age >= span_seconds {
            continue;
        }
        let from_end = (age.max(0.0) / span_seconds * slots as f64) as usize;
        counts[slots - 1 - from_end.min(slots - 1)] += 1;
    }
    counts
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_newest_is_on_the_right() {
        let counts = slots([0.0, 1.0, 9.9, 50.0, 100.0].into_iter(), 100.0, 10);
        assert_eq!(counts, [0, 0, 0, 0, 1, 0, 0, 0, 0, 3]);
        assert_eq!(bars(&counts), "▁▁▁▁▃▁▁▁▁▇");
        assert_eq!(bars(&[]), "");
        assert!(slots([1.0].into_iter(), 10.0, 0).is_empty());
    }
}
