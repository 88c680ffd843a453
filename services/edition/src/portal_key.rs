//! The key with which an addressee opens the file of an avis on the portal.

use sha2::{Digest, Sha256};

use cnt_domain::ids::AvisNumber;

/// Letters and digits that nobody takes for one another: no I, O, 0, 1.
const ALPHABET: &[u8; 32] = b"ABCDEFGHJKLMNPQRSTUVWXYZ23456789";
/// Block size of SHA-256 in bytes.
const BLOCK: usize = 64;
/// Separates these keys from whatever else may be derived from the same secret.
const PURPOSE: &[u8] = b"cnt-portal-key-1:";

/// The key of an avis: eight letters and digits (40 bits) of HMAC-SHA-256 over its number.
///
/// The same secret and number always give the same key, so that a document can be made again.
#[must_use]
pub fn portal_key(secret: &str, avis: AvisNumber) -> String {
    let message = [PURPOSE, avis.to_string().as_bytes()].concat();
    let mac = hmac_sha256(secret.as_bytes(), &message);
    mac.iter()
        .take(8)
        .filter_map(|byte| ALPHABET.get(usize::from(*byte) % ALPHABET.len()))
        .map(|letter| char::from(*letter))
        .collect()
}

/// What travels in place of the key: its SHA-256, in hexadecimal.
#[must_use]
pub fn portal_key_sha256(key: &str) -> String {
    hex::encode(Sha256::digest(key.as_bytes()))
}

/// HMAC (RFC 2104) with SHA-256.
fn hmac_sha256(key: &[u8], message: &[u8]) -> [u8; 32] {
    let hashed;
    let key = if key.len() > BLOCK {
        hashed = Sha256::digest(key);
        hashed.as_slice()
    } else {
        key
    };
    let padded = |with: u8| {
        let mut block = [with; BLOCK];
        for (byte, key) in block.iter_mut().zip(key) {
            *byte ^= key;
        }
        block
    };
    let inner = Sha256::new()
        .chain_update(padded(0x36))
        .chain_update(message)
        .finalize();
    Sha256::new()
        .chain_update(padded(0x5c))
        .chain_update(inner)
        .finalize()
        .into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_test_vectors_of_rfc_4231() {
        assert_eq!(
            hex::encode(hmac_sha256(b"Jefe", b"what do ya want for nothing?")),
            "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"
        );
        let long = hmac_sha256(
            &[0xaa; 131],
            b"Test Using Larger Than Block-Size Key - Hash Key First",
        );
        assert_eq!(
            hex::encode(long),
            "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54"
        );
    }

    #[test]
    fn a_key_depends_on_secret_and_number_and_is_easy_to_type() {
        let key = |secret, number| portal_key(secret, AvisNumber::new(number).unwrap());
        let one = key("a secret of the centre", 9_900_000_001);
        assert_eq!(one, key("a secret of the centre", 9_900_000_001));
        assert_ne!(one, key("a secret of the centre", 9_900_000_002));
        assert_ne!(one, key("another secret of it", 9_900_000_001));
        assert!(one.len() == 8 && one.bytes().all(|byte| ALPHABET.contains(&byte)));
        assert_eq!(portal_key_sha256(&one).len(), 64);
    }
}
