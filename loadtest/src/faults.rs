//! What can be wrong with a generated MIF: one fault, one problem code.

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
    /// A NatInf that does not exist.
    UnknownNatInf => NatinfUnknown;
    /// A NatInf that is no longer in force.
    EndedNatInf => NatinfNotInForce;
    /// A NatInf without fixed fine.
    OrdinaryNatInf => NatinfNotFixedFine;
    /// A commune that does not exist.
    UnknownCommune => TerritoryCommune;
    /// A commune of another service.
    OutsideTerritory => TerritoryOutside;
    /// The offence is the day after tomorrow.
    FutureOffence => TimeFuture;
    /// Signed an hour before the offence.
    SignedBefore => TimeOrder;
    /// Signed 95 days ago.
    SentTooLate => TimeTransmission;
    /// The offence is 400 days old.
    Prescribed => TimePrescribed;
    /// The PV number of an earlier MIF of the service.
    SamePvNumber => DuplicatePvNumber;
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn every_fault_has_a_code_of_its_own_that_refuses() {
        let codes: HashSet<_> = Fault::ALL.iter().map(|fault| fault.code()).collect();
        assert_eq!(codes.len(), Fault::ALL.len());
        for code in codes {
            assert_eq!(code.severity(), cnt_domain::problem::Severity::Error);
        }
    }
}
