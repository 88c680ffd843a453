//! Words of the console, in French.

use jiff::Timestamp;
use jiff::civil::Date;

use cnt_domain::civil::paris_date;

/// A role.
pub(super) fn role(word: &str) -> &'static str {
    match word {
        "officer" => "officier du ministère public",
        "clerk" => "agent du greffe",
        "supervisor" => "chef de service",
        "auditor" => "contrôleur",
        _ => "inconnu",
    }
}

/// The ground of a contestation, in few words.
pub(super) fn ground(word: &str) -> &'static str {
    match word {
        "vehicule" => "Cas 1 · véhicule",
        "designation" => "Cas 2 · désignation",
        _ => "Cas 3 · autre motif",
    }
}

/// Where an avis stands.
pub(super) fn state(word: &str) -> &'static str {
    match word {
        "sent" => "envoyé",
        "titre_proposed" => "titre proposé",
        "majoree" => "majoré",
        "contested" => "contesté",
        "reclaimed" => "réclamation reçue",
        "refused" => "refusé faute de motif",
        "admitted" => "recevable",
        "prosecuted" => "au tribunal",
        "paid" => "payé",
        "dropped" => "classé sans suite",
        "redesignated" => "conducteur désigné",
        "acquitted" => "relaxé",
        "convicted" => "condamné",
        "prescribed" => "prescrit",
        _ => "inconnu",
    }
}

/// What happened to an avis.
pub(super) fn event(word: &str) -> &'static str {
    match word {
        "day" => "un délai s’achève",
        "consulted" => "consulté par le destinataire",
        "payment" => "paiement",
        "deposited" => "remis à la poste",
        "consigned" => "consignation",
        "requete" => "requête en exonération",
        "reclamation" => "réclamation",
        "inadmissible" => "irrecevabilité",
        "admitted" => "réclamation admise",
        "classement" => "classement sans suite",
        "redesignation" => "désignation retenue",
        "fine_maintained" => "amende maintenue",
        "prosecution" => "poursuites",
        "refusal_contested" => "refus contesté",
        "titre_signed" => "titre signé",
        "majoree_sent" => "avis majoré envoyé",
        "address_change" => "changement d’adresse",
        "returned" => "courrier revenu",
        "interruption" => "acte interruptif",
        "relaxe" => "relaxe",
        "conviction" => "condamnation",
        "opposition" => "opposition",
        _ => "autre",
    }
}

/// What was done with a file.
pub(super) fn act(word: &str) -> &'static str {
    match word {
        "assigned" => "attribué",
        "escalated" => "soumis à l’officier",
        "snoozed" => "mis en attente",
        "urgent" => "déclaré urgent",
        "not_urgent" => "n’est plus urgent",
        "released" => "rendu à la file",
        "read" => "lu",
        "claim" => "pris",
        _ => "autre",
    }
}

/// A kind of document.
pub(super) fn letter(kind: &str) -> &'static str {
    match kind {
        "ACO" => "Avis de contravention",
        "ACD" => "Avis au conducteur désigné",
        "AFM" => "Avis d’amende forfaitaire majorée",
        "ACE" => "Accusé d’enregistrement",
        "DEP" => "Demande de pièce",
        "IRR" => "Irrecevabilité",
        "CSS" => "Classement sans suite",
        "TTP" => "Transmission au tribunal",
        "MAI" => "Amende maintenue",
        "PVE" => "Procès-verbal",
        "RAP" => "Demande de rapport",
        "BTP" => "Bordereau au tribunal",
        _ => "Document",
    }
}

/// A ground of inadmissibility.
pub(super) fn irrecevabilite(code: &str) -> &'static str {
    match code {
        "IRR_DELAI" => "hors délai",
        "IRR_MOTIF" => "sans motif",
        "IRR_AVIS" => "avis non joint",
        "IRR_FORME" => "forme non respectée",
        "IRR_PIECE" => "pièce manquante",
        "IRR_PERMIS" => "conducteur ou permis non indiqué",
        "IRR_CONSIGNATION" => "consignation manquante",
        "IRR_PAYE" => "amende déjà payée",
        _ => "auteur sans qualité",
    }
}

/// A day.
pub(super) fn day(day: Date) -> String {
    day.strftime("%d/%m/%Y").to_string()
}

/// An instant, in Paris.
pub(super) fn instant(at: Timestamp) -> String {
    at.to_zoned(cnt_service_kit::clock::paris())
        .strftime("%d/%m/%Y %H:%M")
        .to_string()
}

/// The day of an instant, in Paris.
pub(super) fn day_of(at: Timestamp) -> String {
    day(paris_date(at))
}

/// An amount of cents.
pub(super) fn euros(cents: i64) -> String {
    format!("{},{:02} €", cents / 100, cents % 100)
}
