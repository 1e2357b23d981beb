//! A little lateness, so that not every flow starts at the full hour.

use jiff::{SignedDuration, Timestamp};

/// Most that a start is put off. A person who wrote `06:00` still sees it happen at six.
pub const JITTER_S_MAX: i64 = 60;

/// Between nothing and a tenth of `interval`, at most [`JITTER_S_MAX`]; the same for the same seed, flow and
/// moment, so that asking twice does not move it.
pub(super) fn jitter(
    seed: u64,
    flow: &str,
    due: Timestamp,
    interval: SignedDuration,
) -> SignedDuration {
    let most_ms = (interval.as_millis() / 10).clamp(0, i128::from(JITTER_S_MAX) * 1_000);
    let parts = [
        &seed.to_le_bytes()[..],
        flow.as_bytes(),
        &due.as_second().to_le_bytes(),
    ];
    let chance = parts.into_iter().flatten().fold(FNV_BASIS, |hash, byte| {
        (hash ^ u64::from(*byte)).wrapping_mul(FNV_PRIME)
    });
    let ms = i128::from(mix(chance)) % (most_ms + 1);
    SignedDuration::from_millis(i64::try_from(ms).expect("at most a minute"))
}

const FNV_BASIS: u64 = 0xcbf2_9ce4_8422_2325;
const FNV_PRIME: u64 = 0x0100_0000_01b3;

/// Spreads neighbouring numbers (the last step of SplitMix64): FNV alone gives flows `a` and `b` neighbouring
/// starts.
fn mix(mut bits: u64) -> u64 {
    bits = (bits ^ (bits >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    bits = (bits ^ (bits >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    bits ^ (bits >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn jitter_is_bounded_repeatable_and_spread() {
        let due = Timestamp::UNIX_EPOCH;
        let of = |flow: &str, seconds| jitter(7, flow, due, SignedDuration::from_secs(seconds));
        let day: Vec<_> = (0..100).map(|n| of(&format!("flow-{n}"), 86_400)).collect();
        assert!(
            day.iter()
                .all(|late| *late <= SignedDuration::from_secs(JITTER_S_MAX))
        );
        let late = day.iter().filter(|late| late.as_secs() >= 30).count();
        assert!(
            (30..=70).contains(&late),
            "{late} of 100 in the second half"
        );
        assert_eq!(of("invoices", 86_400), of("invoices", 86_400));
        assert!(of("invoices", 100) <= SignedDuration::from_secs(10));
        assert_eq!(of("invoices", 0), SignedDuration::ZERO);
    }
}
