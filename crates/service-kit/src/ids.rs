//! The only place that mints identifiers: elsewhere `Uuid::now_v7` and `Uuid::new_v4` are
//! forbidden by clippy, so that whatever has to be reproducible takes its ids as input.

use uuid::Uuid;

/// A new reception id (UUID version 7, RFC 9562 §5.7): minted by the gateway for every message it
/// takes in, readable or not. Ordered by the real clock to the millisecond.
#[must_use]
#[expect(
    clippy::disallowed_methods,
    reason = "this is the seam that the lint points to"
)]
pub fn new_reception_id() -> Uuid {
    Uuid::now_v7()
}

/// A new submission id (UUID version 7): minted by the gateway for every sealed submission.
#[must_use]
pub fn new_submission_id() -> Uuid {
    new_reception_id()
}

/// A new random id (UUID version 4, RFC 9562 §5.4): says nothing about when it was minted.
#[must_use]
#[expect(
    clippy::disallowed_methods,
    reason = "this is the seam that the lint points to"
)]
pub fn new_random() -> Uuid {
    Uuid::new_v4()
}

#[cfg(test)]
mod tests {
    use super::{new_random, new_reception_id};

    #[test]
    fn reception_ids_are_ordered_and_distinct() {
        let ids: Vec<_> = (0..1_000).map(|_| new_reception_id()).collect();
        assert!(ids.windows(2).all(|pair| pair[0] < pair[1]));
        assert_eq!(ids[0].get_version_num(), 7);
    }

    #[test]
    fn random_ids_are_version_4() {
        assert_eq!(new_random().get_version_num(), 4);
        assert_ne!(new_random(), new_random());
    }
}
