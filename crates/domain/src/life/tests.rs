//! What the law says of an avis, day by day, and a walk over the whole diagram.

use std::collections::BTreeSet;

use jiff::ToSpan;
use jiff::civil::{Date, date};

use super::*;
use crate::amounts::FineAmounts;
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

// --- the diagram --------------------------------------------------------------------------------

type Row = (String, String, String, String);

/// The arrows drawn in `life.md`, and the loops that it leaves out by its own words.
fn drawn() -> BTreeSet<Row> {
    let text = include_str!("../../life.md");
    let arrows = text.lines().filter_map(|line| {
        let (from, rest) = line.trim().split_once(" --> ")?;
        let (to, rest) = rest.split_once(": ")?;
        let (event, basis) = rest.strip_suffix(')')?.split_once(" (")?;
        Some([from, event, to, basis].map(str::to_owned).into())
    });
    let loops = State::ALL.into_iter().flat_map(|state| {
        [
            ("day", "the day passes"),
            ("consulted", "the file is looked at"),
        ]
        .map(|(event, basis)| {
            let name = state.to_string();
            [&name, event, &name, basis].map(str::to_owned).into()
        })
    });
    arrows.chain(loops).collect()
}

#[test]
fn the_table_is_the_diagram() {
    let table: Vec<Row> = ARROWS
        .iter()
        .map(|arrow| {
            (
                arrow.from.to_string(),
                arrow.event.to_string(),
                arrow.to.to_string(),
                arrow.basis.to_owned(),
            )
        })
        .collect();
    let set: BTreeSet<Row> = table.iter().cloned().collect();
    assert_eq!(set.len(), table.len(), "an arrow stands twice");
    assert_eq!(set, drawn());
}

/// A small generator of its own: the domain knows no randomness (`SplitMix64`).
struct Dice(u64);

impl Dice {
    fn below(&mut self, bound: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (mixed ^ (mixed >> 31)) % bound
    }

    fn cents(&mut self) -> Cents {
        Cents::euros(i64::try_from(self.below(600)).unwrap() - 10)
    }

    fn event(&mut self) -> Event {
        let consigned = if self.below(2) == 0 {
            Cents(0)
        } else {
            self.cents()
        };
        match self.below(20) {
            0..=2 => Event::Day,
            3 => Event::Consulted,
            4 => Event::Payment {
                means: Means::Paper,
                amount: self.cents(),
            },
            5 => Event::Requete { consigned },
            6 => Event::Reclamation { consigned },
            7 => Event::Ruled(Ruling::Inadmissible(Unreceivable::Unmotivated)),
            8 => Event::Ruled(Ruling::Inadmissible(Unreceivable::Other)),
            9 => Event::Ruled(Ruling::Admitted),
            10 => Event::Ruled(Ruling::Classement),
            11 => Event::Ruled(Ruling::Redesignation),
            12 => Event::Ruled(Ruling::FineMaintained),
            13 => Event::Ruled(Ruling::Prosecution(if self.below(2) == 0 {
                Court::OrdonnancePenale
            } else {
                Court::Hearing
            })),
            14 => Event::RefusalContested,
            15 => Event::TitreSigned,
            16 => Event::MajoreeSent,
            17 => match self.below(2) {
                0 => Event::AddressChange,
                _ => Event::Interruption,
            },
            18 => match self.below(2) {
                0 => Event::Relaxe,
                _ => Event::Conviction { fine: self.cents() },
            },
            _ => Event::Opposition,
        }
    }
}

/// What came in with an event, and what a step sends back.
fn money(event: Event, step: &Step) -> (Cents, Cents) {
    let came = match event {
        Event::Payment { amount, .. } => amount,
        Event::Requete { consigned } | Event::Reclamation { consigned } => consigned,
        _ => Cents(0),
    };
    let back = step.duties.iter().map(|duty| match duty {
        Duty::Refund(cents) => cents.0,
        _ => 0,
    });
    (came, Cents(back.sum()))
}

/// No cent is lost, and none is kept where there is no fine.
fn check_money(life: &AvisLife, held: Cents) {
    let (received, consigned) = (life.received(), life.consigned());
    assert!(received >= Cents(0) && consigned >= Cents(0));
    assert_eq!(received.plus(consigned), Some(held), "{life:?}");
    match life.state() {
        State::Dropped | State::Redesignated | State::Acquitted => assert_eq!(held, Cents(0)),
        State::Paid | State::Prescribed => assert_eq!(consigned, Cents(0), "{life:?}"),
        _ => {}
    }
}

/// No day before the next one changes anything, and the next one does.
fn check_next_day(case: &Case, dice: &mut Dice) {
    let on_a_day = |day: Date| {
        let mut life = case.life.clone();
        life.apply(&case.law, Event::Day, day).unwrap();
        life
    };
    let next = case.life.next_day();
    if let Some(next) = next {
        assert_ne!(on_a_day(next), case.life, "{next}");
    }
    let ahead = i64::try_from(dice.below(500) + 1).unwrap().days();
    let before = next.unwrap_or(date(2199, 1, 1)).saturating_sub(ahead);
    assert_eq!(on_a_day(before), case.life, "{before}");
}

#[test]
fn a_million_steps_never_leave_the_diagram_and_walk_all_of_it() {
    let drawn = drawn();
    let mut dice = Dice(1);
    let mut walked = BTreeSet::new();
    let (mut case, mut day, mut held) = (Case::new(opening()), 0, Cents(0));
    for _ in 0..1_000_000 {
        // Lives are begun anew, so that ends do not swallow the walk.
        if dice.below(60) == 0 {
            (case, day, held) = (Case::new(opening()), 0, Cents(0));
        }
        day += i64::try_from(match dice.below(12) {
            0 => dice.below(400),
            1..=3 => dice.below(40),
            _ => 0,
        })
        .unwrap();
        let (before, event) = (case.life.clone(), dice.event());
        let (from, kind) = (before.state().to_string(), event.kind().to_string());
        match case.on(day, event) {
            Ok(step) => {
                let to = step.to.to_string();
                let row = (from, kind, to, step.basis.to_owned());
                assert!(drawn.contains(&row), "{row:?} is not drawn");
                assert_eq!(case.life.state(), step.to);
                let (came, back) = money(event, &step);
                held = Cents(held.0 + came.0 - back.0);
                walked.insert(row);
            }
            Err(refusal) => {
                assert_eq!(case.life, before, "a refused event changed something");
                if matches!(refusal, Refusal::NoSuchStep { .. }) {
                    let is_drawn = drawn.iter().any(|row| row.0 == from && row.1 == kind);
                    assert!(!is_drawn, "{from} {kind} is drawn and was refused");
                }
            }
        }
        check_money(&case.life, held);
        check_next_day(&case, &mut dice);
        assert_eq!(AvisLife::recall(case.life.memory()), case.life);
    }
    let never: Vec<_> = drawn.difference(&walked).collect();
    assert!(never.is_empty(), "never walked: {never:?}");
}
