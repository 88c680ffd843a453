//! The table against the diagram, and a walk over the whole of both.

use std::collections::BTreeSet;

use jiff::ToSpan;
use jiff::civil::{Date, date};

use super::super::*;
use super::{Case, opening};
use crate::courrier::Undelivered;

type Row = (String, String, String, String);

/// The arrows drawn in `life.md`, and the loops that it leaves out by its own words.
fn drawn() -> BTreeSet<Row> {
    let text = include_str!("../../../life.md");
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
        match self.below(22) {
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
            17 => match self.below(3) {
                0 => Event::AddressChange,
                1 => Event::Interruption,
                _ => Event::Returned(if self.below(2) == 0 {
                    Undelivered::Unknown
                } else {
                    Undelivered::Refused
                }),
            },
            18 => match self.below(2) {
                0 => Event::Relaxe,
                _ => Event::Conviction { fine: self.cents() },
            },
            19 => Event::Deposited(match self.below(3) {
                0 => Posted::Avis,
                1 => Posted::Majoree,
                _ => Posted::Refusal,
            }),
            20 => Event::Consigned {
                amount: self.cents(),
            },
            _ => Event::Opposition,
        }
    }
}

/// What came in with an event, and what a step sends back.
fn money(event: Event, step: &Step) -> (Cents, Cents) {
    let came = match event {
        Event::Payment { amount, .. } | Event::Consigned { amount } => amount,
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
