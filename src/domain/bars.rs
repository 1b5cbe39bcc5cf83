//! Charts made of characters. Whoever draws them turns them into ASCII with [`twin`].

/// Heights of a column, eighths of a line.
const EIGHTHS: [char; 9] = [' ', '▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];

/// Signs of the parts of a whole, from the first on: told apart without colour.
pub const PARTS: [char; 3] = ['█', '▓', '░'];

/// What stands for a sign of a chart where only ASCII is drawn.
pub fn twin(sign: char) -> char {
    match sign {
        '█' => '#',
        '▓' => '%',
        '░' | '▁' | '▂' => '.',
        '▌' | '▃' | '▄' | '▅' => ':',
        '▆' | '▇' => '|',
        other => other,
    }
}

/// Columns, one per value, `height` lines from the top down. Anything above zero is seen; the unknown
/// is a gap.
pub fn columns(values: &[Option<f64>], height: usize) -> Vec<String> {
    let most = values.iter().flatten().copied().fold(0.0, f64::max);
    let eighths = |value: Option<f64>| match value {
        Some(value) if value > 0.0 && most > 0.0 => {
            ((value / most * (height * 8) as f64).round() as usize).clamp(1, height * 8)
        }
        _ => 0,
    };
    let heights: Vec<usize> = values.iter().map(|v| eighths(*v)).collect();
    (0..height)
        .rev()
        .map(|line| heights.iter().map(|h| EIGHTHS[h.saturating_sub(line * 8).min(8)]).collect())
        .collect()
}

/// A bar of at most `width`, `share` (0 to 1) of it filled; anything above zero is seen.
pub fn across(share: f64, width: usize) -> String {
    if width == 0 || share.is_nan() || share <= 0.0 {
        return String::new();
    }
    let halves = ((share.min(1.0) * (width * 2) as f64).round() as usize).max(1);
    "█".repeat(halves / 2) + if halves % 2 == 1 { "▌" } else { "" }
}

/// How `width` is shared out: every part above zero gets at least one, all together `width` (0 where
/// there is nothing to share out).
pub fn split(parts: &[f64], width: usize) -> Vec<usize> {
    let total: f64 = parts.iter().sum();
    if total <= 0.0 || !total.is_finite() {
        return vec![0; parts.len()];
    }
    let mut widths: Vec<usize> = parts
        .iter()
        .map(|part| if *part > 0.0 { ((part / total * width as f64) as usize).max(1) } else { 0 })
        .collect();
    // The largest takes what rounding left, or gives what the smallest needed.
    let largest = (0..widths.len()).max_by(|a, b| parts[*a].total_cmp(&parts[*b]));
    if let Some(at) = largest {
        let others: usize = widths.iter().sum::<usize>() - widths[at];
        widths[at] = width.saturating_sub(others);
    }
    widths
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn what_is_there_is_seen() {
        assert_eq!(columns(&[Some(0.0), Some(0.01), None, Some(8.0)], 2), ["   █", " ▁ █"]);
        assert_eq!(columns(&[None, Some(0.0)], 1), ["  "]);
        assert_eq!(
            [across(0.0, 4), across(0.001, 4), across(0.5, 4), across(2.0, 4)],
            ["", "▌", "██", "████"]
        );
        assert_eq!(split(&[1.0, 1000.0, 0.0], 10), [1, 9, 0]);
        assert_eq!(split(&[0.0, 0.0], 10), [0, 0]);
    }

    proptest! {
        #[test]
        fn bars_fit(values in prop::collection::vec(prop::option::of(0.0f64..1e9), 0..40), width in 3usize..60) {
            let lines = columns(&values, 3);
            prop_assert!(lines.iter().all(|l| l.chars().count() == values.len()));
            let parts: Vec<f64> = values.iter().map(|v| v.unwrap_or(0.0)).take(3).collect();
            prop_assert!(split(&parts, width).iter().sum::<usize>() <= width);
            prop_assert!(lines.iter().flat_map(|l| l.chars()).all(|c| twin(c).is_ascii()));
            prop_assert!(PARTS.iter().all(|c| twin(*c).is_ascii()));
        }
    }
}
