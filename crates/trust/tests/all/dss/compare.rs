//! Our verdict as of reception beside DSS's, and the closed list of what they may differ in.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use cnt_trust::{RevocationView, Scratch, Severity, TrustProblem};

use super::corpus::{Message, Realm, Scale};
use super::lenient;
use super::tool::Ruling;

/// How far a device's clock may be ahead of the gateway's: validation's rule (design: CARD).
const AHEAD_SECONDS_MAX: i64 = 5 * 60;
/// The transmission limit as it is by default: validation's rule.
const AGE_SECONDS_MAX: i64 = 90 * 86_400;

/// What we say of a message as of its reception.
#[derive(Debug)]
pub(super) struct Verdict {
    /// What refuses it, by stable name.
    pub(super) refusals: Vec<Refusal>,
    /// Revoked between signing and reception for a benign reason.
    pub(super) is_revoked_after_signing: bool,
    /// The certificate or an authority was valid at signing and is not at reception.
    pub(super) is_expired_after_signing: bool,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Refusal {
    Trust(TrustProblem),
    Ahead,
    TooOld,
    /// No fresh CRL: validation waits for the registry's word instead of judging without it.
    StatusUnknown,
}

impl Refusal {
    fn name(&self) -> &'static str {
        match self {
            Self::Trust(problem) => problem.name(),
            Self::Ahead => "TIME_FUTURE",
            Self::TooOld => "TIME_TRANSMISSION",
            Self::StatusUnknown => "STATUS_UNKNOWN",
        }
    }
}

impl Verdict {
    pub(super) fn of(realm: &Realm, message: &Message) -> Self {
        let known = RevocationView::new(1, message.revocations.iter().copied());
        let verifier = realm.verifier.with_revocations(known);
        let mut scratch = Scratch::default();
        let checked = verifier.check_bytes(&message.bytes, &mut scratch);
        let problems = checked.verification.problems.into_iter();
        let mut verdict = Self {
            refusals: problems.map(Refusal::Trust).collect(),
            is_revoked_after_signing: false,
            is_expired_after_signing: false,
        };
        let (Some(certificate), Some(received)) =
            (checked.verification.certificate, checked.message)
        else {
            assert!(!verdict.refusals.is_empty(), "{}: unjudged", message.name);
            return verdict;
        };
        let (iat, reception) = (received.signing_time(), message.reception);
        if iat > reception + AHEAD_SECONDS_MAX {
            verdict.refusals.push(Refusal::Ahead);
        } else if iat < reception - AGE_SECONDS_MAX {
            verdict.refusals.push(Refusal::TooOld);
        }
        if let Some(problem) = verifier
            .judge_revocation(&certificate, iat, reception)
            .problem()
        {
            if problem.severity() == Severity::Refusal {
                verdict.refusals.push(Refusal::Trust(problem));
            } else {
                verdict.is_revoked_after_signing = true;
            }
        }
        verdict.judge_as_of_reception(realm, message);
        verdict
    }

    /// The strict check by CRLs alone, for what it says of their freshness and of validity.
    fn judge_as_of_reception(&mut self, realm: &Realm, message: &Message) {
        let anchors = realm.hierarchy.card_anchors().unwrap();
        let crls: Vec<&[u8]> = message.crls.iter().map(|crl| crl.as_slice()).collect();
        let certificates = lenient::certificates(&message.bytes);
        let Some(first) = certificates.first() else {
            return;
        };
        let strict = anchors.verify_with_crls(first, &crls, message.reception);
        self.is_expired_after_signing = strict.as_ref().is_err_and(|error| error.is_expired());
        if strict.is_err_and(|error| error.is_status_unknown()) {
            self.refusals.push(Refusal::StatusUnknown);
        }
    }

    pub(super) fn is_accepted(&self) -> bool {
        self.refusals.is_empty()
    }
}

/// A difference that may be, and must occur.
#[derive(Debug, Clone, Copy)]
pub(super) struct Difference {
    pub(super) name: &'static str,
    pub(super) why: &'static str,
    explains: fn(&Refusal) -> bool,
}

fn header_member(refusal: &Refusal, names: &[&str]) -> bool {
    matches!(refusal, Refusal::Trust(
        TrustProblem::ForbiddenMember { name } | TrustProblem::UnknownMember { name }
    ) if names.contains(&name.as_str()))
}

/// Only we refuse: each rule is one of the profile that DSS does not have.
pub(super) const ONLY_WE_REFUSE: &[Difference] = &[
    Difference {
        name: "keyUsage is nonRepudiation alone",
        why: "RGS keeps authentication and signature keys apart; DSS wants one of the usages listed",
        explains: |refusal| matches!(refusal, Refusal::Trust(TrustProblem::KeyUsageWrong)),
    },
    Difference {
        name: "iat ahead of reception",
        why: "more than five minutes ahead is no signing time; DSS does not compare",
        explains: |refusal| *refusal == Refusal::Ahead,
    },
    Difference {
        name: "x5c[0] is the signer",
        why: "RFC 7515 §4.1.6; DSS looks for the certificate that x5t#S256 names",
        explains: |_| false,
    },
    Difference {
        name: "bounded size",
        why: "at most three certificates and 64 KiB; DSS has no bounds",
        explains: |refusal| {
            matches!(
                refusal,
                Refusal::Trust(
                    TrustProblem::CertificateCount { .. } | TrustProblem::TooLarge { .. }
                )
            )
        },
    },
    Difference {
        name: "no sigD",
        why: "the payload is attached, nothing else is signed",
        explains: |refusal| header_member(refusal, &["sigD"]),
    },
    Difference {
        name: "no other header members",
        why: "nothing that nobody reads is signed along, nothing says anew by whom; DSS passes over them",
        explains: |refusal| {
            !header_member(refusal, &["sigD", "b64", "crit"])
                && matches!(
                    refusal,
                    Refusal::Trust(
                        TrustProblem::ForbiddenMember { .. } | TrustProblem::UnknownMember { .. }
                    )
                )
        },
    },
    Difference {
        name: "typ is jose, cty is json",
        why: "a signature made for another purpose is none on a MIF; DSS does not look",
        explains: |refusal| {
            matches!(
                refusal,
                Refusal::Trust(
                    TrustProblem::WrongMediaType { .. }
                        | TrustProblem::MissingMember {
                            name: "typ" | "cty"
                        }
                )
            )
        },
    },
    Difference {
        name: "one spelling of base64",
        why: "a message has one form, or one could be sent twice; DSS passes over spaces and spare bits",
        explains: |refusal| {
            matches!(
                refusal,
                Refusal::Trust(
                    TrustProblem::BadBase64 { .. } | TrustProblem::CertificateNotBase64 { .. }
                )
            )
        },
    },
    Difference {
        name: HEADER,
        why: "RFC 8259 §8.1; DSS passes over bytes that are no UTF-8",
        explains: |refusal| matches!(refusal, Refusal::Trust(TrustProblem::HeaderNotJson)),
    },
    Difference {
        name: CERTIFICATE,
        why: "what is no DER has several readings; DSS reads some of it",
        explains: |refusal| matches!(refusal, Refusal::Trust(TrustProblem::CertificateMalformed)),
    },
    Difference {
        name: "compact form alone",
        why: "the profile knows no JSON serialization",
        explains: |refusal| matches!(refusal, Refusal::Trust(TrustProblem::NotThreeParts { .. })),
    },
    Difference {
        name: "received within 90 days",
        why: "the transmission limit is the conventions', not the format's",
        explains: |refusal| *refusal == Refusal::TooOld,
    },
    Difference {
        name: "no authority signs",
        why: "DSS takes a certificate with cA and nonRepudiation for a signer's",
        explains: |refusal| matches!(refusal, Refusal::Trust(TrustProblem::AuthorityAsSigner)),
    },
    Difference {
        name: "valid for three years at most",
        why: "RGS; DSS knows no limit",
        explains: |refusal| {
            matches!(
                refusal,
                Refusal::Trust(TrustProblem::ValidityTooLong { .. })
            )
        },
    },
    Difference {
        name: "no extended key usage",
        why: "profile A05; DSS can ask for some, not for none",
        explains: |refusal| {
            matches!(
                refusal,
                Refusal::Trust(TrustProblem::ExtendedKeyUsagePresent)
            )
        },
    },
    Difference {
        name: "subject names agent and collectivity",
        why: "SIREN and agent's number are the profile's",
        explains: |refusal| {
            matches!(
                refusal,
                Refusal::Trust(TrustProblem::SubjectFieldInvalid { .. })
            )
        },
    },
    Difference {
        name: "no b64",
        why: "one signature over two readings of the payload",
        explains: |refusal| header_member(refusal, &["b64", "crit"]),
    },
];

/// Found by changes at random: too rare for a sample.
const HEADER: &str = "the header is JSON in UTF-8";
const CERTIFICATE: &str = "certificates are DER";

/// Only we accept, since the verdict is fixed as of reception and reasons count.
pub(super) const BENIGN_REVOCATION: &str = "benign revocation after iat";
pub(super) const EXPIRY: &str = "expiry after iat";

/// What a comparison found.
#[derive(Default)]
pub(super) struct Comparison {
    classes: BTreeMap<&'static str, [usize; 4]>,
    explained: BTreeMap<&'static str, usize>,
    /// What may not be.
    pub(super) unexplained: Vec<String>,
}

impl Comparison {
    pub(super) fn add(&mut self, message: &Message, ours: &Verdict, theirs: &Ruling) {
        let (we, they) = (ours.is_accepted(), theirs.is_accepted());
        let column = match (we, they) {
            (true, true) => 0,
            (false, false) => 1,
            (false, true) => 2,
            (true, false) => 3,
        };
        self.classes.entry(message.class).or_default()[column] += 1;
        let explanations = match (we, they) {
            (true, false) => accepted_by_us(ours, theirs),
            (false, true) => refused_by_us(message, ours),
            _ => return,
        };
        match explanations {
            Some(names) => {
                for name in names {
                    *self.explained.entry(name).or_default() += 1;
                }
            }
            None => self.unexplained.push(describe(message, ours, theirs)),
        }
    }

    /// Listed differences that did not occur.
    pub(super) fn vanished(&self, scale: Scale) -> Vec<&'static str> {
        let listed = ONLY_WE_REFUSE.iter().map(|difference| difference.name);
        listed
            .chain([BENIGN_REVOCATION, EXPIRY])
            .filter(|name| scale == Scale::Full || ![HEADER, CERTIFICATE].contains(name))
            .filter(|name| !self.explained.contains_key(name))
            .collect()
    }

    pub(super) fn table(&self) -> String {
        let mut table = String::new();
        let mut total = [0; 4];
        let columns = [
            "cases",
            "both accept",
            "both refuse",
            "only we refuse",
            "only we accept",
        ];
        write!(table, "\n{:<32}", "EU DSS 6.4 and cnt-trust").unwrap();
        for column in columns {
            write!(table, "{column:>16}").unwrap();
        }
        let mut row = |name: &str, counts: &[usize; 4]| {
            write!(table, "\n{name:<32}{:>16}", counts.iter().sum::<usize>()).unwrap();
            for count in counts {
                write!(table, "{count:>16}").unwrap();
            }
        };
        for (class, counts) in &self.classes {
            row(class, counts);
            for (sum, count) in total.iter_mut().zip(counts) {
                *sum += count;
            }
        }
        row("total", &total);
        let cases: usize = total.iter().sum();
        write!(
            table,
            "\n\n{cases} cases, {} agreements; differences explained:",
            total[0] + total[1]
        )
        .unwrap();
        for difference in ONLY_WE_REFUSE {
            let count = self
                .explained
                .get(difference.name)
                .copied()
                .unwrap_or_default();
            write!(
                table,
                "\n{count:>6}  only we refuse: {} ({})",
                difference.name, difference.why
            )
            .unwrap();
        }
        for name in [BENIGN_REVOCATION, EXPIRY] {
            let count = self.explained.get(name).copied().unwrap_or_default();
            write!(table, "\n{count:>6}  only we accept: {name}").unwrap();
        }
        table.push('\n');
        table
    }
}

/// The two listed reasons, where DSS names no other.
fn accepted_by_us(ours: &Verdict, theirs: &Ruling) -> Option<BTreeSet<&'static str>> {
    let mut names = BTreeSet::new();
    let reason = theirs.sub_indication.as_str();
    if ours.is_revoked_after_signing && reason.starts_with("REVOKED") {
        names.insert(BENIGN_REVOCATION);
    }
    // A CRL issued after the end says nothing of what has ended (RFC 5280 §3.3).
    let is_unlisted = theirs.errors.contains("not known to contain information");
    if ours.is_expired_after_signing && (reason.starts_with("OUT_OF_BOUNDS") || is_unlisted) {
        names.insert(EXPIRY);
    }
    (theirs.indication == "INDETERMINATE" && !names.is_empty()).then_some(names)
}

/// Rules of the list that explain every problem of ours.
fn refused_by_us(message: &Message, ours: &Verdict) -> Option<BTreeSet<&'static str>> {
    if lenient::signer_is_not_first(&message.bytes) {
        return Some(BTreeSet::from(["x5c[0] is the signer"]));
    }
    let explain = |refusal: &Refusal| {
        let found = ONLY_WE_REFUSE
            .iter()
            .find(|difference| (difference.explains)(refusal));
        found.map(|difference| difference.name)
    };
    ours.refusals.iter().map(explain).collect()
}

fn describe(message: &Message, ours: &Verdict, theirs: &Ruling) -> String {
    let names: Vec<&str> = ours.refusals.iter().map(Refusal::name).collect();
    format!(
        "{} / {} (received {}): we {names:?} {:?}, DSS {} {} {} {}\n    {}",
        message.class,
        message.name,
        message.reception,
        ours.refusals,
        theirs.indication,
        theirs.sub_indication,
        theirs.level,
        theirs.errors,
        String::from_utf8_lossy(&message.bytes),
    )
}
