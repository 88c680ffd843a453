//! What agents record, and how: the generator's own knowledge of the nomenclature, apart from the rules under test.
//!
//! A good MIF takes an offence of the scene from these lists, if the nation's nomenclature has it in force.

use std::collections::HashSet;

use cnt_contracts::registry::{AgentQualityV1, NatInfV1, SnapshotV1};

/// What was met on the road.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Scene {
    /// A vehicle badly parked (code de la route R417-1 to R417-12).
    Parking,
    /// A vehicle parked so that it obstructs very much (R417-11).
    GraveParking,
    /// A vehicle that did not stop; the holder answers for it (R121-6).
    Road,
    /// A driver who was stopped.
    Intercepted,
    /// A pedestrian (R412-43).
    Pedestrian,
    /// Somebody whose offence has nothing to do with traffic.
    NonRoad,
}

/// Parking.
const PARKING: [u32; 29] = [
    7504,
    7560,
    7575,
    7576,
    7581,
    7583,
    7586,
    7587,
    7588,
    7590,
    7595,
    7596,
    7599,
    7600,
    21_199,
    21_201,
    21_202,
    21_206,
    21_290,
    22_811,
    22_812,
    26_961,
    26_962,
    29_370,
    31_085,
    31_086,
    31_087,
    7592,
    LEFT_UNSAFELY,
];
/// Very obstructing parking.
const GRAVE_PARKING: [u32; 13] = [
    6215, 21_200, 22_813, 29_402, 31_088, 31_089, 31_090, 31_091, 31_092, 31_093, 31_094, 31_095,
    31_096,
];
/// Leaving a vehicle so that it may cause an accident (R417-8): more than parking, hence not for agents of surveillance
/// (R130-4).
const LEFT_UNSAFELY: u32 = 7597;
/// Offences for which the holder pays without having been stopped (R121-6); those met most are named twice.
const ROAD: [u32; 20] = [
    210,
    210,
    203,
    256,
    12_929,
    23_800,
    23_800,
    31_063,
    24_090,
    11_325,
    11_326,
    6096,
    6102,
    202,
    26_959,
    26_960,
    12_931,
    12_932,
    24_030,
    SPEEDING_BELOW_20,
];
/// Speeding by less than 20 km/h where the limit is at most 50.
pub(crate) const SPEEDING_BELOW_20: u32 = 25_386;
/// Speeding, beside those above.
const SPEEDING: [u32; 4] = [SPEEDING_BELOW_20, 25_387, 11_302, 11_301];
/// Offences for which only the driver answers (L121-1). Dangerous parking (R417-9) is among them: more than a fine
/// threatens, so that L121-2 does not reach the holder.
const DRIVER_ONLY: [u32; 11] = [
    201, 207, 217, 6091, 6093, 6111, 6223, 22_882, 24_088, 6204, 6227,
];
/// Offences of pedestrians.
const PEDESTRIAN: [u32; 2] = [22_788, 22_789];
/// Offences off the road, met in person.
const NON_ROAD: [u32; 5] = [1086, 6069, 225, 6068, 6084];

/// Of a thousand offences, so many are of parking.
pub(crate) const OF_PARKING: usize = 550;

/// An offence that can be recorded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Offence {
    pub(crate) code: u32,
}

impl Offence {
    /// Excess of speed: least and greatest, and whether the limit is above 50 km/h; none for other offences.
    pub(crate) fn speed(self) -> Option<(i64, i64, Option<bool>)> {
        match self.code {
            SPEEDING_BELOW_20 => Some((1, 19, Some(false))),
            25_387 => Some((1, 19, Some(true))),
            11_302 => Some((20, 29, None)),
            11_301 => Some((30, 39, None)),
            _ => None,
        }
    }

    /// The genre of vehicle that its words name.
    pub(crate) fn genre(self) -> Option<&'static str> {
        match self.code {
            31_085 | 12_931 => Some("MTL"),
            31_086 => Some("TM"),
            31_087 | 12_932 => Some("CL"),
            // Seat belts, double files, pavements: of cars.
            12_929 | 31_089 | 7586 | 7587 => Some("VP"),
            _ => None,
        }
    }
}

/// Offences by scene.
#[derive(Debug, Default)]
pub(crate) struct Offences {
    parking: Vec<Offence>,
    grave_parking: Vec<Offence>,
    road: Vec<Offence>,
    intercepted: Vec<Offence>,
    pedestrian: Vec<Offence>,
    non_road: Vec<Offence>,
    /// No longer in force.
    pub(crate) ended: Vec<u32>,
    /// Without fixed fine.
    pub(crate) ordinary: Vec<u32>,
    /// Not taken on by the CNT.
    pub(crate) unsupported: Vec<u32>,
    /// Délits and crimes.
    pub(crate) graver: Vec<u32>,
    /// Every code of the list.
    pub(crate) known: HashSet<u32>,
}

impl Offences {
    /// Reads the nomenclature of a nation.
    pub(crate) fn of(snapshot: &SnapshotV1) -> Self {
        let natinf = &snapshot.natinf;
        let open: HashSet<u32> = natinf
            .iter()
            .filter(|entry| entry.period.to.is_none() && entry.fixed_fine && entry.supported)
            .map(|entry| entry.code)
            .collect();
        let codes = |chosen: &dyn Fn(&NatInfV1) -> bool| {
            let entries = natinf.iter().filter(|entry| chosen(entry));
            entries.map(|entry| entry.code).collect()
        };
        let take = |lists: &[&[u32]]| -> Vec<Offence> {
            let all = lists.iter().copied().flatten();
            all.filter(|code| open.contains(code))
                .map(|code| Offence { code: *code })
                .collect()
        };
        Self {
            parking: take(&[&PARKING]),
            grave_parking: take(&[&GRAVE_PARKING]),
            road: take(&[&ROAD, &SPEEDING]),
            intercepted: take(&[&ROAD, &DRIVER_ONLY]),
            pedestrian: take(&[&PEDESTRIAN]),
            non_road: take(&[&NON_ROAD]),
            ended: codes(&|entry| entry.period.to.is_some()),
            ordinary: codes(&|entry| {
                entry.period.to.is_none() && entry.supported && !entry.fixed_fine
            }),
            unsupported: codes(&|entry| entry.period.to.is_none() && !entry.supported),
            graver: snapshot.natinf_graver.clone(),
            known: natinf.iter().map(|entry| entry.code).collect(),
        }
    }

    /// Codes of the nation's nomenclature that can be recorded in a scene.
    pub(crate) fn codes(&self, scene: Scene) -> Vec<u32> {
        self.of_scene(scene)
            .iter()
            .map(|offence| offence.code)
            .collect()
    }

    /// Whether the nation's nomenclature has what the mix cannot do without.
    pub(crate) fn are_enough(&self) -> bool {
        !self.parking.is_empty() && !self.road.is_empty()
    }

    /// The scene that happens when a number from 0 to 999 is drawn: the mix of a year (55 % parking, a third of it very
    /// obstructing; 35 % other road offences without interception; 8 % with a person met; 2 % off the road), as far as
    /// the agent's quality goes.
    pub(crate) fn scene(&self, drawn: usize, quality: AgentQualityV1) -> Scene {
        // Agents of surveillance see to parking alone (code de la route R130-4).
        let drawn = match quality {
            AgentQualityV1::Asvp => drawn % OF_PARKING,
            AgentQualityV1::PoliceMunicipale | AgentQualityV1::GardeChampetre => drawn,
        };
        let wanted = match drawn {
            0..367 => Scene::Parking,
            367..OF_PARKING => Scene::GraveParking,
            OF_PARKING..900 => Scene::Road,
            900..980 => Scene::Intercepted,
            980..985 => Scene::Pedestrian,
            _ => Scene::NonRoad,
        };
        if !self.of_scene(wanted).is_empty() {
            return wanted;
        }
        match wanted {
            Scene::GraveParking => Scene::Parking,
            Scene::Intercepted => Scene::Road,
            Scene::Pedestrian | Scene::NonRoad if !self.intercepted.is_empty() => {
                Scene::Intercepted
            }
            _ => Scene::Parking,
        }
    }

    fn of_scene(&self, scene: Scene) -> &[Offence] {
        match scene {
            Scene::Parking => &self.parking,
            Scene::GraveParking => &self.grave_parking,
            Scene::Road => &self.road,
            Scene::Intercepted => &self.intercepted,
            Scene::Pedestrian => &self.pedestrian,
            Scene::NonRoad => &self.non_road,
        }
    }

    /// The offences of a scene that an agent of a quality may record.
    pub(crate) fn open_to(&self, scene: Scene, quality: AgentQualityV1) -> Vec<Offence> {
        let offences = self.of_scene(scene).iter().copied();
        let may_record =
            |offence: &Offence| quality != AgentQualityV1::Asvp || offence.code != LEFT_UNSAFELY;
        offences.filter(may_record).collect()
    }
}
