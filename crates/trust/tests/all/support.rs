//! One small world, and messages forged with any header.

use std::sync::OnceLock;

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use cnt_trust::issue::{
    AgentIdentity, AuthorityRole, CardUse, Hierarchy, HierarchyParams, Issued, KeyKind,
};
use cnt_trust::{
    CardVerifier, MessageSigner, RevocationView, Scratch, TrustProblem, VerifierOptions, sha256,
};

pub(crate) const DAY: i64 = 86_400;
/// When messages are signed: 28 May 2026.
pub(crate) const IAT: i64 = 1_780_000_000;
pub(crate) const HIERARCHY_START: i64 = IAT - 365 * DAY;
pub(crate) const CARD_START: i64 = IAT - 100 * DAY;
pub(crate) const PAYLOAD: &[u8] = br#"{"id_mif":"0198c0de-0000-7000-8000-000000000001"}"#;

pub(crate) struct World {
    pub(crate) hierarchy: Hierarchy,
    pub(crate) agent: AgentIdentity,
    pub(crate) card: Issued,
    pub(crate) rsa_card: Issued,
}

pub(crate) fn world() -> &'static World {
    static WORLD: OnceLock<World> = OnceLock::new();
    WORLD.get_or_init(|| {
        let params = HierarchyParams::from_number(7, HIERARCHY_START);
        let hierarchy = Hierarchy::generate(params).unwrap();
        let agent = AgentIdentity::simulated(42, "123456789", "Commune de Fictive");
        let issue = |kind| hierarchy.issue_card(&agent, CardUse::Signature, kind, CARD_START);
        let (card, rsa_card) = (
            issue(KeyKind::P256).unwrap(),
            issue(KeyKind::Rsa2048).unwrap(),
        );
        World {
            hierarchy,
            agent,
            card,
            rsa_card,
        }
    })
}

impl World {
    pub(crate) fn verifier(&self) -> CardVerifier {
        let anchors = self.hierarchy.card_anchors().unwrap();
        CardVerifier::new(
            anchors,
            RevocationView::default(),
            VerifierOptions::default(),
        )
    }

    pub(crate) fn authority_der(&self, role: AuthorityRole) -> &[u8] {
        self.hierarchy.authority(role).certificate_der()
    }
}

pub(crate) fn problems(verifier: &CardVerifier, message: &[u8]) -> Vec<TrustProblem> {
    verifier
        .check_bytes(message, &mut Scratch::default())
        .verification
        .problems
}

/// A message with any header, signed rightly over whatever it says.
#[derive(Clone)]
pub(crate) struct Forge {
    pub(crate) members: Vec<(String, String)>,
    pub(crate) payload: Vec<u8>,
}

impl Forge {
    pub(crate) fn of(issued: &Issued) -> Self {
        let der = &issued.certificate_der;
        let member = |name: &str, value: String| (name.to_owned(), value);
        Self {
            members: vec![
                member("alg", format!("\"{}\"", issued.algorithm)),
                member("typ", "\"jose\"".into()),
                member("cty", "\"json\"".into()),
                member("x5c", format!("[\"{}\"]", STANDARD.encode(der))),
                member(
                    "x5t#S256",
                    format!("\"{}\"", URL_SAFE_NO_PAD.encode(sha256(der))),
                ),
                member("iat", IAT.to_string()),
            ],
            payload: PAYLOAD.to_vec(),
        }
    }

    pub(crate) fn set(mut self, name: &str, value: &str) -> Self {
        let member = self
            .members
            .iter_mut()
            .find(|(member, _)| member == name)
            .unwrap();
        member.1 = value.to_owned();
        self
    }

    pub(crate) fn add(mut self, name: &str, value: &str) -> Self {
        self.members.push((name.to_owned(), value.to_owned()));
        self
    }

    pub(crate) fn remove(mut self, name: &str) -> Self {
        self.members.retain(|(member, _)| member != name);
        self
    }

    pub(crate) fn header(&self) -> String {
        let members: Vec<String> = self
            .members
            .iter()
            .map(|(name, value)| format!("\"{name}\":{value}"))
            .collect();
        format!("{{{}}}", members.join(","))
    }

    pub(crate) fn sign(&self, issued: &Issued) -> String {
        sign_header(self.header().as_bytes(), &self.payload, issued)
    }
}

pub(crate) fn sign_header(header: &[u8], payload: &[u8], issued: &Issued) -> String {
    let input = format!(
        "{}.{}",
        URL_SAFE_NO_PAD.encode(header),
        URL_SAFE_NO_PAD.encode(payload)
    );
    let signature = issued.signer().unwrap().sign(input.as_bytes()).unwrap();
    format!("{input}.{}", URL_SAFE_NO_PAD.encode(signature))
}

/// A message and all that is wrong with it; nothing, for a neighbour that must pass.
pub(crate) struct Case {
    pub(crate) name: String,
    pub(crate) message: Vec<u8>,
    pub(crate) expected: Vec<TrustProblem>,
}

pub(crate) fn case(
    name: impl Into<String>,
    message: impl Into<Vec<u8>>,
    expected: &[TrustProblem],
) -> Case {
    Case {
        name: name.into(),
        message: message.into(),
        expected: expected.to_vec(),
    }
}
