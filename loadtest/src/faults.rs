//! What can be wrong with a generated MIF: one fault, one problem code. Some faults only earn a warning.

use cnt_domain::problem::ProblemCode;

macro_rules! faults {
    ($( $(#[$doc:meta])* $name:ident => $code:ident; )+) => {
        /// What is wrong with a bad MIF.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum Fault {
            $( $(#[$doc])* $name, )+
        }

        impl Fault {
            /// Every fault.
            pub const ALL: &'static [Self] = &[ $( Self::$name, )+ ];

            /// The code that must be among the problems reported.
            #[must_use]
            pub const fn code(self) -> ProblemCode {
                match self { $( Self::$name => ProblemCode::$code, )+ }
            }
        }
    };
}

faults! {
    /// The signature part is cut off.
    TwoParts => FormatJws;
    /// The header says HS256.
    OtherAlgorithm => FormatAlgorithm;
    /// The payload ends in the middle.
    BrokenJson => FormatJson;
    /// The payload has a member that the schema does not know.
    UnknownMember => FormatSchema;
    /// Schema version `mif/9.9`.
    OtherVersion => FormatVersion;
    /// The agent's number is in small letters.
    BadValue => FormatValue;
    /// The offence is on a 30 February.
    BadDate => FormatDate;
    /// A French plate with letters that are never issued.
    BadPlate => FormatPlate;
    /// Interception without a person.
    NoPerson => FormatMissing;
    /// The payload was changed after it was signed.
    ChangedPayload => SignatureInvalid;
    /// The header names another certificate by its hash.
    OtherThumbprint => SignatureCertificate;
    /// The card was issued by authorities of the same names with other keys.
    RogueCard => CardChain;
    /// The certificate has two key usages.
    WrongProfile => CardProfile;
    /// The certificate expired hours before it signed.
    ExpiredCard => CardValidity;
    /// The card was reported stolen.
    RevokedCard => CardRevoked;
    /// The card was replaced, for no fault, after it signed.
    ReplacedCard => CardRevokedLater;
    /// The card was never registered.
    UnregisteredCard => CardUnknown;
    /// The declared agent is a colleague.
    OtherAgent => CardOtherAgent;
    /// Sent through another collectivity's station.
    OtherStation => OriginCollectivity;
    /// The device is not validated.
    UnknownDevice => OriginDevice;
    /// The agent has left the service.
    DepartedAgent => AuthorityAgent;
    /// The service is another collectivity's.
    OtherService => AuthorityService;
    /// The collectivity has a convention with the ANTS only.
    NoAntaiConvention => AuthorityConvention;
    /// The collectivity's convention with the ANTAI has lapsed.
    LapsedConvention => AuthorityConvention;
    /// The collectivity is suspended.
    SuspendedCollectivity => AuthoritySuspended;
    /// The agent declares another quality than that of the habilitation.
    OtherQuality => AuthorityQuality;
    /// A NatInf that does not exist.
    UnknownNatInf => NatinfUnknown;
    /// A NatInf that is no longer in force.
    EndedNatInf => NatinfNotInForce;
    /// A NatInf without fixed fine.
    OrdinaryNatInf => NatinfNotFixedFine;
    /// A NatInf of a délit.
    GraverNatInf => NatinfNotContravention;
    /// A NatInf that the CNT does not take on.
    UnsupportedNatInf => NatinfUnsupported;
    /// An agent of surveillance records an offence of traffic.
    OutsideQuality => NatinfCompetence;
    /// An offence of somebody on foot, whom nobody met.
    NobodyMet => NatinfPerson;
    /// Parking without a vehicle.
    NoVehicle => NatinfVehicle;
    /// Found at once with an offence that has no fixed fine (CPP 529 al. 2).
    WithOrdinary => NatinfSimultaneous;
    /// Speeding without a speed.
    NoSpeed => NatinfSpeedMissing;
    /// A speed that is another offence's.
    OtherSpeed => NatinfSpeed;
    /// The person met is born after the offence.
    BornLater => PersonBirth;
    /// The person met is ten years old.
    Child => PersonMinor;
    /// A pedestrian commits an offence of drivers.
    OnFoot => PersonRole;
    /// The company's SIREN has a wrong key.
    WrongSiren => PersonSiren;
    /// A commune that does not exist.
    UnknownCommune => TerritoryCommune;
    /// A commune of another service.
    OutsideTerritory => TerritoryOutside;
    /// A commune on the eve of the amendment by which it joins.
    BeforeAmendment => TerritoryOutside;
    /// A commune that has left by an amendment.
    AfterLeaving => TerritoryOutside;
    /// The offence is the day after tomorrow.
    FutureOffence => TimeFuture;
    /// Found before the agent's card was valid.
    BeforeCard => TimeBeforeCard;
    /// Signed an hour before the offence.
    SignedBefore => TimeOrder;
    /// Signed 95 days ago.
    SentTooLate => TimeTransmission;
    /// The offence is 400 days old.
    Prescribed => TimePrescribed;
    /// Signed 45 days ago.
    SentLate => TimeTransmissionLate;
    /// A driver who was stopped, without a licence.
    NoLicence => PersonLicenceMissing;
    /// A licence number of no French form.
    OddLicence => PersonLicence;
    /// An offence for which only the driver answers, who was not stopped.
    NobodyStopped => NatinfHolderNotLiable;
    /// An offence for which no text before us gives the competence.
    UnverifiedNatInf => NatinfCompetenceUnverified;
    /// The PV number of an earlier MIF of the service.
    SamePvNumber => DuplicatePvNumber;
    /// The ticket of an earlier MIF, drawn up again under another id and PV number.
    DrawnUpTwice => DuplicateTicketing;
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    /// Codes that no generated MIF gets from its sender.
    const NOT_THE_SENDERS: [ProblemCode; 4] = [
        // The gateway refuses unknown stations, and messages that are too large, at its door.
        ProblemCode::OriginStation,
        ProblemCode::FormatSize,
        // Conflicts are a share of the stream of their own.
        ProblemCode::DuplicateConflict,
        // An operator's decision.
        ProblemCode::OperationsDiscarded,
    ];

    #[test]
    fn every_code_that_a_sender_causes_has_a_fault() {
        let covered: HashSet<_> = Fault::ALL.iter().map(|fault| fault.code()).collect();
        for code in ProblemCode::ALL {
            let is_wanted = !NOT_THE_SENDERS.contains(code);
            assert_eq!(covered.contains(code), is_wanted, "{code}");
        }
    }
}
