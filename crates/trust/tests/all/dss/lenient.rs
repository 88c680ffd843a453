//! A second reading of messages, as lenient as possible and sharing nothing with the crate's own.

use base64::Engine as _;
use base64::alphabet;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use serde_json::{Map, Value};

const CONFIG: GeneralPurposeConfig = GeneralPurposeConfig::new()
    .with_decode_padding_mode(DecodePaddingMode::Indifferent)
    .with_decode_allow_trailing_bits(true);
const URL_SAFE: GeneralPurpose = GeneralPurpose::new(&alphabet::URL_SAFE, CONFIG);
const STANDARD: GeneralPurpose = GeneralPurpose::new(&alphabet::STANDARD, CONFIG);

/// The protected header, when it is base64url of a JSON object in any way.
pub(super) fn header(message: &[u8]) -> Option<Map<String, Value>> {
    let first = message.split(|byte| *byte == b'.').next()?;
    match serde_json::from_slice(&URL_SAFE.decode(first).ok()?) {
        Ok(Value::Object(members)) => Some(members),
        _ => None,
    }
}

/// The certificates of `x5c` that are base64.
pub(super) fn certificates(message: &[u8]) -> Vec<Vec<u8>> {
    let header = header(message).unwrap_or_default();
    let texts = header.get("x5c").and_then(Value::as_array);
    let texts = texts.into_iter().flatten().filter_map(Value::as_str);
    texts
        .filter_map(|text| STANDARD.decode(text).ok())
        .collect()
}

/// Whether `x5t#S256` names a certificate of `x5c` other than the first.
pub(super) fn signer_is_not_first(message: &[u8]) -> bool {
    let header = header(message).unwrap_or_default();
    let claimed = header.get("x5t#S256").and_then(Value::as_str);
    let Some(claimed) = claimed.and_then(|text| URL_SAFE.decode(text).ok()) else {
        return false;
    };
    let certificates = certificates(message);
    let place = certificates
        .iter()
        .position(|der| claimed == cnt_trust::sha256(der));
    place.is_some_and(|place| place > 0)
}
