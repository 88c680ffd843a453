//! Whether a requête or a réclamation can be received: the grounds of refusal that facts alone decide.
//!
//! [`findings`] computes; the officer decides, and never on the merits (CPP 529-10 last paragraph, 530-1; ECHR 8 March 2012,
//! Cadène and Célice). Delays count from the true sending day, and where that is not proven they do not count at all.

use std::fmt;

use jiff::civil::Date;

use crate::avis::Ground;
use crate::law::Law;
use crate::life::Stage;
use crate::money::Cents;

/// How an envelope came.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Channel {
    /// By the portal: as good as a recommended letter, and the avis is joined by its number (A37-20, A37-20-4).
    Online,
    /// By recommended letter with acknowledgement.
    Recommended,
    /// By ordinary mail.
    Ordinary,
}

/// The sending of an avis, which starts its delays.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sending {
    /// The true day of sending; none if it cannot be proven (Crim. 9/11/2021 n° 20-85.020).
    pub proven: Option<Date>,
    /// Whether the addressee lives abroad (CPP 530-2-1).
    pub abroad: bool,
    /// By recommended letter to the address of the certificate, no other having been declared: only then the three months
    /// of CPP 530 count for offences of the code de la route.
    pub recommended_to_certificate: bool,
}

/// What an envelope says and holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Contestation {
    /// The case of the form.
    pub ground: Ground,
    /// The day it was posted, or sent by the portal.
    pub posted: Date,
    /// How it came.
    pub channel: Channel,
    /// Whether the avis is joined.
    pub has_avis: bool,
    /// Whether it is on the form.
    pub is_on_form: bool,
    /// Whether it says why: the offence is denied, or admitted with circumstances.
    pub is_motivated: bool,
    /// Whether the proof that case 1 asks is joined: complaint, destruction, sale, automated driving.
    pub has_proof: bool,
    /// Whether case 2 names the driver in full, licence number included.
    pub names_driver: bool,
    /// What was consigned.
    pub consigned: Cents,
    /// Whether the addressee, or who speaks for them, wrote it.
    pub is_by_addressee: bool,
}

/// What is contested.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Contested {
    /// Fixed or increased fine.
    pub stage: Stage,
    /// The sending of its avis: of the increased fine's at that stage.
    pub sending: Sending,
    /// Whether CPP 529-10 asks its forms: the holder pays for an offence of code de la route L121-3. Never for plain parking.
    pub is_529_10: bool,
    /// Whether the offence is one of the code de la route.
    pub is_road_code: bool,
    /// The amount at stake, which is what must be consigned.
    pub amount: Cents,
    /// Whether it was paid before.
    pub is_paid: bool,
}

/// Why something cannot be received. The codes are stable.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Irrecevabilite {
    /// Late.
    Delai,
    /// Without motive.
    Motif,
    /// Without the avis.
    Avis,
    /// Not on the form, or neither recommended nor online.
    Forme,
    /// Case 1 without its proof.
    Piece,
    /// Case 2 without the driver's identity or licence number.
    Permis,
    /// Case 3 without consignation.
    Consignation,
    /// Paid before.
    Paye,
    /// Not by the addressee.
    Qualite,
}

impl Irrecevabilite {
    /// Every ground.
    pub const ALL: [Irrecevabilite; 9] = [
        Irrecevabilite::Delai,
        Irrecevabilite::Motif,
        Irrecevabilite::Avis,
        Irrecevabilite::Forme,
        Irrecevabilite::Piece,
        Irrecevabilite::Permis,
        Irrecevabilite::Consignation,
        Irrecevabilite::Paye,
        Irrecevabilite::Qualite,
    ];

    /// The stable code.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Irrecevabilite::Delai => "IRR_DELAI",
            Irrecevabilite::Motif => "IRR_MOTIF",
            Irrecevabilite::Avis => "IRR_AVIS",
            Irrecevabilite::Forme => "IRR_FORME",
            Irrecevabilite::Piece => "IRR_PIECE",
            Irrecevabilite::Permis => "IRR_PERMIS",
            Irrecevabilite::Consignation => "IRR_CONSIGNATION",
            Irrecevabilite::Paye => "IRR_PAYE",
            Irrecevabilite::Qualite => "IRR_QUALITE",
        }
    }

    /// The article, by stage.
    #[must_use]
    pub const fn basis(self, stage: Stage) -> &'static str {
        match (self, stage) {
            (Irrecevabilite::Delai, Stage::Forfaitaire) => "CPP 529-2",
            (Irrecevabilite::Delai, Stage::Majoree) => "CPP 530",
            (Irrecevabilite::Motif, _) => "CPP R49-4, 530-1, R49-18",
            (Irrecevabilite::Avis, Stage::Forfaitaire) => "CPP R49-4",
            (Irrecevabilite::Avis, Stage::Majoree) => "CPP 530",
            (Irrecevabilite::Permis, _) => "CPP 529-10, R49-16",
            (Irrecevabilite::Forme | Irrecevabilite::Piece | Irrecevabilite::Consignation, _) => {
                "CPP 529-10"
            }
            (Irrecevabilite::Paye, _) => "CPP 529",
            (Irrecevabilite::Qualite, Stage::Forfaitaire) => "CPP 529-2",
            (Irrecevabilite::Qualite, Stage::Majoree) => "CPP 530",
        }
    }
}

impl fmt::Display for Irrecevabilite {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.as_str())
    }
}

/// A ground that the facts support.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Finding {
    /// The ground.
    pub ground: Irrecevabilite,
    /// Its article.
    pub basis: &'static str,
    /// Of a delay, its last day.
    pub last_day: Option<Date>,
}

/// Every ground that the facts support; none means that it can be received.
#[must_use]
pub fn findings(law: &Law, contested: &Contested, contestation: &Contestation) -> Vec<Finding> {
    let late = last_day(law, contested).filter(|last| contestation.posted > *last);
    let holds = |ground| match ground {
        Irrecevabilite::Delai => late.is_some(),
        Irrecevabilite::Motif => contestation.ground == Ground::Other && !contestation.is_motivated,
        Irrecevabilite::Avis => contestation.channel != Channel::Online && !contestation.has_avis,
        Irrecevabilite::Forme => {
            contested.is_529_10
                && (contestation.channel == Channel::Ordinary || !contestation.is_on_form)
        }
        Irrecevabilite::Piece => {
            contested.is_529_10
                && contestation.ground == Ground::VehicleNotMine
                && !contestation.has_proof
        }
        Irrecevabilite::Permis => {
            contested.is_529_10
                && contestation.ground == Ground::Designation
                && !contestation.names_driver
        }
        Irrecevabilite::Consignation => {
            contested.is_529_10
                && contestation.ground == Ground::Other
                && contestation.consigned < contested.amount
        }
        Irrecevabilite::Paye => contested.is_paid,
        Irrecevabilite::Qualite => !contestation.is_by_addressee,
    };
    Irrecevabilite::ALL
        .into_iter()
        .filter(|ground| holds(*ground))
        .map(|ground| Finding {
            ground,
            basis: ground.basis(contested.stage),
            last_day: late.filter(|_| ground == Irrecevabilite::Delai),
        })
        .collect()
}

/// The last day that the facts prove; none where nothing can be held against the applicant.
///
/// A réclamation later than its thirty days stays admissible as long as the sentence is not prescribed, for nothing proves that
/// the fine was known; only a recommended letter to the certificate's address ends that, three months later, for offences of
/// the code de la route (CPP 530).
fn last_day(law: &Law, contested: &Contested) -> Option<Date> {
    let sending = contested.sending;
    let sent = sending.proven?;
    match contested.stage {
        Stage::Forfaitaire => Some(law.deadlines(sent, sending.abroad)?.requete),
        Stage::Majoree if contested.is_road_code && sending.recommended_to_certificate => {
            law.reclamation_barred_after(sent, sending.abroad)
        }
        Stage::Majoree => law.sentence_prescription(sent),
    }
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;
    use proptest::prelude::*;

    use super::*;
    use crate::law::samples::law_of_delays;

    /// Sent on Thursday 1 January 2026: D + 45 is Sunday 15 February, so the delay ends on Monday 16.
    fn contested() -> Contested {
        Contested {
            stage: Stage::Forfaitaire,
            sending: Sending {
                proven: Some(date(2026, 1, 1)),
                abroad: false,
                recommended_to_certificate: false,
            },
            is_529_10: true,
            is_road_code: true,
            amount: Cents::euros(135),
            is_paid: false,
        }
    }

    fn perfect() -> Contestation {
        Contestation {
            ground: Ground::Other,
            posted: date(2026, 2, 16),
            channel: Channel::Recommended,
            has_avis: true,
            is_on_form: true,
            is_motivated: true,
            has_proof: false,
            names_driver: false,
            consigned: Cents::euros(135),
            is_by_addressee: true,
        }
    }

    fn codes(contested: &Contested, contestation: &Contestation) -> Vec<&'static str> {
        findings(&law_of_delays(), contested, contestation)
            .iter()
            .map(|finding| finding.ground.as_str())
            .collect()
    }

    #[test]
    fn each_ground_has_its_facts() {
        let (file, good) = (contested(), perfect());
        assert_eq!(codes(&file, &good), [""; 0]);
        let late = Contestation {
            posted: date(2026, 2, 17),
            ..good
        };
        assert_eq!(codes(&file, &late), ["IRR_DELAI"]);
        let found = findings(&law_of_delays(), &file, &late);
        assert_eq!(found[0].last_day, Some(date(2026, 2, 16)));
        assert_eq!(found[0].basis, "CPP 529-2");
    }

    #[test]
    fn each_missing_thing_has_its_ground() {
        let spoil = |change: fn(&mut Contestation)| {
            let mut contestation = perfect();
            change(&mut contestation);
            codes(&contested(), &contestation)
        };
        assert_eq!(spoil(|it| it.is_motivated = false), ["IRR_MOTIF"]);
        assert_eq!(spoil(|it| it.has_avis = false), ["IRR_AVIS"]);
        assert_eq!(spoil(|it| it.is_on_form = false), ["IRR_FORME"]);
        assert_eq!(spoil(|it| it.channel = Channel::Ordinary), ["IRR_FORME"]);
        assert_eq!(
            spoil(|it| it.ground = Ground::VehicleNotMine),
            ["IRR_PIECE"]
        );
        assert_eq!(spoil(|it| it.ground = Ground::Designation), ["IRR_PERMIS"]);
        let short = spoil(|it| it.consigned = Cents::euros(134));
        assert_eq!(short, ["IRR_CONSIGNATION"]);
        assert_eq!(spoil(|it| it.is_by_addressee = false), ["IRR_QUALITE"]);
        let everything = spoil(|it| {
            it.posted = date(2026, 3, 1);
            (it.is_motivated, it.has_avis, it.is_on_form) = (false, false, false);
            (it.consigned, it.is_by_addressee) = (Cents(0), false);
        });
        assert_eq!(everything.len(), 6);
        let paid = Contested {
            is_paid: true,
            ..contested()
        };
        assert_eq!(codes(&paid, &perfect()), ["IRR_PAYE"]);
    }

    #[test]
    fn plain_parking_asks_neither_form_nor_consignation() {
        let parking = Contested {
            is_529_10: false,
            ..contested()
        };
        let letter = Contestation {
            channel: Channel::Ordinary,
            is_on_form: false,
            consigned: Cents(0),
            ..perfect()
        };
        assert_eq!(codes(&parking, &letter), [""; 0]);
    }

    #[test]
    fn doubt_about_the_sending_is_the_applicants() {
        let mut file = contested();
        file.sending.proven = None;
        let late = Contestation {
            posted: date(2027, 2, 17),
            ..perfect()
        };
        assert_eq!(codes(&file, &late), [""; 0]);
    }

    #[test]
    fn a_late_reclamation_is_barred_after_a_recommended_letter_only() {
        let mut file = contested();
        file.stage = Stage::Majoree;
        let posted = |posted| Contestation {
            posted,
            ..perfect()
        };
        // More than three months.
        assert_eq!(codes(&file, &posted(date(2026, 6, 1))), [""; 0]);
        assert_eq!(codes(&file, &posted(date(2029, 1, 2))), ["IRR_DELAI"]);
        file.sending.recommended_to_certificate = true;
        assert_eq!(codes(&file, &posted(date(2026, 4, 1))), [""; 0]);
        assert_eq!(codes(&file, &posted(date(2026, 4, 2))), ["IRR_DELAI"]);
        file.sending.abroad = true;
        assert_eq!(codes(&file, &posted(date(2026, 5, 1))), [""; 0]);
        assert_eq!(codes(&file, &posted(date(2026, 5, 4))), ["IRR_DELAI"]);
        file.is_road_code = false;
        assert_eq!(codes(&file, &posted(date(2026, 5, 4))), [""; 0]);
    }

    proptest! {
        #[test]
        fn who_writes_in_time_online_with_everything_is_always_received(day in 0i64..=46, parking: bool) {
            let file = Contested { is_529_10: !parking, ..contested() };
            let posted = date(2026, 1, 1).saturating_add(jiff::Span::new().days(day));
            let letter = Contestation { posted, channel: Channel::Online, has_avis: false, ..perfect() };
            prop_assert_eq!(codes(&file, &letter), [""; 0]);
        }
    }
}
