//! Any bytes, and messages with one thing changed.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use cnt_trust::{CompactJws, Limits, Scratch, SerialNumber, seal};
use proptest::prelude::*;

use crate::support::{Forge, problems, sign_header, world};

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    #[test]
    fn any_bytes_are_read_or_refused(bytes in proptest::collection::vec(any::<u8>(), 0..600)) {
        let mut scratch = Scratch::default();
        let parsed = CompactJws::parse(&bytes, &Limits::default(), &mut scratch);
        if let Err(error) = parsed {
            prop_assert!(!error.problems.is_empty());
        }
        let _verification = seal::verify(&bytes, &[[0; 32]], &world().verifier());
    }

    #[test]
    fn any_parts_are_read_or_refused(
        header in proptest::collection::vec(any::<u8>(), 0..200),
        payload in proptest::collection::vec(any::<u8>(), 0..50),
        signature in proptest::collection::vec(any::<u8>(), 0..80),
    ) {
        let parts = [header, payload, signature].map(|part| URL_SAFE_NO_PAD.encode(part));
        prop_assert!(!problems(&world().verifier(), parts.join(".").as_bytes()).is_empty());
    }

    #[test]
    fn any_header_members_are_read_or_refused(
        name in "(alg|typ|cty|x5c|x5t#S256|iat|crit|[a-z]{1,4})",
        value in "(null|true|-?[0-9]{1,20}(\\.[0-9]{1,3})?|\"[A-Za-z0-9+/=]{0,60}\"|\\[(\"[A-Za-z]{0,9}\",){0,3}[0-9]\\]|\\{\"a\":\\[\\]\\})",
    ) {
        let card = &world().card;
        let message = sign_header(format!("{{\"{name}\":{value}}}").as_bytes(), b"{}", card);
        prop_assert!(!problems(&world().verifier(), message.as_bytes()).is_empty());
    }

    #[test]
    fn a_changed_message_never_verifies(
        place in any::<prop::sample::Index>(),
        end in any::<prop::sample::Index>(),
        byte in any::<u8>(),
        kind in 0..5_u8,
    ) {
        let card = &world().card;
        let right = Forge::of(card).sign(card).into_bytes();
        let mut changed = right.clone();
        let (place, end) = (place.index(right.len()), end.index(right.len()));
        match kind {
            0 => changed[place] = byte,
            1 => changed[place] ^= 1 << (byte % 8),
            2 => { changed.remove(place); }
            3 => changed.insert(place, byte),
            _ => changed.swap(place, end),
        }
        let accepted = problems(&world().verifier(), &changed).is_empty();
        prop_assert_eq!(accepted, changed == right);
    }

    #[test]
    fn decoded_parts_with_a_bit_changed_never_verify(
        part in 0..3_usize,
        place in any::<prop::sample::Index>(),
        bit in 0..8_u8,
    ) {
        let card = &world().card;
        let right = Forge::of(card).sign(card);
        let mut parts: Vec<Vec<u8>> =
            right.split('.').map(|part| URL_SAFE_NO_PAD.decode(part).unwrap()).collect();
        let place = place.index(parts[part].len());
        parts[part][place] ^= 1 << bit;
        let changed: Vec<String> = parts.iter().map(|part| URL_SAFE_NO_PAD.encode(part)).collect();
        prop_assert!(!problems(&world().verifier(), changed.join(".").as_bytes()).is_empty());
    }

    #[test]
    fn serial_numbers_read_back(bytes in proptest::collection::vec(any::<u8>(), 0..24)) {
        if let Ok(serial) = SerialNumber::from_bytes(&bytes) {
            prop_assert_eq!(serial.to_string().parse(), Ok(serial));
            let json = serde_json::to_string(&serial).unwrap();
            prop_assert_eq!(serde_json::from_str::<SerialNumber>(&json).unwrap(), serial);
        }
    }
}
