//! Which columns fit. A column disappears whole, never half.

/// A column of fixed width. Rank 0 is always there; the higher the rank, the sooner it goes.
#[derive(Clone, Copy, Debug)]
pub struct Column {
    /// In terminal columns, without the gap after it.
    pub width: u16,
    /// Order of importance.
    pub rank: u8,
    /// The flexible column keeps at least this much beside it.
    pub beside: u16,
}

/// Which columns are shown, and what is left for the flexible one. Every column costs its width and
/// one space.
pub fn fit(total: u16, columns: &[Column]) -> (Vec<bool>, u16) {
    let mut order: Vec<usize> = (0..columns.len()).collect();
    order.sort_by_key(|i| columns[*i].rank);
    let mut shown = vec![false; columns.len()];
    let mut left = total;
    for index in order {
        let column = columns[index];
        let cost = column.width + 1;
        if column.rank > 0 && left < cost.saturating_add(column.beside) {
            break;
        }
        shown[index] = left >= cost;
        left -= if shown[index] { cost } else { 0 };
    }
    (shown, left)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_least_important_goes_first_and_whole() {
        let column = |width, rank| Column { width, rank, beside: 10 };
        let columns = [column(11, 0), column(20, 1), column(5, 2), column(5, 0)];
        assert_eq!(fit(80, &columns), (vec![true, true, true, true], 35));
        assert_eq!(fit(50, &columns), (vec![true, true, false, true], 11));
        assert_eq!(fit(40, &columns), (vec![true, false, false, true], 22));
        assert_eq!(fit(8, &columns), (vec![false, false, false, true], 2));
        assert_eq!(fit(0, &columns), (vec![false; 4], 0));
    }
}
