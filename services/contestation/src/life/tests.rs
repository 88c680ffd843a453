//! What is kept is what is remembered.

use cnt_contracts::law::{LawV1, to_law};
use cnt_domain::amounts::FineAmounts;
use cnt_domain::life::{AvisLife, Court, Event, Means, Opening, Ruling, Unreceivable};
use cnt_domain::money::Cents;
use jiff::ToSpan;
use jiff::civil::date;
use proptest::prelude::*;

use super::{keep, recall};

fn event() -> impl Strategy<Value = Event> {
    prop_oneof![
        4 => Just(Event::Day),
        1 => (1..40_000_i64).prop_map(|cents| Event::Payment {
            means: Means::Paper,
            amount: Cents(cents),
        }),
        1 => (0..200_i64).prop_map(|cents| Event::Requete { consigned: Cents(cents) }),
        1 => (0..200_i64).prop_map(|cents| Event::Reclamation { consigned: Cents(cents) }),
        1 => prop_oneof![
            Just(Ruling::Inadmissible(Unreceivable::Unmotivated)),
            Just(Ruling::Inadmissible(Unreceivable::Other)),
            Just(Ruling::Admitted),
            Just(Ruling::Classement),
            Just(Ruling::Prosecution(Court::OrdonnancePenale)),
            Just(Ruling::Prosecution(Court::Hearing)),
        ].prop_map(Event::Ruled),
        1 => Just(Event::RefusalContested),
        2 => Just(Event::TitreSigned),
        1 => Just(Event::MajoreeSent),
        1 => Just(Event::Relaxe),
        1 => Just(Event::Conviction { fine: Cents(50_000) }),
    ]
}

proptest! {
    #[test]
    fn a_life_that_was_kept_is_recalled_whole(
        events in prop::collection::vec((event(), 0..60_i64), 0..30),
        abroad: bool,
        has_minoree: bool,
    ) {
        let law = to_law(&LawV1::default()).unwrap();
        let mut day = date(2026, 1, 1);
        let opening = Opening {
            offence: date(2025, 12, 20),
            sent: day,
            abroad,
            amounts: FineAmounts {
                minoree: has_minoree.then_some(Cents(9_000)),
                forfaitaire: Cents(13_500),
                majoree: Cents(37_500),
            },
            is_529_10: !abroad,
        };
        let mut life = AvisLife::open(&law, opening).unwrap();
        for (event, days) in events {
            day = day.saturating_add(days.days());
            // A refused event changes nothing, and that is kept as well.
            let _refused = life.apply(&law, event, day).is_err();
            let kept = keep(&life).unwrap();
            prop_assert_eq!(&recall(life.state().as_str(), &kept).unwrap(), &life);
        }
    }

    #[test]
    fn what_was_not_kept_is_no_life(text in "\\PC{0,60}") {
        prop_assert!(recall("sent", &text).is_err());
    }
}
