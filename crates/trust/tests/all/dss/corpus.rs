//! What is judged: messages, when they arrived, and what was known of revocations then.

use std::collections::HashMap;
use std::rc::Rc;

use cnt_trust::issue::{
    AgentIdentity, AuthorityAlgorithm, AuthorityRole, CardUse, CrlDates, Hierarchy,
    HierarchyParams, Issued, KeyKind,
};
use cnt_trust::{CardVerifier, Revocation, RevocationView, VerifierOptions};

use super::{algorithms, changed, dated, given};
use crate::support::{CARD_START, HIERARCHY_START, IAT};

pub(super) const HOUR: i64 = 3_600;
/// RGS three stars: a CRL lives 36 hours.
const CRL_SECONDS: i64 = 36 * HOUR;

/// How much is drawn at random besides what is listed one by one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Scale {
    /// A few of each class.
    Sample,
    /// Two thousand and more.
    Full,
}

impl Scale {
    pub(super) fn of(self, sample: usize, full: usize) -> usize {
        match self {
            Self::Sample => sample,
            Self::Full => full,
        }
    }
}

/// Pseudo-random choices from a seed (`SplitMix64`).
pub(super) struct Dice(u64);

impl Dice {
    pub(super) fn new(seed: u64) -> Self {
        Self(seed)
    }

    pub(super) fn below(&mut self, limit: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        usize::try_from((mixed ^ (mixed >> 31)) % u64::try_from(limit).unwrap()).unwrap()
    }

    pub(super) fn byte(&mut self) -> u8 {
        u8::try_from(self.below(256)).unwrap()
    }

    pub(super) fn pick<'a, T>(&mut self, items: &'a [T]) -> &'a T {
        &items[self.below(items.len())]
    }

    pub(super) fn flip(&mut self, bytes: &mut [u8]) {
        let place = self.below(bytes.len());
        bytes[place] ^= 1 << self.below(8);
    }
}

/// Authorities and what verifies their cards.
pub(super) struct Realm {
    pub(super) slug: &'static str,
    pub(super) hierarchy: Hierarchy,
    pub(super) verifier: CardVerifier,
}

impl Realm {
    pub(super) fn p256() -> Self {
        Self::new("p256", AuthorityAlgorithm::P256)
    }

    fn new(slug: &'static str, algorithm: AuthorityAlgorithm) -> Self {
        // The seed of `support`: cards of that world are this realm's too.
        let params = HierarchyParams {
            algorithm,
            ..HierarchyParams::from_number(7, HIERARCHY_START)
        };
        let hierarchy = Hierarchy::generate(params).unwrap();
        let verifier = CardVerifier::new(
            hierarchy.card_anchors().unwrap(),
            RevocationView::default(),
            VerifierOptions::default(),
        );
        Self {
            slug,
            hierarchy,
            verifier,
        }
    }

    pub(super) fn all() -> Vec<Self> {
        vec![
            Self::p256(),
            Self::new("rsa3072", AuthorityAlgorithm::Rsa3072),
        ]
    }

    pub(super) fn root(&self) -> &[u8] {
        self.der(AuthorityRole::AgentsRoot)
    }

    pub(super) fn issuing(&self) -> &[u8] {
        self.der(AuthorityRole::AgentsSignature)
    }

    pub(super) fn der(&self, role: AuthorityRole) -> &[u8] {
        self.hierarchy.authority(role).certificate_der()
    }

    pub(super) fn agent(index: u32) -> AgentIdentity {
        AgentIdentity::simulated(1_000 + index, "123456789", "Commune de Fictive")
    }

    pub(super) fn card(&self, index: u32, kind: KeyKind) -> Issued {
        let agent = Self::agent(index);
        self.hierarchy
            .issue_card(&agent, CardUse::Signature, kind, CARD_START)
            .unwrap()
    }

    /// CRLs of the root and of AC Agents Signature with these revocations.
    pub(super) fn crls(&self, dates: CrlDates, revocations: &[Revocation]) -> [Rc<Vec<u8>>; 2] {
        let issuing = self.hierarchy.authority(AuthorityRole::AgentsSignature);
        [AuthorityRole::AgentsRoot, AuthorityRole::AgentsSignature].map(|role| {
            let own: Vec<Revocation> = revocations
                .iter()
                .filter(|known| {
                    (known.serial == issuing.serial()) == (role == AuthorityRole::AgentsRoot)
                })
                .copied()
                .collect();
            let authority = self.hierarchy.authority(role);
            Rc::new(authority.crl(dates, &own).unwrap())
        })
    }
}

/// A CRL issued at the instant of a reception.
pub(super) fn fresh(reception: i64) -> CrlDates {
    CrlDates {
        number: 5,
        this_update: reception,
        next_update: reception + CRL_SECONDS,
    }
}

/// A message as it arrives.
pub(super) struct Message {
    pub(super) class: &'static str,
    pub(super) name: String,
    pub(super) bytes: Vec<u8>,
    pub(super) reception: i64,
    /// Its authorities' place among the realms.
    pub(super) realm: usize,
    /// What the registry knows, dated.
    pub(super) revocations: Vec<Revocation>,
    /// What is published at reception.
    pub(super) crls: Vec<Rc<Vec<u8>>>,
}

/// Builds the corpus, keeping CRLs that are used again.
pub(super) struct Corpus<'r> {
    pub(super) realms: &'r [Realm],
    pub(super) scale: Scale,
    pub(super) dice: Dice,
    pub(super) messages: Vec<Message>,
    usual: HashMap<(usize, i64), [Rc<Vec<u8>>; 2]>,
}

impl<'r> Corpus<'r> {
    fn new(realms: &'r [Realm], scale: Scale) -> Self {
        Self {
            realms,
            scale,
            dice: Dice::new(0x0d55),
            messages: Vec::new(),
            usual: HashMap::new(),
        }
    }

    /// Adds a message with nothing revoked, received a minute after it says it was signed (or, when
    /// it does not say, a minute after most were).
    pub(super) fn add(&mut self, class: &'static str, name: String, bytes: impl Into<Vec<u8>>) {
        self.add_in(0, class, name, bytes);
    }

    pub(super) fn add_in(
        &mut self,
        realm: usize,
        class: &'static str,
        name: String,
        bytes: impl Into<Vec<u8>>,
    ) {
        let bytes = bytes.into();
        let reception = plausible_signing_time(&bytes).unwrap_or(IAT) + 60;
        self.add_at(realm, class, name, bytes, reception);
    }

    pub(super) fn add_at(
        &mut self,
        realm: usize,
        class: &'static str,
        name: String,
        bytes: impl Into<Vec<u8>>,
        reception: i64,
    ) {
        let of_realm = &self.realms[realm];
        let crls = self
            .usual
            .entry((realm, reception))
            .or_insert_with(|| of_realm.crls(fresh(reception), &[]))
            .to_vec();
        self.messages.push(Message {
            class,
            name,
            bytes: bytes.into(),
            reception,
            realm,
            revocations: Vec::new(),
            crls,
        });
    }
}

/// `iat` where it is an integer within the life of the authorities.
fn plausible_signing_time(bytes: &[u8]) -> Option<i64> {
    let header = super::lenient::header(bytes)?;
    let iat = header.get("iat")?.as_i64()?;
    let life = HIERARCHY_START..HIERARCHY_START + 3653 * 86_400;
    life.contains(&iat).then_some(iat)
}

/// The whole corpus; the seed decides everything but what libraries draw themselves (RSA keys,
/// ECDSA nonces).
pub(super) fn generate(realms: &[Realm], scale: Scale) -> Vec<Message> {
    let mut corpus = Corpus::new(realms, scale);
    given::add(&mut corpus);
    changed::add(&mut corpus);
    dated::add(&mut corpus);
    algorithms::add(&mut corpus);
    corpus.messages
}

/// Messages made elsewhere.
pub(super) fn given_messages(
    realms: &[Realm],
    messages: impl IntoIterator<Item = Vec<u8>>,
) -> Vec<Message> {
    let mut corpus = Corpus::new(realms, Scale::Sample);
    for (index, message) in messages.into_iter().enumerate() {
        corpus.add("given", format!("given {index}"), message);
    }
    corpus.messages
}
