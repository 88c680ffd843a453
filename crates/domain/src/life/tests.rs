//! What the law says of an avis, day by day.

mod diagram;

use jiff::ToSpan;
use jiff::civil::{Date, date};

use super::*;
use crate::amounts::FineAmounts;
use crate::courrier::Undelivered;
use crate::law::Law;
use crate::law::samples::law_of_delays;

/// A Thursday: D + 45 and D + 60 are a Sunday and a Monday.
const SENT: Date = date(2026, 1, 1);

fn opening() -> Opening {
    Opening {
        offence: date(2025, 12, 20),
        sent: SENT,
        abroad: false,
        amounts: FineAmounts {
            minoree: Some(Cents::euros(90)),
            forfaitaire: Cents::euros(135),
            majoree: Cents::euros(375),
        },
        is_529_10: true,
    }
}

struct Case {
    law: Law,
    life: AvisLife,
}

impl Case {
    fn new(opening: Opening) -> Self {
        let law = law_of_delays();
        let life = AvisLife::open(&law, opening).unwrap();
        Self { law, life }
    }

    fn on(&mut self, day: i64, event: Event) -> Result<Step, Refusal> {
        let on = SENT.saturating_add(day.days());
        self.life.apply(&self.law, event, on)
    }

    fn to(&mut self, day: i64, event: Event) -> (State, Vec<Duty>) {
        let step = self.on(day, event).unwrap();
        (step.to, step.duties)
    }
}

const fn paper(euros: i64) -> Event {
    Event::Payment {
        means: Means::Paper,
        amount: Cents::euros(euros),
    }
}

const REQUETE: Event = Event::Requete {
    consigned: Cents::euros(135),
};

const RECLAMATION: Event = Event::Reclamation {
    consigned: Cents::euros(375),
};

fn majoree() -> Case {
    let mut case = Case::new(opening());
    assert_eq!(case.to(75, Event::Day).0, State::TitreProposed);
    let step = case.on(76, Event::TitreSigned).unwrap();
    assert_eq!((step.to, step.basis), (State::Majoree, "CPP R49-5"));
    assert_eq!(step.duties, [Duty::SendMajoree]);
    case
}

#[test]
fn nobody_is_majore_before_the_grace_has_ended_and_the_omp_has_signed() {
    let mut case = Case::new(opening());
    for day in [46, 60] {
        assert_eq!(case.to(day, Event::Day), (State::Sent, vec![]));
        assert_eq!(case.on(day, Event::TitreSigned), Err(Refusal::TooEarly));
    }
    let on = SENT.saturating_add(50.days());
    let owed = case.life.owed(on, Means::Remote);
    assert_eq!(owed.tariff, Tariff::Forfaitaire);
    assert_eq!(owed.amount, Cents::euros(135));
    assert_eq!(case.to(61, Event::Day).0, State::TitreProposed);
    let on = SENT.saturating_add(80.days());
    let owed = case.life.owed(on, Means::Paper);
    assert_eq!(owed.tariff, Tariff::Forfaitaire, "no titre, no majoration");
    assert_eq!(case.to(80, paper(135)), (State::Paid, vec![]));
}

#[test]
fn abroad_the_titre_comes_a_month_later() {
    let case = Case::new(Opening {
        abroad: true,
        ..opening()
    });
    // 2 March, a month later 2 April, a Thursday; the titre the day after.
    assert_eq!(case.life.titre_day(), date(2026, 4, 3));
}

#[test]
fn the_reduced_fine_ends_by_means_of_payment() {
    let case = Case::new(opening());
    let owed = |day: i64, means| {
        let on = SENT.saturating_add(day.days());
        (
            case.life.owed(on, means).tariff,
            case.life.owed(on, means).amount,
        )
    };
    let minoree = (Tariff::Minoree, Cents::euros(90));
    let forfaitaire = (Tariff::Forfaitaire, Cents::euros(135));
    // D + 15 is Friday 16 January; D + 30 is Saturday 31, prolonged to Monday 2 February.
    assert_eq!(owed(15, Means::Paper), minoree);
    assert_eq!(owed(16, Means::Paper), forfaitaire);
    assert_eq!(owed(32, Means::Remote), minoree);
    assert_eq!(owed(33, Means::Remote), forfaitaire);
}

#[test]
fn a_part_is_kept_and_what_is_too_much_goes_back() {
    let mut case = Case::new(opening());
    assert_eq!(case.to(20, paper(100)), (State::Sent, vec![]));
    let refund = Duty::Refund(Cents::euros(15));
    assert_eq!(case.to(21, paper(50)), (State::Paid, vec![refund]));
    assert_eq!(case.life.received(), Cents::euros(135));
    assert!(matches!(
        case.on(22, paper(50)),
        Err(Refusal::NoSuchStep { .. })
    ));
    let mut case = Case::new(opening());
    assert_eq!(case.on(1, paper(0)), Err(Refusal::BadAmount));
    assert_eq!(case.life.state(), State::Sent);
}

#[test]
fn a_requete_stops_the_titre_and_its_refusal_starts_it_again() {
    let other = Event::Ruled(Ruling::Inadmissible(Unreceivable::Other));
    let mut case = Case::new(opening());
    let bare = Event::Requete {
        consigned: Cents(0),
    };
    assert_eq!(case.to(40, bare), (State::Contested, vec![Duty::Decide]));
    assert_eq!(case.to(100, Event::Day), (State::Contested, vec![]));
    let refusal = Duty::SendRefusal { recommended: false };
    assert_eq!(
        case.to(101, other),
        (State::TitreProposed, vec![refusal, Duty::SignTitre])
    );
    // What was consigned without a valid requête is a payment (R49-18).
    let mut case = Case::new(opening());
    case.on(40, REQUETE).unwrap();
    assert_eq!(case.to(41, other), (State::Paid, vec![refusal]));
    assert_eq!(case.life.consigned(), Cents(0));
}

#[test]
fn a_refusal_for_lack_of_motivation_can_be_contested_for_a_month() {
    let refuse = Event::Ruled(Ruling::Inadmissible(Unreceivable::Unmotivated));
    let mut case = Case::new(opening());
    case.on(10, REQUETE).unwrap();
    let letter = Duty::SendRefusal { recommended: true };
    assert_eq!(case.to(20, refuse), (State::Refused, vec![letter]));
    let mut late = Case {
        law: law_of_delays(),
        life: case.life.clone(),
    };
    // 21 January; the month ends on Saturday 21 February, so on Monday 23.
    assert_eq!(case.to(53, Event::Day).0, State::Refused);
    assert_eq!(
        case.to(53, Event::RefusalContested),
        (State::Admitted, vec![Duty::Decide])
    );
    assert!(
        case.on(54, refuse).is_err(),
        "only classement or prosecution"
    );
    assert_eq!(
        late.on(54, Event::RefusalContested),
        Err(Refusal::TooLate(date(2026, 2, 23)))
    );
    assert_eq!(late.to(54, Event::Day).0, State::Paid);
}

#[test]
fn delays_run_from_the_day_the_post_took_the_letter() {
    let mut case = Case::new(opening());
    let late = Event::Deposited(Posted::Avis);
    assert_eq!(case.to(5, late), (State::Sent, vec![]));
    assert_eq!(
        case.to(61, Event::Day).0,
        State::Sent,
        "D + 61 of the print"
    );
    // 6 January: D + 60 is Saturday 7 March, so Monday 9.
    assert_eq!(case.to(67, Event::Day).0, State::Sent);
    assert_eq!(case.to(68, Event::Day).0, State::TitreProposed);
    // Told again, or of an earlier day, it changes nothing.
    let before = case.life.clone();
    case.on(3, late).unwrap();
    case.on(5, late).unwrap();
    assert_eq!(case.life, before);
    // Told when the titre was proposed, or signed: nobody had their sixty days.
    assert_eq!(case.to(20, late), (State::Sent, vec![]));
    let mut case = majoree();
    assert_eq!(case.to(20, late), (State::Sent, vec![Duty::TellComptable]));
    assert_eq!(case.life.stage(), Stage::Forfaitaire);
    assert_eq!(case.life.titre_day(), date(2026, 3, 24));
}

#[test]
fn the_letters_after_the_avis_count_from_their_sending_too() {
    let mut case = majoree();
    case.on(80, Event::MajoreeSent).unwrap();
    let printed = case.life.majoree_deadlines().unwrap();
    case.on(84, Event::Deposited(Posted::Majoree)).unwrap();
    let late = case.life.majoree_deadlines().unwrap();
    assert!(late.reclamation > printed.reclamation && late.reduced_paper > printed.reduced_paper);
    let refuse = Event::Ruled(Ruling::Inadmissible(Unreceivable::Unmotivated));
    let mut case = Case::new(opening());
    case.on(10, REQUETE).unwrap();
    case.on(20, refuse).unwrap();
    case.on(30, Event::Deposited(Posted::Refusal)).unwrap();
    // 31 January and a month: Saturday 28 February, so Monday 2 March.
    assert_eq!(case.to(60, Event::RefusalContested).0, State::Admitted);
}

#[test]
fn what_is_consigned_by_telepaiement_stands_with_what_was_written() {
    let mut case = Case::new(opening());
    let amount = Cents::euros(135);
    let consigned = Event::Consigned { amount };
    assert!(case.on(9, consigned).is_err(), "nothing was written");
    let bare = Event::Requete {
        consigned: Cents(0),
    };
    case.on(10, bare).unwrap();
    assert_eq!(case.to(11, consigned), (State::Contested, vec![]));
    assert_eq!(case.life.consigned(), amount);
    let classement = Event::Ruled(Ruling::Classement);
    assert_eq!(
        case.to(12, classement).1,
        [Duty::SendClassement, Duty::Refund(amount)]
    );
}

#[test]
fn the_increased_fine_is_a_fifth_less_for_a_month() {
    let mut case = majoree();
    case.on(80, Event::MajoreeSent).unwrap();
    let sent = SENT.saturating_add(80.days());
    let last = case.life.majoree_deadlines().unwrap().reduced_paper;
    let owed = |on| case.life.owed(on, Means::Paper);
    assert_eq!(owed(sent).amount, Cents::euros(300));
    assert_eq!(owed(last).tariff, Tariff::MajoreeReduced);
    assert_eq!(owed(last.tomorrow().unwrap()).amount, Cents::euros(375));
}

#[test]
fn an_admitted_reclamation_annuls_the_titre_and_the_court_remembers_it() {
    let mut case = majoree();
    assert_eq!(case.to(100, RECLAMATION).0, State::Reclaimed);
    assert_eq!(
        case.to(110, Event::Ruled(Ruling::Admitted)),
        (State::Admitted, vec![Duty::TellComptable, Duty::Decide])
    );
    assert_eq!(case.life.titre_signed(), None);
    let prosecution = Event::Ruled(Ruling::Prosecution(Court::OrdonnancePenale));
    assert_eq!(case.to(120, prosecution).1, [Duty::HandOver]);
    let fine = |euros| Event::Conviction {
        fine: Cents::euros(euros),
    };
    // 375 € and a tenth (CPP 530-1).
    assert_eq!(
        case.on(200, fine(412)),
        Err(Refusal::BelowFloor(Cents(41_250)))
    );
    let set_off = Duty::SetOff(Cents::euros(375));
    assert_eq!(case.to(200, fine(413)), (State::Convicted, vec![set_off]));
    assert_eq!(case.to(210, Event::Opposition).0, State::Prosecuted);
    assert_eq!(
        case.to(300, Event::Relaxe),
        (State::Acquitted, vec![Duty::Refund(Cents::euros(375))])
    );
    assert_eq!(case.on(301, Event::Opposition), Err(Refusal::Final));
}

#[test]
fn a_declared_address_undoes_the_majoration() {
    let mut case = majoree();
    assert_eq!(
        case.to(90, Event::AddressChange),
        (State::Sent, vec![Duty::TellComptable])
    );
    let on = SENT.saturating_add(91.days());
    // The reduced fine does not come back.
    assert_eq!(case.life.owed(on, Means::Remote).amount, Cents::euros(135));
    assert_eq!(case.to(130, Event::Day).0, State::Sent);
    assert_eq!(case.to(160, Event::Day).0, State::TitreProposed);
}

#[test]
fn prescription_is_moved_by_acts_in_time_only() {
    let mut case = Case::new(opening());
    case.on(10, REQUETE).unwrap();
    assert_eq!(case.life.prescription(), date(2026, 12, 20));
    case.on(200, Event::Interruption).unwrap();
    assert_eq!(case.life.prescription(), date(2027, 7, 20));
    assert_eq!(case.to(565, Event::Day).0, State::Contested);
    assert_eq!(
        case.on(566, Event::Interruption),
        Err(Refusal::TooLate(date(2027, 7, 20)))
    );
    assert_eq!(case.to(566, Event::Day).0, State::Prescribed);
    // The sentence: three years from the signature (CP 133-4).
    let mut case = majoree();
    let signed = SENT.saturating_add(76.days());
    let last = signed.saturating_add(3.years());
    let day = |on: Date| i64::from(SENT.until(on).unwrap().get_days());
    assert_eq!(case.to(day(last), Event::Day).0, State::Majoree);
    assert_eq!(case.to(day(last) + 1, Event::Day).0, State::Prescribed);
}

#[test]
fn a_closed_file_gives_back_and_can_be_taken_up_until_prescription() {
    let classement = Event::Ruled(Ruling::Classement);
    let mut case = Case::new(opening());
    case.on(10, REQUETE).unwrap();
    let refund = Duty::Refund(Cents::euros(135));
    assert_eq!(
        case.to(20, classement),
        (State::Dropped, vec![Duty::SendClassement, refund])
    );
    let prosecution = Event::Ruled(Ruling::Prosecution(Court::Hearing));
    assert_eq!(
        case.on(360, prosecution),
        Err(Refusal::TooLate(date(2026, 12, 20)))
    );
    assert_eq!(case.to(300, prosecution).0, State::Prosecuted);
}

#[test]
fn a_part_that_was_paid_goes_back_when_there_is_no_fine() {
    let refund = Duty::Refund(Cents::euros(235));
    for (ruling, letter) in [
        (Ruling::Classement, Duty::SendClassement),
        (Ruling::Redesignation, Duty::SendAvisToDriver),
    ] {
        let mut case = Case::new(opening());
        case.on(20, paper(100)).unwrap();
        case.on(21, REQUETE).unwrap();
        assert_eq!(case.to(22, Event::Ruled(ruling)).1, [letter, refund]);
    }
    let mut case = Case::new(opening());
    case.on(20, paper(100)).unwrap();
    case.on(21, REQUETE).unwrap();
    let prosecution = Event::Ruled(Ruling::Prosecution(Court::Hearing));
    case.on(22, prosecution).unwrap();
    assert_eq!(case.to(99, Event::Relaxe), (State::Acquitted, vec![refund]));
}

#[test]
fn what_was_consigned_goes_back_when_the_file_is_prescribed() {
    let mut case = Case::new(opening());
    case.on(10, REQUETE).unwrap();
    let refund = Duty::Refund(Cents::euros(135));
    assert_eq!(case.to(400, Event::Day), (State::Prescribed, vec![refund]));
}

#[test]
fn a_letter_from_a_wrong_address_stops_no_delay_and_another_is_sought() {
    let mut case = Case::new(opening());
    let from = |motive| Event::Returned(motive);
    assert_eq!(
        case.to(9, from(Undelivered::Unknown)),
        (State::Sent, vec![Duty::SeekAddress])
    );
    assert_eq!(case.life.returned(), SENT.checked_add(9.days()).ok());
    assert_eq!(case.to(61, Event::Day).0, State::TitreProposed);
    assert_eq!(case.to(62, Event::TitreSigned).0, State::Majoree);
    assert_eq!(case.life.returned(), None, "of the letter before");
    // Whoever refuses a letter lives there.
    assert_eq!(
        case.to(80, from(Undelivered::Refused)),
        (State::Majoree, vec![])
    );
    assert_eq!(case.life.returned(), None);
    let step = case.on(81, from(Undelivered::Addressing)).unwrap();
    assert_eq!(step.basis, "CR R322-7, CPP R49-6-1");
    // Declared, the new address undoes the majoration, and the letter is as if it had not been sent.
    assert_eq!(case.to(90, Event::AddressChange).0, State::Sent);
    assert_eq!(case.life.returned(), None);
    case.on(91, paper(135)).unwrap();
    assert_eq!(
        case.to(92, from(Undelivered::Unknown)),
        (State::Paid, vec![])
    );
}
