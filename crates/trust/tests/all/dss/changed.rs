//! Messages and certificates changed at random: with the signature left as it was, and signed again
//! so that the change itself is judged.

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use cnt_trust::issue::{AuthorityRole, Issued, KeyKind};
use cnt_trust::{Algorithm, MessageSigner as _, SoftwareSigner, sha256};

use super::corpus::{Corpus, Dice};
use crate::support::{Forge, sign_header, world};

pub(super) fn add(corpus: &mut Corpus<'_>) {
    bits_of_parts(corpus);
    characters(corpus);
    spare_bits(corpus);
    members_unsigned(corpus);
    headers_signed(corpus);
    certificates(corpus);
    certificates_signed(corpus);
}

fn bits_of_parts(corpus: &mut Corpus<'_>) {
    let cards = [&world().card, &world().rsa_card];
    for index in 0..corpus.scale.of(4, 80) {
        for (part, name) in ["header", "payload", "signature"].iter().enumerate() {
            let card = cards[index % 2];
            let right = Forge::of(card).sign(card);
            let decoded = right
                .split('.')
                .map(|part| URL_SAFE_NO_PAD.decode(part).unwrap());
            let mut parts: Vec<Vec<u8>> = decoded.collect();
            corpus.dice.flip(&mut parts[part]);
            let texts: Vec<String> = parts
                .iter()
                .map(|part| URL_SAFE_NO_PAD.encode(part))
                .collect();
            let name = format!("a bit of the {name} {index}");
            corpus.add("bits changed", name, texts.join("."));
        }
    }
}

fn characters(corpus: &mut Corpus<'_>) {
    const ALPHABET: &[u8] = b"AQgwBx019-_+/=.~ \n\"{\xff";
    let card = &world().card;
    for index in 0..corpus.scale.of(15, 240) {
        let mut message = Forge::of(card).sign(card).into_bytes();
        let dice = &mut corpus.dice;
        let (place, other) = (dice.below(message.len()), dice.below(message.len()));
        let character = *dice.pick(ALPHABET);
        let name = match index % 5 {
            0 => {
                message[place] = character;
                "replaced"
            }
            1 => {
                message.remove(place);
                "removed"
            }
            2 => {
                message.insert(place, character);
                "inserted"
            }
            3 => {
                message.swap(place, other);
                "swapped"
            }
            _ => {
                message.truncate(place);
                "cut"
            }
        };
        corpus.add("characters changed", format!("{name} {index}"), message);
    }
}

/// The bits of the last character of each part that belong to no byte.
fn spare_bits(corpus: &mut Corpus<'_>) {
    const ALPHABET: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    for card in [&world().card, &world().rsa_card] {
        for spaces in 0..3 {
            let mut forge = Forge::of(card);
            forge.payload.extend(vec![b' '; spaces]);
            let right = forge.sign(card);
            let mut end = 0;
            for part in right.split('.') {
                end += part.len();
                let mut message = right.clone().into_bytes();
                let last = &mut message[end - 1];
                let value = ALPHABET.iter().position(|letter| letter == last).unwrap();
                *last = ALPHABET[value ^ 1];
                end += 1;
                let name = format!("{} {spaces} at {end}", card.algorithm);
                corpus.add("spare bits", name, message);
            }
        }
    }
}

/// Members changed with the old signature kept.
fn members_unsigned(corpus: &mut Corpus<'_>) {
    let card = &world().card;
    for index in 0..corpus.scale.of(1, 20) {
        let forge = Forge::of(card);
        for (name, value) in forge.members.clone() {
            let mut changed = value.clone().into_bytes();
            loop {
                corpus.dice.flip(&mut changed);
                if std::str::from_utf8(&changed).is_ok() {
                    break;
                }
                changed = value.clone().into_bytes();
            }
            let text = String::from_utf8(changed).unwrap();
            let right = forge.sign(card);
            let (_, rest) = right.split_once('.').unwrap();
            let header = URL_SAFE_NO_PAD.encode(forge.clone().set(&name, &text).header());
            let name = format!("{name} {index}");
            corpus.add(
                "members changed, not signed",
                name,
                format!("{header}.{rest}"),
            );
        }
    }
}

/// What a signer could write on purpose or by mistake, rightly signed.
fn headers_signed(corpus: &mut Corpus<'_>) {
    const VALUES: &[&str] = &[
        "null",
        "true",
        "0",
        "-1",
        "1e9",
        "1780000000.5",
        "1780000000",
        "\"\"",
        "\"jose\"",
        "\"JOSE\"",
        "\"JWT\"",
        "\"json\"",
        "\"none\"",
        "\"ES256\"",
        "\"RS256\"",
        "[]",
        "{}",
        "[\"\"]",
        "[[]]",
        "\"application/jose\"",
        "\"application/json\"",
        "\"jose+json\"",
    ];
    let card = &world().card;
    for index in 0..corpus.scale.of(18, 260) {
        let dice = &mut corpus.dice;
        let mut forge = Forge::of(card);
        let place = dice.below(forge.members.len());
        let value = (*dice.pick(VALUES)).to_owned();
        let name = forge.members[place].0.clone();
        let what = match index % 6 {
            0 => {
                forge.members[place].1 = value;
                "value"
            }
            1 => {
                forge.members.push((name, value));
                "twice"
            }
            2 => {
                forge.members.insert(0, (name, value));
                "twice, first"
            }
            3 => {
                forge.members.remove(place);
                "missing"
            }
            4 => {
                let first = format!("\\u{:04x}", u32::from(name.as_bytes()[0]));
                let rest: String = name.chars().skip(1).collect();
                forge.members[place].0 = format!("{first}{rest}");
                "escaped name"
            }
            _ => {
                let mut json = forge.header().into_bytes();
                let place = dice.below(json.len());
                json[place] = dice.byte();
                let message = sign_header(&json, b"{}", card);
                corpus.add("headers signed", format!("byte {index}"), message);
                continue;
            }
        };
        corpus.add(
            "headers signed",
            format!("{what} {index}"),
            forge.sign(card),
        );
    }
}

fn message_with(der: &[u8], card: &Issued) -> String {
    let text = format!("[\"{}\"]", STANDARD.encode(der));
    let thumbprint = format!("\"{}\"", URL_SAFE_NO_PAD.encode(sha256(der)));
    let forge = Forge::of(card)
        .set("x5c", &text)
        .set("x5t#S256", &thumbprint);
    forge.sign(card)
}

/// Certificates changed after their issuer signed them, in messages rightly signed.
fn certificates(corpus: &mut Corpus<'_>) {
    for index in 0..corpus.scale.of(12, 240) {
        let realm = index % corpus.realms.len();
        let card = corpus.realms[realm].card(7, KeyKind::P256);
        let mut der = card.certificate_der.clone();
        match index % 4 {
            0 => der.truncate(corpus.dice.below(der.len())),
            1 => der.insert(corpus.dice.below(der.len()), 0),
            _ => corpus.dice.flip(&mut der),
        }
        let message = message_with(&der, &card);
        corpus.add_in(realm, "certificates changed", format!("{index}"), message);
    }
}

/// A SEQUENCE of up to 64 kB.
fn sequence(content: &[u8]) -> Vec<u8> {
    let length = u16::try_from(content.len()).unwrap();
    let [high, low] = length.to_be_bytes();
    let head = match length {
        0..128 => vec![0x30, low],
        128..256 => vec![0x30, 0x81, low],
        _ => vec![0x30, 0x82, high, low],
    };
    [head, content.to_vec()].concat()
}

/// Signs a certificate's content with the key of AC Agents Signature: what a faulty authority
/// would issue.
pub(super) fn sign_certificate(signer: &SoftwareSigner, tbs: &[u8]) -> Vec<u8> {
    // AlgorithmIdentifier ecdsa-with-SHA256.
    const ALGORITHM: [u8; 12] = [0x30, 10, 6, 8, 0x2a, 0x86, 0x48, 0xce, 0x3d, 4, 3, 2];
    let raw = signer.sign(tbs).unwrap();
    let signature = crate::openssl::der_signature(&raw);
    let length = u8::try_from(signature.len() + 1).unwrap();
    let bits = [vec![0x03, length, 0], signature].concat();
    sequence(&[tbs, &ALGORITHM, &bits].concat())
}

/// A signer with the authority's own key, as it lies in the hierarchy's folder.
pub(super) fn authority_signer(corpus: &Corpus<'_>) -> SoftwareSigner {
    let folder = tempfile::tempdir().unwrap();
    let realm = &corpus.realms[0];
    realm.hierarchy.save(folder.path()).unwrap();
    let slug = AuthorityRole::AgentsSignature.slug();
    let pem = std::fs::read_to_string(folder.path().join(format!("{slug}.key.pem"))).unwrap();
    let base64: String = pem.lines().filter(|line| !line.starts_with('-')).collect();
    let key = STANDARD.decode(base64).unwrap();
    let chain = vec![realm.issuing().to_vec()];
    SoftwareSigner::from_pkcs8(Algorithm::Es256, &key, chain).unwrap()
}

/// The signed part of a certificate: the first element of its SEQUENCE.
fn tbs(der: &[u8]) -> &[u8] {
    use x509_cert::der::{AnyRef, Decode as _, Encode as _, Reader as _, SliceReader};
    let whole = AnyRef::from_der(der).unwrap();
    let mut reader = SliceReader::new(whole.value()).unwrap();
    let first = AnyRef::decode(&mut reader).unwrap();
    let length = usize::try_from(u32::from(first.encoded_len().unwrap())).unwrap();
    assert!(!reader.is_finished());
    &whole.value()[..length]
}

fn change(dice: &mut Dice, tbs: &mut [u8]) {
    // Not the outer lengths: that would only be cut.
    let place = 4 + dice.below(tbs.len() - 4);
    match dice.below(3) {
        0 => tbs[place] = dice.byte(),
        _ => tbs[place] ^= 1 << dice.below(8),
    }
}

/// Certificates changed and signed again by their authority: only what they say is wrong.
fn certificates_signed(corpus: &mut Corpus<'_>) {
    let authority = authority_signer(corpus);
    let card = corpus.realms[0].card(8, KeyKind::P256);
    let right = tbs(&card.certificate_der).to_vec();
    let again = sign_certificate(&authority, &right);
    corpus.add(
        "certificates signed again",
        "unchanged".into(),
        message_with(&again, &card),
    );
    for index in 0..corpus.scale.of(18, 320) {
        let mut changed = right.clone();
        change(&mut corpus.dice, &mut changed);
        let der = sign_certificate(&authority, &changed);
        let message = message_with(&der, &card);
        corpus.add("certificates signed again", format!("{index}"), message);
    }
}
