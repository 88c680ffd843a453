//! Changes that the law objects to: what is recorded, by whom, about whom.

use cnt_contracts::mif::{MifV1, Permis, PersonneMorale, Vitesse};
use cnt_contracts::registry::AgentQualityV1;

use super::Generator;
use super::bad::placeholder_vehicle;
use crate::draft::{Draft, quality_word};
use crate::error::GeneratorError;
use crate::faults::Fault;
use crate::offences::{SPEEDING_BELOW_20, Scene};
use crate::random::Draw;

/// An offence of drivers that agents of surveillance may not record: a red light.
pub(super) const OF_DRIVERS: u32 = 210;
/// Priority to the right: the driver alone answers (code de la route L121-1).
pub(super) const OF_THE_DRIVER_ALONE: u32 = 207;
/// A dog off its lead (code rural): the competence of the police municipale is in texts that are not before us.
pub(super) const OF_DOG_OWNERS: u32 = 22_161;

impl Generator {
    /// Makes the content wrong; other faults leave it as it is.
    pub(super) fn change_content(
        &self,
        draft: &mut Draft,
        fault: Fault,
        draw: &mut Draw,
    ) -> Result<(), GeneratorError> {
        let offences = &self.drafter.fleet.offences;
        let fleet = &self.drafter.fleet;
        match fault {
            Fault::OtherQuality => {
                let own = fleet.good.get(draft.agent).map(|agent| agent.quality);
                let other = match own {
                    Some(AgentQualityV1::PoliceMunicipale) => AgentQualityV1::GardeChampetre,
                    _ => AgentQualityV1::PoliceMunicipale,
                };
                draft.mif.agent.qualite = quality_word(other).into();
            }
            Fault::GraverNatInf => record(&mut draft.mif, one_of(&offences.graver, draw)),
            Fault::UnsupportedNatInf => record(&mut draft.mif, one_of(&offences.unsupported, draw)),
            Fault::OutsideQuality => record(&mut draft.mif, OF_DRIVERS),
            Fault::NobodyMet => {
                record(
                    &mut draft.mif,
                    one_of(&offences.codes(Scene::Pedestrian), draw),
                );
                nobody(&mut draft.mif);
                draft.mif.vehicule.get_or_insert_with(placeholder_vehicle);
            }
            Fault::NoVehicle => {
                record(
                    &mut draft.mif,
                    one_of(&offences.codes(Scene::Parking), draw),
                );
                self.meet(draft, draw)?;
                draft.mif.vehicule = None;
            }
            Fault::WithOrdinary => {
                draft.mif.infraction.nombre_infractions_simultanees = 2;
                draft.mif.infraction.infractions_simultanees =
                    vec![one_of(&offences.ordinary, draw)];
            }
            Fault::NoSpeed => record(&mut draft.mif, SPEEDING_BELOW_20),
            Fault::OtherSpeed => {
                record(&mut draft.mif, SPEEDING_BELOW_20);
                draft.mif.infraction.vitesse = Some(Vitesse {
                    limite: 50,
                    mesuree: 100,
                    retenue: 95,
                    appareil: "JUMELLES TRUSPEED n° 4127".into(),
                });
            }
            Fault::BornLater | Fault::Child | Fault::OnFoot | Fault::WrongSiren => {
                self.change_person(draft, fault, draw)?;
            }
            _ => return self.change_slightly(draft, fault, draw),
        }
        Ok(())
    }

    /// What is accepted with a warning.
    fn change_slightly(
        &self,
        draft: &mut Draft,
        fault: Fault,
        draw: &mut Draw,
    ) -> Result<(), GeneratorError> {
        match fault {
            Fault::NobodyStopped => {
                record(&mut draft.mif, OF_THE_DRIVER_ALONE);
                nobody(&mut draft.mif);
                draft.mif.vehicule.get_or_insert_with(placeholder_vehicle);
            }
            Fault::UnverifiedNatInf => {
                record(&mut draft.mif, OF_DOG_OWNERS);
                self.meet(draft, draw)?;
                draft.mif.vehicule = None;
            }
            Fault::NoLicence | Fault::OddLicence => {
                record(&mut draft.mif, OF_DRIVERS);
                self.meet(draft, draw)?;
                if let Some(person) = &mut draft.mif.personne {
                    person.permis = (fault == Fault::OddLicence).then(|| Permis {
                        numero: "PERMIS123".into(),
                        pays: "FR".into(),
                    });
                }
            }
            _ => {}
        }
        Ok(())
    }

    fn change_person(
        &self,
        draft: &mut Draft,
        fault: Fault,
        draw: &mut Draw,
    ) -> Result<(), GeneratorError> {
        self.meet(draft, draw)?;
        let year = self.drafter.day(draft.offence_s)?.year();
        if fault == Fault::OnFoot {
            record(&mut draft.mif, OF_DRIVERS);
        }
        let Some(person) = &mut draft.mif.personne else {
            return Ok(());
        };
        match fault {
            Fault::BornLater => person.naissance = Some(format!("{}-01-01", year + 1).into()),
            Fault::Child => person.naissance = Some(format!("{}-06-15", year - 10).into()),
            Fault::OnFoot => person.role = "PIETON".into(),
            _ => {
                person.personne_morale = Some(PersonneMorale {
                    raison_sociale: "TRANSPORTS DE LA SIMULATION".into(),
                    siren: "123456789".into(),
                });
            }
        }
        Ok(())
    }

    /// Somebody is met, if nobody was.
    fn meet(&self, draft: &mut Draft, draw: &mut Draw) -> Result<(), GeneratorError> {
        if draft.mif.personne.is_none() {
            let (person, signature) = self.drafter.somebody(draft.offence_s, draw)?;
            draft.mif.personne = Some(person);
            draft.mif.signature = Some(signature);
        }
        if let Some(person) = &mut draft.mif.personne {
            person.role = "CONTREVENANT".into();
        }
        draft.mif.infraction.interception = true;
        draft.mif.infraction.avis_information = false;
        draft.mif.vehicule.get_or_insert_with(placeholder_vehicle);
        Ok(())
    }
}

/// Another offence, without the speed of the first.
fn record(mif: &mut MifV1<'_>, code: u32) {
    mif.infraction.natinf = code;
    mif.infraction.vitesse = None;
}

fn nobody(mif: &mut MifV1<'_>) {
    mif.infraction.interception = false;
    mif.personne = None;
    mif.signature = None;
}

fn one_of(codes: &[u32], draw: &mut Draw) -> u32 {
    codes
        .get(draw.below(codes.len()))
        .copied()
        .unwrap_or(99_999)
}
