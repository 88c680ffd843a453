//! Messages wrong in form, and their neighbours that are right.

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use cnt_trust::TrustProblem::*;
use cnt_trust::issue::AuthorityRole;
use cnt_trust::{Part, TrustProblem};

use crate::support::{Case, Forge, IAT, case, sign_header, world};

pub(crate) fn cases() -> Vec<Case> {
    let mut cases = envelopes();
    cases.extend(strange_members());
    cases.extend(values());
    cases.extend(types());
    cases.extend(certificates());
    cases
}

fn envelopes() -> Vec<Case> {
    let card = &world().card;
    let right = Forge::of(card).sign(card);
    let parts: Vec<&str> = right.split('.').collect();
    let [header, payload, signature] = [parts[0], parts[1], parts[2]];
    let bad = |part| [BadBase64 { part }];
    let empty = Forge {
        payload: Vec::new(),
        ..Forge::of(card)
    };
    let mut cases = vec![
        case("right", right.clone(), &[]),
        case("nothing", "", &[NotThreeParts { parts: 1 }]),
        case(
            "two parts",
            format!("{header}.{payload}"),
            &[NotThreeParts { parts: 2 }],
        ),
        case(
            "four parts",
            format!("{right}.{signature}"),
            &[NotThreeParts { parts: 4 }],
        ),
        case(
            "JSON form",
            "{\"payload\":\"\"}",
            &[NotThreeParts { parts: 1 }],
        ),
        case(
            "padded header",
            format!("{header}=.{payload}.{signature}"),
            &bad(Part::Header),
        ),
        case("newline", format!("{right}\n"), &bad(Part::Signature)),
        case(
            "bytes for a signature",
            [format!("{header}.{payload}.").as_bytes(), b"\xff\xfe"].concat(),
            &bad(Part::Signature),
        ),
        case(
            "four parts of bytes",
            b"\xff.\xff.\xff.",
            &[NotThreeParts { parts: 4 }],
        ),
        case("empty payload", empty.sign(card), &[PayloadMissing]),
    ];
    let padded = format!("{header}.{payload}=.{signature}");
    cases.push(case(
        "padded payload",
        padded,
        &[
            BadBase64 {
                part: Part::Payload,
            },
            SignatureInvalid,
        ],
    ));
    for (name, json) in [
        ("array header", &b"[]"[..]),
        ("cut header", b"{\"alg\":\"ES256\""),
        ("header and more", b"{} {}"),
        ("header not UTF-8", b"{\"\xff\":1}"),
        ("lone surrogate", b"{\"alg\":\"\\ud800\"}"),
    ] {
        cases.push(case(name, sign_header(json, b"{}", card), &[HeaderNotJson]));
    }
    cases
}

fn strange_members() -> Vec<Case> {
    let card = &world().card;
    let right = Forge::of(card);
    let mut cases = Vec::new();
    for name in [
        "crit", "b64", "sigD", "kid", "jku", "jwk", "x5u", "x5t", "x5t#o", "sigX5ts", "sigT",
    ] {
        let message = right.clone().add(name, "[\"b64\"]").sign(card);
        cases.push(case(
            name,
            message,
            &[ForbiddenMember { name: name.into() }],
        ));
    }
    for name in ["foo", "ALG", "iat "] {
        let message = right.clone().add(name, "{\"a\":[1,{}]}").sign(card);
        cases.push(case(name, message, &[UnknownMember { name: name.into() }]));
    }
    for (name, value) in right.members.clone() {
        let twice = right.clone().add(&name, &value).sign(card);
        cases.push(case(
            format!("{name} twice"),
            twice,
            &[DuplicateMember { name }],
        ));
    }
    let escaped = right.clone().add("\\u0069at", "1").sign(card);
    cases.push(case(
        "iat twice, escaped",
        escaped,
        &[DuplicateMember { name: "iat".into() }],
    ));
    for name in ["alg", "typ", "cty", "x5c", "x5t#S256", "iat"] {
        let message = right.clone().remove(name).sign(card);
        cases.push(case(
            format!("no {name}"),
            message,
            &[MissingMember { name }],
        ));
    }
    let several = right
        .clone()
        .remove("typ")
        .add("crit", "[]")
        .add("foo", "1")
        .sign(card);
    let expected = [
        ForbiddenMember {
            name: "crit".into(),
        },
        UnknownMember { name: "foo".into() },
        MissingMember { name: "typ" },
    ];
    cases.push(case("three at once", several, &expected));
    cases
}

fn values() -> Vec<Case> {
    let card = &world().card;
    let right = Forge::of(card);
    let thumbprint = URL_SAFE_NO_PAD.encode([0; 32]);
    let mut cases = Vec::new();
    let mut add = |member: &str, value: &str, expected: &[TrustProblem]| {
        let message = right.clone().set(member, value).sign(card);
        cases.push(case(format!("{member} {value:.30}"), message, expected));
    };
    for media_type in ["\"JOSE\"", "\"application/jose\"", "\"Application/JOSE\""] {
        add("typ", media_type, &[]);
    }
    for media_type in [
        "\"JWT\"",
        "\"jose+json\"",
        "\"application/application/jose\"",
        "\"\"",
    ] {
        add("typ", media_type, &[WrongMediaType { name: "typ" }]);
    }
    add("cty", "\"application/Json\"", &[]);
    add("cty", "\"text/json\"", &[WrongMediaType { name: "cty" }]);
    for algorithm in [
        "none", "HS256", "PS256", "ES384", "ES256K", "EdDSA", "es256", "",
    ] {
        let problem = AlgorithmNotAllowed {
            algorithm: algorithm.into(),
        };
        add("alg", &format!("\"{algorithm}\""), &[problem]);
    }
    add("alg", "\"RS256\"", &[AlgorithmKeyMismatch]);
    for wrong in [
        "1780000000.0",
        "178e7",
        "-1",
        "253402300800",
        "99999999999999999999",
    ] {
        add("iat", wrong, &[SigningTimeMalformed]);
    }
    for wrong in [
        "",
        "AAAA",
        &format!("{thumbprint}="),
        &thumbprint.replace('A', "+"),
    ] {
        add("x5t#S256", &format!("\"{wrong}\""), &[ThumbprintMalformed]);
    }
    add(
        "x5t#S256",
        &format!("\"{thumbprint}\""),
        &[ThumbprintMismatch],
    );
    add("iat", &(IAT - 1).to_string(), &[]);
    cases
}

fn types() -> Vec<Case> {
    let card = &world().card;
    let table = [
        ("alg", "5"),
        ("typ", "null"),
        ("cty", "true"),
        ("x5c", "\"MII\""),
        ("x5c", "[1]"),
        ("x5c", "{}"),
        ("x5t#S256", "[\"a\"]"),
        ("iat", "\"1780000000\""),
        ("iat", "null"),
    ];
    table
        .into_iter()
        .map(|(name, value)| {
            let message = Forge::of(card).set(name, value).sign(card);
            case(format!("{name} {value}"), message, &[WrongType { name }])
        })
        .collect()
}

fn certificates() -> Vec<Case> {
    let world = world();
    let card = &world.card;
    let right = Forge::of(card);
    let own = STANDARD.encode(&card.certificate_der);
    let above = STANDARD.encode(world.authority_der(AuthorityRole::AgentsSignature));
    let root = STANDARD.encode(world.authority_der(AuthorityRole::AgentsRoot));
    let mut cases = Vec::new();
    let mut add = |name: &str, certificates: &[&str], expected: &[TrustProblem]| {
        let value = serde_json::to_string(certificates).unwrap();
        cases.push(case(
            name,
            right.clone().set("x5c", &value).sign(card),
            expected,
        ));
    };
    add("two certificates", &[&own, &above], &[]);
    add("three certificates", &[&own, &above, &root], &[]);
    add("no certificate", &[], &[CertificateCount { count: 0 }]);
    add(
        "four certificates",
        &[&own, &above, &root, &root],
        &[CertificateCount { count: 4 }],
    );
    let rubbish = |index| [CertificateNotBase64 { index }];
    add("second not base64", &[&own, "!"], &rubbish(1));
    add("third not DER", &[&own, &above, "AAAA"], &rubbish(2));
    let unpadded = own.trim_end_matches('=');
    let url_safe = base64::engine::general_purpose::URL_SAFE.encode(&card.certificate_der);
    add("first not base64", &["!"], &rubbish(0));
    add("newline in base64", &[&format!("{own}\n")], &rubbish(0));
    assert!(
        unpadded.len() < own.len() || url_safe != own,
        "one of the next two must bite"
    );
    if unpadded.len() < own.len() {
        add("base64 without padding", &[unpadded], &rubbish(0));
    }
    if url_safe != own {
        add("base64url", &[&url_safe], &rubbish(0));
    }
    // Some JSON writers escape every slash.
    let escaped = right
        .clone()
        .set("x5c", &format!("[\"{}\"]", own.replace('/', "\\/")));
    cases.push(case("escaped slashes", escaped.sign(card), &[]));
    let wrong_order = right
        .clone()
        .set("x5c", &format!("[\"{above}\",\"{own}\"]"))
        .sign(card);
    let reading = crate::support::problems(&world.verifier(), wrong_order.as_bytes());
    assert!(
        reading.contains(&AuthorityAsSigner),
        "x5c[0] is the signer: {reading:?}"
    );
    assert!(reading.contains(&ThumbprintMismatch) && reading.contains(&SignatureInvalid));
    cases
}
