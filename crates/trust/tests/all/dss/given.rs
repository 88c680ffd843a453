//! Messages listed one by one: every cause of refusal with its neighbours, and right ones in all
//! spellings.

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use cnt_trust::issue::doubles::Flaw;
use cnt_trust::issue::{AuthorityRole, CardUse, KeyKind};
use cnt_trust::sign_compact;

use super::corpus::{Corpus, Realm};
use crate::support::{CARD_START, Forge, IAT, sign_header, world};
use crate::{cases_card, cases_format};

pub(super) fn add(corpus: &mut Corpus<'_>) {
    for case in cases_format::cases() {
        corpus.add("cases of form", case.name, case.message);
    }
    for case in cases_card::cases() {
        corpus.add("cases of signature and card", case.name, case.message);
    }
    valid(corpus);
    wrong_keys(corpus);
    flawed(corpus);
    extra_members(corpus);
    sizes(corpus);
    twins(corpus);
    other_forms(corpus);
}

fn valid(corpus: &mut Corpus<'_>) {
    let count = u32::try_from(corpus.scale.of(8, 200)).unwrap();
    for realm in 0..corpus.realms.len() {
        let kinds: &[(KeyKind, u32)] = &[
            (KeyKind::P256, count),
            (KeyKind::Rsa2048, count.div_ceil(50)),
            (KeyKind::Rsa3072, count.div_ceil(100)),
        ];
        for (kind, cards) in kinds {
            for index in 0..*cards {
                let card = corpus.realms[realm].card(index, *kind);
                let iat = IAT - i64::try_from(corpus.dice.below(60 * 86_400)).unwrap();
                let length = corpus.dice.below(2_000);
                let payload = format!("{{\"index\":{index},\"texte\":\"{}\"}}", "é".repeat(length));
                let message = sign_compact(payload.as_bytes(), iat, &card.signer().unwrap());
                let delay = i64::try_from(corpus.dice.below(20 * 86_400)).unwrap();
                let name = format!("{kind:?} {index}");
                corpus.add_at(realm, "valid", name, message.unwrap(), iat + delay);
            }
        }
    }
    let card = world().card.clone();
    let forge = Forge::of(&card);
    for turn in 0..forge.members.len() {
        let mut turned = forge.clone();
        turned.members.rotate_left(turn);
        corpus.add(
            "valid",
            format!("members turned by {turn}"),
            turned.sign(&card),
        );
        let mut swapped = forge.clone();
        swapped.members.swap(0, turn);
        let spaced = swapped.header().replace("\",\"", "\" ,\n\t\"");
        let message = sign_header(spaced.as_bytes(), b"{}", &card);
        corpus.add(
            "valid",
            format!("members swapped and spaced {turn}"),
            message,
        );
    }
    for payload in [
        "[]",
        "null",
        "not JSON at all",
        "\u{0}",
        "{\"a\":1,\"a\":2}",
    ] {
        let forge = Forge {
            payload: payload.into(),
            ..forge.clone()
        };
        corpus.add("valid", format!("payload {payload:?}"), forge.sign(&card));
    }
}

/// Signed by another's key, of the same kind or the other.
fn wrong_keys(corpus: &mut Corpus<'_>) {
    let world = world();
    for index in 0..u32::try_from(corpus.scale.of(1, 60)).unwrap() {
        let card = corpus.realms[0].card(index, KeyKind::P256);
        let colleague = corpus.realms[0].card(index + 500, KeyKind::P256);
        let forge = Forge::of(&card);
        corpus.add(
            "wrong key",
            format!("a colleague's {index}"),
            forge.sign(&colleague),
        );
        corpus.add(
            "wrong key",
            format!("RSA for P-256 {index}"),
            forge.sign(&world.rsa_card),
        );
        let other = Forge::of(&world.rsa_card);
        corpus.add(
            "wrong key",
            format!("P-256 for RSA {index}"),
            other.sign(&card),
        );
        let claimed = forge.set("alg", "\"RS256\"").sign(&world.rsa_card);
        corpus.add(
            "wrong key",
            format!("RS256 over a P-256 certificate {index}"),
            claimed,
        );
        let der = &colleague.certificate_der;
        let thumbprint = URL_SAFE_NO_PAD.encode(cnt_trust::sha256(der));
        let stranger = Forge::of(&card).set("x5t#S256", &format!("\"{thumbprint}\""));
        corpus.add(
            "wrong key",
            format!("a colleague's thumbprint {index}"),
            stranger.sign(&card),
        );
        corpus.add(
            "wrong key",
            format!("colleague and thumbprint {index}"),
            stranger.sign(&colleague),
        );
    }
}

const FLAWS: [Flaw; 19] = [
    Flaw::RogueAuthority,
    Flaw::StrangeAuthority,
    Flaw::LeafAsAuthority,
    Flaw::AuthorityAsSigner,
    Flaw::AuthenticationCertificate,
    Flaw::OutlivesAuthority,
    Flaw::NotYetValid,
    Flaw::Expired,
    Flaw::TooLong,
    Flaw::WrongPolicy,
    Flaw::NoPolicy,
    Flaw::TwoUsages,
    Flaw::UsageNotCritical,
    Flaw::ExtendedUsage,
    Flaw::UnknownCriticalExtension,
    Flaw::Rsa1024,
    Flaw::P384,
    Flaw::NoSiren,
    Flaw::NoAgentNumber,
];

/// Certificates wrong in one way, with and without their chain.
fn flawed(corpus: &mut Corpus<'_>) {
    let rogue = corpus.realms[0].hierarchy.rogue().unwrap();
    let rogue_chain = [AuthorityRole::AgentsSignature, AuthorityRole::AgentsRoot]
        .map(|role| STANDARD.encode(rogue.authority(role).certificate_der()));
    for index in 0..u32::try_from(corpus.scale.of(1, 8)).unwrap() {
        for realm in 0..corpus.scale.of(1, corpus.realms.len()) {
            for flaw in FLAWS {
                let agent = Realm::agent(2_000 + index);
                let hierarchy = &corpus.realms[realm].hierarchy;
                let issued = hierarchy.issue_flawed_card(&agent, flaw, CARD_START);
                let issued = issued.unwrap();
                let signs = !matches!(flaw, Flaw::Rsa1024 | Flaw::P384);
                let key = if signs { &issued } else { &world().card };
                let name = format!("{flaw:?} {index}");
                corpus.add_in(
                    realm,
                    "flawed certificate",
                    name,
                    Forge::of(&issued).sign(key),
                );
            }
        }
        let agent = Realm::agent(3_000 + index);
        let card = rogue
            .issue_card(&agent, CardUse::Signature, KeyKind::P256, CARD_START)
            .unwrap();
        let own = STANDARD.encode(&card.certificate_der);
        for chain in [&rogue_chain[..1], &rogue_chain[..]] {
            let value =
                serde_json::to_string(&[std::slice::from_ref(&own), chain].concat()).unwrap();
            let message = Forge::of(&card).set("x5c", &value).sign(&card);
            let name = format!("of a rogue, {} above, {index}", chain.len());
            corpus.add("flawed certificate", name, message);
        }
        let station = cnt_trust::issue::StationIdentity {
            number: format!("SIM-STATION-{index}"),
            siren: "123456789".into(),
            organisation: "Commune de Fictive".into(),
        };
        let hierarchy = &corpus.realms[0].hierarchy;
        for (name, issued) in [
            (
                "station's seal",
                hierarchy.issue_station_seal(&station, CARD_START),
            ),
            (
                "station's connection",
                hierarchy.issue_station_connection(&station, CARD_START),
            ),
            (
                "service's seal",
                hierarchy.issue_service_seal("archive", CARD_START),
            ),
        ] {
            let issued = issued.unwrap();
            let message = Forge::of(&issued).sign(&issued);
            corpus.add("flawed certificate", format!("{name} {index}"), message);
        }
    }
}

/// Members that would mean something, with values that would.
fn extra_members(corpus: &mut Corpus<'_>) {
    let card = world().card.clone();
    let right = Forge::of(&card);
    let own = STANDARD.encode(&card.certificate_der);
    let values: &[(&str, &str)] = &[
        ("kid", "\"1\""),
        ("jku", "\"https://example.org/keys\""),
        ("x5u", "\"https://example.org/cert\""),
        ("x5t", "\"AAAAAAAAAAAAAAAAAAAAAAAAAAA\""),
        ("sigT", "\"2026-05-28T20:26:40Z\""),
        (
            "sigD",
            "{\"mId\":\"http://uri.etsi.org/19182/ObjectIdByURI\",\"pars\":[\"a\"]}",
        ),
        ("sigPId", "{\"id\":{\"id\":\"urn:oid:1.2.3\"}}"),
        (
            "srCms",
            "[{\"commId\":{\"id\":\"urn:oid:1.2.840.113549.1.9.16.6.1\"}}]",
        ),
        ("sigPl", "{\"addressCountry\":\"FR\"}"),
        ("b64", "true"),
        ("b64", "false"),
        ("crit", "[]"),
        ("crit", "[\"exp\"]"),
        ("exp", "1790000000"),
        ("nbf", "1"),
        ("zip", "\"DEF\""),
        ("x", "1"),
    ];
    for (name, value) in values {
        let forge = right.clone().add(name, value);
        corpus.add(
            "extra members",
            format!("{name} {value:.20}"),
            forge.clone().sign(&card),
        );
        let critical = forge.add("crit", &format!("[\"{name}\"]"));
        corpus.add(
            "extra members",
            format!("{name} {value:.20} critical"),
            critical.sign(&card),
        );
    }
    // RFC 7797: the payload as it is, in the signing input and in the message.
    let unencoded = right.clone().add("b64", "false").add("crit", "[\"b64\"]");
    let header = URL_SAFE_NO_PAD.encode(unencoded.header());
    let input = format!("{header}.{{\"a\":1}}");
    let signature = cnt_trust::MessageSigner::sign(&card.signer().unwrap(), input.as_bytes());
    let message = format!("{input}.{}", URL_SAFE_NO_PAD.encode(signature.unwrap()));
    corpus.add("extra members", "payload unencoded".into(), message);
    // The signer in second place, found by its thumbprint.
    for (name, others) in [
        ("its issuer", corpus.realms[0].issuing().to_vec()),
        ("the root", corpus.realms[0].root().to_vec()),
        (
            "a colleague",
            corpus.realms[0].card(1, KeyKind::P256).certificate_der,
        ),
    ] {
        let value = format!("[\"{}\",\"{own}\"]", STANDARD.encode(others));
        let message = right.clone().set("x5c", &value).sign(&card);
        corpus.add("extra members", format!("x5c begins with {name}"), message);
    }
    for count in [4, 24] {
        let useless: Vec<String> = (0..count - 1)
            .map(|index| {
                STANDARD.encode(corpus.realms[0].card(index, KeyKind::P256).certificate_der)
            })
            .collect();
        let value = serde_json::to_string(&[vec![own.clone()], useless].concat()).unwrap();
        let message = right.clone().set("x5c", &value).sign(&card);
        corpus.add("extra members", format!("{count} certificates"), message);
    }
}

fn sizes(corpus: &mut Corpus<'_>) {
    let card = world().card.clone();
    let bare = Forge::of(&card).sign(&card).len();
    for size in [1_000, 40_000, 48_000, 50_000, 70_000, 400_000] {
        let forge = Forge {
            payload: vec![b'x'; size],
            ..Forge::of(&card)
        };
        corpus.add("sizes", format!("{bare} and {size}"), forge.sign(&card));
    }
}

/// The order of P-256.
const ORDER: [u8; 32] = [
    0xff, 0xff, 0xff, 0xff, 0, 0, 0, 0, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xbc, 0xe6,
    0xfa, 0xad, 0xa7, 0x17, 0x9e, 0x84, 0xf3, 0xb9, 0xca, 0xc2, 0xfc, 0x63, 0x25, 0x51,
];

/// The difference, modulo 2²⁵⁶.
fn minus(from: &[u8; 32], what: &[u8]) -> [u8; 32] {
    let mut difference = [0; 32];
    let mut borrow = 0;
    for index in (0..32).rev() {
        let digit = i16::from(from[index]) - i16::from(what[index]) - borrow;
        borrow = i16::from(digit < 0);
        difference[index] = u8::try_from(digit.rem_euclid(256)).unwrap();
    }
    difference
}

/// (r, n − s) verifies like (r, s); r or s beyond the order do not.
fn twins(corpus: &mut Corpus<'_>) {
    for index in 0..u32::try_from(corpus.scale.of(2, 40)).unwrap() {
        let card = corpus.realms[0].card(index, KeyKind::P256);
        let right = Forge::of(&card).sign(&card);
        let (input, signature) = right.rsplit_once('.').unwrap();
        let raw = URL_SAFE_NO_PAD.decode(signature).unwrap();
        let (r, s) = raw.split_at(32);
        let mut with = |name: &str, r: &[u8], s: &[u8]| {
            let signature = URL_SAFE_NO_PAD.encode([r, s].concat());
            let message = format!("{input}.{signature}");
            corpus.add("twin signatures", format!("{name} {index}"), message);
        };
        with("same", r, s);
        with("twin", r, &minus(&ORDER, s));
        with("s is n", r, &ORDER);
        with("r is n", &ORDER, s);
        with("s is 0", r, &[0; 32]);
        with("r negative", &minus(&ORDER, r), s);
    }
}

/// The same signature in the other serializations of RFC 7515.
fn other_forms(corpus: &mut Corpus<'_>) {
    let card = world().card.clone();
    let right = Forge::of(&card).sign(&card);
    let [header, payload, signature] =
        <[&str; 3]>::try_from(right.split('.').collect::<Vec<_>>()).unwrap();
    let flattened = format!(
        "{{\"payload\":\"{payload}\",\"protected\":\"{header}\",\"signature\":\"{signature}\"}}"
    );
    let general = format!(
        "{{\"payload\":\"{payload}\",\"signatures\":[{{\"protected\":\"{header}\",\"signature\":\"{signature}\"}}]}}"
    );
    corpus.add("other forms", "flattened JSON".into(), flattened);
    corpus.add("other forms", "general JSON".into(), general);
    corpus.add(
        "other forms",
        "detached".into(),
        format!("{header}..{signature}"),
    );
    corpus.add(
        "other forms",
        "byte order mark".into(),
        format!("\u{feff}{right}"),
    );
    for space in [" ", "\n", "\r\n", "\t"] {
        corpus.add(
            "other forms",
            format!("{space:?} after"),
            format!("{right}{space}"),
        );
        corpus.add(
            "other forms",
            format!("{space:?} before"),
            format!("{space}{right}"),
        );
        let within = format!("{header}.{payload}.{space}{signature}");
        corpus.add("other forms", format!("{space:?} within"), within);
    }
}
