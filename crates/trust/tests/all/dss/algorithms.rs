//! Other algorithms, really used: what the header claims is what was done.

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{
    ECDSA_P384_SHA384_FIXED_SIGNING, EcdsaKeyPair, RSA_PKCS1_SHA384, RSA_PKCS1_SHA512,
    RSA_PSS_SHA256, RSA_PSS_SHA384, RSA_PSS_SHA512, RsaEncoding,
};
use aws_lc_rs::{hmac, rsa};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use cnt_trust::issue::doubles::Flaw;
use cnt_trust::issue::{CardUse, Issued, KeyKind};

use super::corpus::{Corpus, Realm, Scale};
use crate::openssl_tool::{Files, openssl};
use crate::support::{CARD_START, Forge, PAYLOAD, world};

pub(super) fn add(corpus: &mut Corpus<'_>) {
    names(corpus);
    none_and_hmac(corpus);
    other_rsa(corpus);
    p384(corpus);
    other_keys(corpus);
}

/// A message whose signature is made by `sign` over its signing input.
fn signed(forge: &Forge, sign: impl Fn(&[u8]) -> Vec<u8>) -> String {
    let [header, payload] =
        [forge.header().as_bytes(), PAYLOAD].map(|part| URL_SAFE_NO_PAD.encode(part));
    let input = format!("{header}.{payload}");
    let signature = URL_SAFE_NO_PAD.encode(sign(input.as_bytes()));
    format!("{input}.{signature}")
}

fn claiming(card: &Issued, algorithm: &str) -> Forge {
    Forge::of(card).set("alg", &format!("\"{algorithm}\""))
}

/// Names alone, over a signature that would be right under the right one.
fn names(corpus: &mut Corpus<'_>) {
    for card in [&world().card, &world().rsa_card] {
        for name in [
            "none",
            "None",
            "NONE",
            "nOnE",
            "HS256",
            "HS384",
            "HS512",
            "RS1",
            "RS384",
            "RS512",
            "PS256",
            "PS384",
            "PS512",
            "ES256K",
            "ES384",
            "ES512",
            "EdDSA",
            "Ed25519",
            "es256",
            "rs256",
            "RS256 ",
            "SHA256withRSA",
            "dir",
            "A256GCM",
            "",
        ] {
            let forge = claiming(card, name);
            corpus.add(
                "algorithms",
                format!("{name:?} named for {}", card.algorithm),
                forge.sign(card),
            );
        }
    }
}

/// Key confusion: what everybody knows, used as a secret; and no signature at all.
fn none_and_hmac(corpus: &mut Corpus<'_>) {
    for card in [&world().card, &world().rsa_card] {
        let files = Files::new();
        let certificate = files.write("card.pem", card.certificate_pem());
        let public_pem = openssl(&["x509", "-in", &certificate, "-noout", "-pubkey"]).stdout;
        let public_pem_file = files.write("public.pem", &public_pem);
        let public_der =
            openssl(&["pkey", "-pubin", "-in", &public_pem_file, "-outform", "DER"]).stdout;
        let secrets = [
            ("the public key in PEM", public_pem),
            ("the public key in DER", public_der.clone()),
            (
                "the bare point",
                public_der[public_der.len() - 65..].to_vec(),
            ),
            ("the certificate", card.certificate_der.clone()),
            (
                "the certificate in PEM",
                card.certificate_pem().into_bytes(),
            ),
            ("nothing", Vec::new()),
        ];
        for (name, secret) in secrets {
            for (algorithm, hash) in [
                ("HS256", hmac::HMAC_SHA256),
                (card.algorithm.name(), hmac::HMAC_SHA256),
            ] {
                let key = hmac::Key::new(hash, &secret);
                let forge = claiming(card, algorithm);
                let message = signed(&forge, |input| hmac::sign(&key, input).as_ref().to_vec());
                let name = format!("{algorithm} with {name} of {}", card.algorithm);
                corpus.add("algorithms", name, message);
            }
        }
        for name in ["none", "None", "NONE", card.algorithm.name()] {
            let message = signed(&claiming(card, name), |_| Vec::new());
            corpus.add(
                "algorithms",
                format!("{name} and nothing for {}", card.algorithm),
                message,
            );
        }
    }
}

fn other_rsa(corpus: &mut Corpus<'_>) {
    let card = &world().rsa_card;
    let key = rsa::KeyPair::from_pkcs8(&card.key_pkcs8).unwrap();
    let table: [(&str, &'static dyn RsaEncoding); 5] = [
        ("PS256", &RSA_PSS_SHA256),
        ("PS384", &RSA_PSS_SHA384),
        ("PS512", &RSA_PSS_SHA512),
        ("RS384", &RSA_PKCS1_SHA384),
        ("RS512", &RSA_PKCS1_SHA512),
    ];
    for (name, encoding) in table {
        for claimed in [name, "RS256"] {
            let message = signed(&claiming(card, claimed), |input| {
                let mut signature = vec![0; key.public_modulus_len()];
                key.sign(encoding, &SystemRandom::new(), input, &mut signature)
                    .unwrap();
                signature
            });
            corpus.add("algorithms", format!("{name} as {claimed}"), message);
        }
    }
    for claimed in ["RS1", "RS256"] {
        let message = signed(&claiming(card, claimed), |input| {
            digest(&card.key_pem(), "-sha1", input)
        });
        corpus.add("algorithms", format!("RS1 as {claimed}"), message);
    }
}

fn digest(key_pem: &str, hash: &str, input: &[u8]) -> Vec<u8> {
    let files = Files::new();
    let (key, input) = (files.write("key.pem", key_pem), files.write("input", input));
    let output = openssl(&["dgst", hash, "-sign", &key, &input]);
    assert!(output.status.success(), "{output:?}");
    output.stdout
}

fn p384(corpus: &mut Corpus<'_>) {
    let hierarchy = &corpus.realms[0].hierarchy;
    let issued = hierarchy
        .issue_flawed_card(&Realm::agent(70), Flaw::P384, CARD_START)
        .unwrap();
    let key =
        EcdsaKeyPair::from_pkcs8(&ECDSA_P384_SHA384_FIXED_SIGNING, &issued.key_pkcs8).unwrap();
    for claimed in ["ES384", "ES256"] {
        let message = signed(&claiming(&issued, claimed), |input| {
            let signature = key.sign(&SystemRandom::new(), input).unwrap();
            signature.as_ref().to_vec()
        });
        corpus.add("algorithms", format!("ES384 as {claimed}"), message);
    }
}

/// Keys of other sizes and curves, certified by the right authority and rightly used.
fn other_keys(corpus: &mut Corpus<'_>) {
    let rsa = |bits: &str| vec!["RSA".to_owned(), format!("rsa_keygen_bits:{bits}")];
    let ec = |curve: &str| vec!["EC".to_owned(), format!("ec_paramgen_curve:{curve}")];
    let keys = [
        ("RSA-1024", rsa("1024"), "RS256"),
        ("RSA-1536", rsa("1536"), "RS256"),
        ("RSA-2047", rsa("2047"), "RS256"),
        ("RSA-2048", rsa("2048"), "RS256"),
        ("RSA-2056", rsa("2056"), "RS256"),
        ("RSA-4096", rsa("4096"), "RS256"),
        ("P-256", ec("P-256"), "ES256"),
        ("secp256k1", ec("secp256k1"), "ES256"),
        ("secp256k1", ec("secp256k1"), "ES256K"),
        ("P-224", ec("P-224"), "ES256"),
        ("P-384", ec("P-384"), "ES256"),
        ("brainpoolP256r1", ec("brainpoolP256r1"), "ES256"),
    ];
    let is_slow = |name: &str| ["RSA-2056", "RSA-4096"].contains(&name);
    for (name, parameters, claimed) in keys {
        if corpus.scale == Scale::Sample && is_slow(name) {
            continue;
        }
        let files = Files::new();
        let [kind, option] = &parameters[..] else {
            unreachable!("a kind and an option")
        };
        let key = openssl(&["genpkey", "-algorithm", kind, "-pkeyopt", option]).stdout;
        let key_file = files.write("key.pem", &key);
        let public = openssl(&["pkey", "-in", &key_file, "-pubout", "-outform", "DER"]).stdout;
        let realm = &corpus.realms[0];
        let certified = realm.hierarchy.certify_card(
            &Realm::agent(71),
            CardUse::Signature,
            &public,
            CARD_START,
        );
        let Ok(certificate_der) = certified else {
            // Our authorities do not even certify it.
            assert!(
                ["secp256k1", "brainpoolP256r1", "P-224"].contains(&name),
                "{name}"
            );
            continue;
        };
        let card = Issued {
            certificate_der,
            ..realm.card(72, KeyKind::P256)
        };
        let key = String::from_utf8(key).unwrap();
        let message = signed(&claiming(&card, claimed), |input| {
            let signature = digest(&key, "-sha256", input);
            if kind == "RSA" {
                signature
            } else {
                raw_signature(&signature)
            }
        });
        corpus.add("algorithms", format!("{name} as {claimed}"), message);
    }
}

/// r‖s of SEQUENCE { INTEGER r, INTEGER s }, each as long as the longer, at least 32 bytes.
fn raw_signature(der: &[u8]) -> Vec<u8> {
    let r = integer(&der[2..]);
    let s = integer(&der[4 + usize::from(der[3])..]);
    let width = r.len().max(s.len()).max(32);
    let wide = |scalar: &[u8]| [vec![0; width - scalar.len()], scalar.to_vec()].concat();
    [wide(r), wide(s)].concat()
}

fn integer(der: &[u8]) -> &[u8] {
    let content = &der[2..2 + usize::from(der[1])];
    let zeros = content.iter().take_while(|byte| **byte == 0).count();
    &content[zeros..]
}
