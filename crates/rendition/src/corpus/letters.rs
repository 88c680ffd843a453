//! Invented facts of the letters that follow from an avis, or take its place.

use super::{COMMUNES, Dice, avis};
use crate::{
    AccountantInput, AddresseeRole, AmendeMajoreeInput, AmountDue, AvisElectroniqueInput,
    ClaimInput, DeliveryInput, EmailSource, TitleInput,
};

pub(super) fn avis_electronique(dice: &mut Dice, rank: u64) -> Option<AvisElectroniqueInput> {
    let avis = avis(dice, rank)?;
    let days = i32::from(dice.small(8));
    let ago = jiff::Span::new().days(days);
    Some(AvisElectroniqueInput {
        delivery: DeliveryInput {
            announced_on: avis.avis_date.checked_sub(ago).ok()?,
            consented_on: avis.avis_date,
            address_from: dice.pick(&EmailSource::ALL)?,
        },
        avis,
    })
}

pub(super) fn amende_majoree(dice: &mut Dice, rank: u64) -> Option<AmendeMajoreeInput> {
    let avis = avis(dice, rank)?;
    let later = |days: i32| {
        let span = jiff::Span::new().days(days);
        avis.avis_date.checked_add(span).ok()
    };
    let due = |cents: i64, days: i32| -> Option<AmountDue> {
        Some(AmountDue {
            cents,
            until_paper: later(days)?,
            until_remote: later(days + 15)?,
        })
    };
    let cents = avis.amounts.majoree.cents;
    let registered = dice.one_in(4);
    let (town, departement) = dice.pick(&COMMUNES)?;
    Some(AmendeMajoreeInput {
        reference: format!("9900{:08}", rank % 100_000_000),
        sent_on: later(90)?,
        is_legal_person_author: avis.addressee == AddresseeRole::LegalPersonAuthor,
        title: TitleInput {
            signed_on: later(80)?,
            number: format!("2026-{departement}-{:04}", dice.below(10_000)),
            omp: avis.contest.omp,
        },
        accountant: AccountantInput {
            name: format!("TRÉSORERIE DES AMENDES DE {town:.34}"),
            address: vec![
                format!("{} RUE DE L'EXEMPLE", dice.below(90) + 1),
                format!("{departement}000 {town:.24}"),
            ],
        },
        reduced: due(cents * 4 / 5, 120)?,
        full: due(cents, 135)?,
        claim: ClaimInput {
            until: later(120)?,
            never_after: if registered { later(180) } else { None },
            consignation_cents: avis.contest.consignation_cents.map(|_| cents),
        },
        avis_number: avis.avis_number,
        avis_date: avis.avis_date,
        portal_key: avis.portal_key,
        recipient: avis.recipient,
        is_abroad: avis.is_abroad,
        offence: avis.offence,
        vehicle: avis.vehicle,
        points: avis.points,
    })
}
