//! The targets. A panic is a finding, and so is an assertion that fails.

use std::sync::LazyLock;

use cnt_contracts::mif::read_payload;
use cnt_domain::plate::{Country, Plate};
use cnt_registry::reference::{OfficialList, read_official};
use cnt_trust::{Scratch, seal as seals, sha256, sign_compact};
use cnt_vault::{LotAbout, LotId, LotKind, LotReader, LotWriter, MemberInput};

use crate::world::{NOW, world};

/// A payload with everything that a MIF may hold.
const MIF: &str = r#"{
  "entete": {"version_schema": "mif/1.0", "id_mif": "0198c0de-0000-4000-8000-000000000001", "numero_pv": "PV0000001",
    "horodatage_emission": "2026-05-28T14:40:00+02:00"},
  "service": {"siren": "213502388", "code_service": "35PM0001", "corps": "PM", "insee_rattachement": "35238"},
  "agent": {"matricule": "S000001", "qualite": "APJA", "grade": "Brigadier",
    "carte": {"numero_serie": "SIM-213502388-000001", "emetteur": "ANTS (simulation)", "profil": "A05"}},
  "terminal": {"type": "PDA", "identifiant": "TVE-000001", "version_logiciel": "4.2", "version_natinf": "2026.1"},
  "infraction": {"natinf": 31088, "qualification_cas": "1", "date_heure": "2026-05-28T14:35:00+02:00",
    "interception": false, "nombre_infractions_simultanees": 1, "avis_information": true},
  "lieu": {"insee_commune": "35238", "type_voie": "RUE", "libelle_voie": "DE LA GARE", "numero": "5"},
  "vehicule": {"immatriculation": "AB123CD", "pays": "FR", "marque": "RENAULT", "genre": "VP", "couleur": "GRIS",
    "cliche": [{"sha256": "0707070707070707070707070707070707070707070707070707070707070707",
      "media": "image/jpeg", "taille": 180000}]}
}"#;

/// What the station sealed.
static SEALED: LazyLock<[[u8; 32]; 2]> = LazyLock::new(|| [sha256(b"one"), sha256(b"two")]);

/// The one message that the one card ever signs.
fn message() -> Option<String> {
    let signer = world().card.signer().ok()?;
    sign_compact(MIF.as_bytes(), NOW, &signer).ok()
}

// Signatures differ from one process to the next, and with them the certificates: what is signed does not.
pub(crate) fn jws(bytes: &[u8]) {
    let mut scratch = Scratch::default();
    let checked = world().cards.check_bytes(bytes, &mut scratch);
    if checked.verification.is_accepted() {
        let signed = checked.message.as_ref();
        let signed = signed.map(|message| (message.payload(), message.signing_time()));
        assert_eq!(
            signed,
            Some((MIF.as_bytes(), NOW)),
            "accepted, and the card did not sign it"
        );
    }
}

pub(crate) fn jws_seeds() -> Vec<Vec<u8>> {
    message().into_iter().map(String::into_bytes).collect()
}

/// What is signed of a certificate, whose lengths take two bytes each as they do in ours.
fn to_be_signed(der: &[u8]) -> Option<&[u8]> {
    let (_, rest) = der.split_first_chunk::<4>()?;
    let [_, _, high, low] = rest.first_chunk::<4>()?;
    let length = usize::from(u16::from_be_bytes([*high, *low]));
    rest.get(..length.checked_add(4)?)
}

pub(crate) fn certificate(bytes: &[u8]) {
    if world().connections.check(bytes, NOW).is_ok() {
        let ours = to_be_signed(&world().connection.certificate_der);
        assert!(ours.is_some());
        assert_eq!(
            to_be_signed(bytes),
            ours,
            "good, and not issued by the authority"
        );
    }
}

pub(crate) fn certificate_seeds() -> Vec<Vec<u8>> {
    let world = world();
    [&world.connection, &world.seal, &world.card]
        .map(|issued| issued.certificate_der.clone())
        .to_vec()
}

fn sealed() -> Option<String> {
    let signer = world().seal.signer().ok()?;
    seals::sign(&*SEALED, NOW, &signer).ok()
}

pub(crate) fn seal(bytes: &[u8]) {
    let [one, two] = *SEALED;
    let judged = seals::verify(bytes, &[one, two], &world().seals);
    // Also those of the same submission in another order.
    for others in [&[two, one][..], &[one], &[]] {
        let covers = seals::verify(bytes, others, &world().seals).is_accepted();
        assert!(!covers, "covers what the station did not seal");
    }
    assert_eq!(
        seals::verify(bytes, &[one, two], &world().seals).is_accepted(),
        judged.is_accepted(),
        "judged twice, judged otherwise"
    );
}

pub(crate) fn seal_seeds() -> Vec<Vec<u8>> {
    sealed().into_iter().map(String::into_bytes).collect()
}

pub(crate) fn mif(bytes: &[u8]) {
    let reading = read_payload(bytes);
    assert_eq!(
        reading.mif.is_some(),
        reading.problems.is_empty(),
        "a MIF has no problems, and no MIF has some"
    );
    for problem in &reading.problems {
        assert!(
            problem.pointer.is_empty() || problem.pointer.starts_with('/'),
            "no pointer: {}",
            problem.pointer
        );
    }
    let again = read_payload(bytes);
    assert_eq!(again.problems, reading.problems, "read twice, judged twice");
}

pub(crate) fn mif_seeds() -> Vec<Vec<u8>> {
    vec![MIF.as_bytes().to_vec()]
}

/// The first two letters are the country, the rest the plate.
pub(crate) fn plate(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else {
        return;
    };
    let Some((country, plate)) = text.split_at_checked(2) else {
        return;
    };
    let Ok(country) = Country::parse(country) else {
        return;
    };
    if let Ok(read) = Plate::parse(plate, country) {
        assert_eq!(Plate::parse(read.as_str(), country).as_ref(), Ok(&read));
        let shown = read.as_on_vehicle();
        let bare: String = shown
            .chars()
            .filter(|letter| letter.is_ascii_alphanumeric())
            .collect();
        assert_eq!(bare, read.as_str(), "shown as {shown}");
    }
}

pub(crate) fn plate_seeds() -> Vec<Vec<u8>> {
    [
        "FRAB123CD",
        "FR1234AB35",
        "FRW123AB",
        "BE1ABC123",
        "DEBMW1234",
        "GBAB12CDE",
    ]
    .map(|text| text.as_bytes().to_vec())
    .to_vec()
}

pub(crate) fn csv(bytes: &[u8]) {
    let Ok(OfficialList { entries, .. }) = read_official(bytes) else {
        return;
    };
    let is_ascending = entries
        .iter()
        .zip(entries.iter().skip(1))
        .all(|(one, next)| one.code < next.code);
    assert!(is_ascending, "a code stands twice, or out of order");
}

pub(crate) fn csv_seeds() -> Vec<Vec<u8>> {
    let header = "NatInf;Nature de l'infraction;Qualification;Définie par;Réprimée par";
    let rows = "31088;Contravention de classe 4;STATIONNEMENT DANGEREUX;ART.R.417-9;ART.R.417-9\n\
                6230;Contravention de classe 2;\"STATIONNEMENT; GENANT\";ART.R.417-10;ART.R.417-10\n\
                7;Délit;VOL;ART.311-1;ART.311-3\n";
    let text = format!("{header}\n{rows}");
    let latin1: Vec<u8> = text
        .chars()
        .map(|letter| u8::try_from(u32::from(letter)).unwrap_or(b'?'))
        .collect();
    vec![text.into_bytes(), latin1]
}

pub(crate) fn lot(bytes: &[u8]) {
    let Ok(reader) = LotReader::open(bytes.to_vec()) else {
        return;
    };
    let Ok(members) = reader.members() else {
        return;
    };
    for member in members {
        if let Ok(read) = reader.read(member) {
            assert_eq!(
                u64::try_from(read.len()).ok(),
                Some(member.size),
                "a member of another size"
            );
            assert_eq!(
                LotId::of(&read).as_bytes(),
                member.sha256.as_bytes(),
                "a member with another hash"
            );
        }
    }
}

pub(crate) fn lot_seeds() -> Vec<Vec<u8>> {
    let object = |kind, sizes: &[usize]| -> Option<Vec<u8>> {
        let created_at = jiff_instant()?;
        let mut about = LotAbout::new(created_at, "cnt-fuzz", "1");
        about.retention_class = Some("test".to_owned());
        let mut writer = LotWriter::new(kind, about).ok()?;
        let members = sizes
            .iter()
            .map(|size| {
                MemberInput::new(
                    size.to_string(),
                    vec![b'x'; *size],
                    &serde_json::json!({"n": size}),
                )
            })
            .collect::<Result<Vec<_>, _>>()
            .ok()?;
        writer.add_members(members).ok()?;
        Some(writer.finish().ok()?.bytes().to_vec())
    };
    [
        object(LotKind::Verdict, &[1, 20, 300]),
        object(LotKind::Document, &[0, 500]),
    ]
    .into_iter()
    .flatten()
    .collect()
}

fn jiff_instant() -> Option<jiff::Timestamp> {
    jiff::Timestamp::from_second(NOW).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_seeds_are_read_to_the_end() {
        let mut scratch = Scratch::default();
        for seed in jws_seeds() {
            let checked = world().cards.check_bytes(&seed, &mut scratch);
            assert_eq!(checked.verification.problems, []);
        }
        let [station, ..] = &certificate_seeds()[..] else {
            panic!("no seed");
        };
        assert!(world().connections.check(station, NOW).is_ok());
        for seed in seal_seeds() {
            assert!(seals::verify(&seed, &*SEALED, &world().seals).is_accepted());
        }
        for seed in mif_seeds() {
            assert_eq!(read_payload(&seed).problems, []);
        }
        for seed in plate_seeds() {
            let (country, plate) = std::str::from_utf8(&seed).unwrap().split_at(2);
            let country = Country::parse(country).unwrap();
            assert!(Plate::parse(plate, country).is_ok(), "{plate}");
        }
        for seed in csv_seeds() {
            assert_eq!(read_official(&seed).unwrap().entries.len(), 3);
        }
        let members: Vec<_> = lot_seeds()
            .into_iter()
            .map(|seed| LotReader::open(seed).unwrap().members().unwrap().len())
            .collect();
        assert_eq!(members, [3, 2]);
    }
}
