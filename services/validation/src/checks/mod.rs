//! The rules, one family per file. They are pure: facts in, problems out; no clock, no input or output.

mod authority;
mod card;
mod format;
mod natinf;
mod origin;
mod person;
mod signature;
mod territory;
mod time;

use cnt_contracts::stamp::ReceptionStamp;
use cnt_domain::mif::Mif;
use cnt_domain::problem::Problem;
use cnt_domain::registry::{Habilitation, Registry};
use cnt_trust::{CertificateFacts, Family, TrustProblem};
use jiff::civil::Date;

pub use signature::code_of;

/// How long after signing a MIF may be transmitted: left to the conventions, hence configuration. Days of 24 hours.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TransmissionLimits {
    /// Older MIFs are refused.
    pub days_max: u16,
    /// Older MIFs are accepted with a warning.
    pub days_warned: u16,
}

impl Default for TransmissionLimits {
    /// Refused after 90 days, warned after 30.
    fn default() -> Self {
        Self {
            days_max: 90,
            days_warned: 30,
        }
    }
}

/// What the rules judge by.
pub(crate) struct Facts<'a> {
    /// The registry, of the version stamped.
    pub(crate) registry: &'a Registry,
    /// What the gateway stamped.
    pub(crate) stamp: &'a ReceptionStamp,
    /// Civil day of the reception in Paris.
    pub(crate) reception_day: Date,
    /// The MIF, or what could be read of it.
    pub(crate) mif: Option<&'a Mif>,
    /// Whether all of the MIF could be read: a draft may have lost parts.
    pub(crate) is_whole: bool,
    /// The agent's habilitation for the service, whenever it holds.
    pub(crate) habilitation: Option<&'a Habilitation>,
    /// The signer's certificate, if it can be read.
    pub(crate) signer: Option<&'a CertificateFacts>,
    /// `iat`: when the device says it signed, Unix seconds.
    pub(crate) signed_at: Option<i64>,
    /// Limits of transmission.
    pub(crate) limits: TransmissionLimits,
}

/// Applies every rule that the facts allow to apply.
pub(crate) fn check_all(facts: &Facts<'_>, trust: &[TrustProblem], problems: &mut Vec<Problem>) {
    let of = |family| {
        trust
            .iter()
            .filter(move |problem| problem.family() == family)
    };
    problems.extend(of(Family::Signature).map(signature::problem));
    problems.extend(of(Family::Card).map(signature::problem));
    card::check(facts, problems);
    origin::check(facts, problems);
    authority::check(facts, problems);
    natinf::check(facts, problems);
    person::check(facts, problems);
    territory::check(facts, problems);
    time::check(facts, problems);
}

/// The problems of the message's shape: of the JWS, then of its payload.
pub(crate) use format::problems as format_problems;
