//! The ids that a walk will come to, small enough for a cursor.
//!
//! Each stands as its distance from the one before, in digits of 32 with a letter each; a digit that
//! another follows is one of the second 32 letters. So ids that lie close take one byte each.

const LETTERS: &[u8; 64] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz-_";
const DIGIT: i64 = 32;

/// As many of the ids as there is room for, in rising order and all behind `after`.
pub fn pack(after: i64, ids: impl Iterator<Item = i64>, bytes_max: usize) -> String {
    let mut packed = String::new();
    let mut last = after;
    for id in ids {
        let step = digits(id - last);
        if packed.len() + step.len() > bytes_max {
            break;
        }
        packed.push_str(&step);
        last = id;
    }
    packed
}

/// The ids that were packed; those before a letter that is none.
pub fn unpack(after: i64, packed: &str) -> Vec<i64> {
    let (mut ids, mut last) = (Vec::new(), after);
    let (mut step, mut worth) = (0_i64, 1_i64);
    for letter in packed.bytes() {
        let place = LETTERS.iter().position(|&other| other == letter);
        let Some(digit) = place.and_then(|place| i64::try_from(place).ok()) else {
            break;
        };
        step = step.saturating_add((digit % DIGIT).saturating_mul(worth));
        worth = worth.saturating_mul(DIGIT);
        if digit < DIGIT {
            last = last.saturating_add(step);
            ids.push(last);
            (step, worth) = (0, 1);
        }
    }
    ids
}

/// The lowest digit first.
fn digits(mut step: i64) -> String {
    let mut digits = String::new();
    loop {
        let more = step >= DIGIT;
        let digit = step.rem_euclid(DIGIT) + if more { DIGIT } else { 0 };
        digits.extend(usize::try_from(digit).map(|at| char::from(LETTERS[at])));
        if !more {
            return digits;
        }
        step /= DIGIT;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_packed_comes_out_again() {
        for (after, ids, expected) in [
            (0, vec![], ""),
            (0, vec![1, 2, 3], "111"),
            (88, vec![99, 120, 152, 184], "BLW1W1"),
            (i64::MAX - 1, vec![i64::MAX], "1"),
        ] {
            let packed = pack(after, ids.iter().copied(), 100);
            assert_eq!((packed.as_str(), unpack(after, &packed)), (expected, ids));
        }
        let mut ids: Vec<i64> = (0..62).map(|power| 1 << power).collect();
        ids.push(i64::MAX);
        assert_eq!(unpack(0, &pack(0, ids.iter().copied(), 10_000)), ids);
    }

    #[test]
    fn only_whole_ids_go_in_and_no_more_than_fit() {
        let ids = [1, 2, 40, 41];
        for (bytes_max, fitting) in [(0, 0), (1, 1), (2, 2), (3, 2), (4, 3), (5, 4), (6, 4)] {
            let packed = pack(0, ids.into_iter(), bytes_max);
            assert!(packed.len() <= bytes_max);
            assert_eq!(unpack(0, &packed), ids[..fitting], "{bytes_max}");
        }
        assert_eq!(pack(0, 1..=50_000, 3_000).len(), 3_000);
    }

    #[test]
    fn what_is_none_of_ours_ends_the_ids() {
        assert_eq!(unpack(0, "11!1"), [1, 2]);
        assert!(unpack(0, "___________________").is_empty());
        assert_eq!(unpack(1, "_____________________1"), [i64::MAX]);
    }
}
