//! The variants by law of each kind of document.

use cnt_rendition::{AddresseeRole, AvisInput, LiabilityRule, OffenderSignature};

use crate::support::{avis, proces_verbal, render, render_document, render_pv};

/// Avis that differ in what the law says of them, by name.
pub(crate) fn avis_variants() -> Vec<(String, AvisInput)> {
    let mut variants: Vec<(String, AvisInput)> = ["specimen", "full", "person"]
        .into_iter()
        .map(|name| (name.to_owned(), avis(name)))
        .collect();
    for role in AddresseeRole::ALL {
        for liability in LiabilityRule::ALL {
            let mut input = avis("specimen");
            input.addressee = role;
            input.liability = liability;
            let takes_the_place_of_the_holder = matches!(
                role,
                AddresseeRole::Holder
                    | AddresseeRole::LegalRepresentative
                    | AddresseeRole::Hirer
                    | AddresseeRole::Buyer
            );
            if liability == LiabilityRule::L1213 {
                input.offence.parking = None;
                input.amounts.minoree = avis("full").amounts.minoree;
                input.points = 3;
                input.contest.consignation_cents = takes_the_place_of_the_holder.then_some(13_500);
            }
            if role == AddresseeRole::PersonMet {
                input.vehicle = None;
            }
            variants.push((format!("{}-{}", role.as_str(), liability.as_str()), input));
        }
    }
    let mut abroad = avis("full");
    abroad.must_designate = false;
    abroad.offence.speed = None;
    abroad.addressee = AddresseeRole::LegalPersonAuthor;
    variants.push(("abroad".to_owned(), abroad));
    variants
}

/// Every variant of every kind, rendered, by name.
pub(crate) fn all() -> Vec<(String, Vec<u8>)> {
    let mut rendered: Vec<(String, Vec<u8>)> = avis_variants()
        .into_iter()
        .map(|(name, input)| (name, render(&input).unwrap().pdf))
        .collect();
    for name in ["specimen", "pv_full"] {
        let input = proces_verbal(name);
        rendered.push((format!("pv-{name}"), render_pv(&input).unwrap().pdf));
    }
    let mut signed = proces_verbal("pv_full");
    signed.offence.speed = None;
    signed.vehicle = None;
    signed.photos.clear();
    signed.observations = None;
    if let Some(person) = &mut signed.person {
        person.signature = OffenderSignature::Signed;
        person.born_on = None;
        person.licence = None;
    }
    rendered.push(("pv-bare".to_owned(), render_pv(&signed).unwrap().pdf));
    let letters = crate::letters::variants();
    for (name, document) in letters.into_iter().chain(crate::contestation::variants(30)) {
        rendered.push((name, render_document(document).unwrap().pdf));
    }
    rendered
}
