//! The shape of the law's tables.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::registry::DateText;

/// An edition of the law.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct LawV1 {
    /// Name of the edition.
    #[schemars(length(min = 1, max = 40))]
    pub edition: String,
    /// Amounts by class.
    pub amounts: Vec<ScaleV1>,
    /// Who owes how many times the amounts.
    pub authors: Vec<AuthorV1>,
    /// Open to the fixed fine (CPP R48-1).
    pub fixed_fine: Vec<ArticlesV1>,
    /// Open to the reduced fine (CPP R49-8-5).
    pub reduced_fine: Vec<ArticlesV1>,
    /// Contraventions of pedestrians (CPP R49, 1°).
    pub pedestrians: Vec<ArticlesV1>,
    /// Who may record what.
    pub competence: Vec<CompetenceV1>,
    /// What the holder of the registration certificate answers for.
    pub holders: Vec<HolderV1>,
    /// What an offence cannot be recorded without.
    pub needs: Vec<NeedV1>,
    /// Excess of speed by NatInf.
    pub speeds: Vec<SpeedV1>,
    /// Delays.
    pub delays: Vec<DelaysV1>,
    /// Public holidays.
    pub holidays: Vec<HolidayV1>,
    /// Offences whose OMP is not that of their place (code de la route L130-9, transports).
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub special_competence: Vec<SpecialCompetenceV1>,
    /// Who acts in the place of which OMP (CPP 46 to 48).
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub substitutions: Vec<SubstitutionV1>,
}

impl LawV1 {
    /// No table at all: nothing is open to the fixed fine.
    pub(super) fn nothing() -> Self {
        Self {
            edition: "none".to_owned(),
            amounts: Vec::new(),
            authors: Vec::new(),
            fixed_fine: Vec::new(),
            reduced_fine: Vec::new(),
            pedestrians: Vec::new(),
            competence: Vec::new(),
            holders: Vec::new(),
            needs: Vec::new(),
            speeds: Vec::new(),
            delays: Vec::new(),
            holidays: Vec::new(),
            special_competence: Vec::new(),
            substitutions: Vec::new(),
        }
    }
}

/// Amounts of a class for natural persons, by the day of the offence.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ScaleV1 {
    /// `pedestrian`, or the class, `1` to `5`.
    #[schemars(regex(pattern = r"^(pedestrian|[1-5])$"))]
    pub of: String,
    /// First day.
    pub from: DateText,
    /// Last day.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub to: Option<DateText>,
    /// Reduced fine.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub minoree_cents: Option<i64>,
    /// Fixed fine.
    pub forfaitaire_cents: i64,
    /// Increased fine.
    pub majoree_cents: i64,
    /// The most a court may impose.
    pub court_max_cents: i64,
}

/// To whom an avis is addressed, as far as amounts depend on it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum OwingV1 {
    /// A natural person.
    Natural,
    /// A legal person as author (CPP 530-3).
    Legal,
    /// The representative of a legal person which holds the certificate.
    Representative,
}

/// How many times the amounts an author owes, by the day of the offence.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AuthorV1 {
    /// The author.
    pub author: OwingV1,
    /// First day.
    pub from: DateText,
    /// Last day.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub to: Option<DateText>,
    /// So many times.
    #[schemars(range(min = 1, max = 10))]
    pub factor: u8,
}

/// Offences, by the article that punishes them and the day they were committed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ArticlesV1 {
    /// The text the rule stands in.
    pub basis: String,
    /// First day.
    pub from: DateText,
    /// Last day.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub to: Option<DateText>,
    /// Code: `route`, `penal`, `assurances`, `environnement`, `rural`, `sante_publique`, `voirie_routiere`, `transports`,
    /// `securite_interieure`, `forestier`, `other`.
    pub code: String,
    /// Classes; all if empty.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub classes: Vec<u8>,
    /// Families of the vetted nomenclature; all if empty.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub families: Vec<String>,
    /// Only these articles or ranges; all of the code if empty.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub only: Vec<String>,
    /// But not these.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub except: Vec<String>,
    /// And of none of these families.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub except_families: Vec<String>,
}

/// Quality of an agent, as MIFs write it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "UPPERCASE")]
pub enum QualityTextV1 {
    /// Police municipale.
    Pm,
    /// Garde champêtre.
    Gc,
    /// Agent de surveillance de la voie publique.
    Asvp,
}

/// Whether a competence is established.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum CompetenceStatusV1 {
    /// A text before us gives it.
    #[default]
    Established,
    /// Texts that are not before us word for word may give it: accepted with a warning.
    Unverified,
}

/// What agents of a quality may record.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CompetenceV1 {
    /// The quality.
    pub quality: QualityTextV1,
    /// On motorways only, elsewhere only, or anywhere.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub on_motorway: Option<bool>,
    /// Whether it is established.
    #[serde(default)]
    pub status: CompetenceStatusV1,
    /// The offences.
    pub offences: ArticlesV1,
}

/// How the holder of the registration certificate answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum LiabilityV1 {
    /// Code de la route L121-2.
    Responsible,
    /// Code de la route L121-3.
    Liable,
}

/// Offences for which the holder answers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct HolderV1 {
    /// How.
    pub liability: LiabilityV1,
    /// For which.
    pub offences: ArticlesV1,
}

/// What an offence may need.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum NeedKindV1 {
    /// A person who was met.
    Person,
    /// A vehicle.
    Vehicle,
}

/// Offences that cannot be recorded without something.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct NeedV1 {
    /// What.
    pub need: NeedKindV1,
    /// Which offences.
    pub offences: ArticlesV1,
}

/// The excess of speed that a NatInf means, km/h.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SpeedV1 {
    /// The offence.
    pub natinf: u32,
    /// Least excess, included.
    pub over_min: u16,
    /// Greatest excess, excluded.
    pub over_below: u16,
    /// Lowest limit.
    pub limit_min: u16,
    /// Highest limit.
    pub limit_max: u16,
}

/// Delays of avis sent in a period, in days unless their name says otherwise.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct DelaysV1 {
    /// First day.
    pub from: DateText,
    /// Last day.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub to: Option<DateText>,
    /// Reduced fine.
    pub minoree_days: u16,
    /// Fixed fine.
    pub forfaitaire_days: u16,
    /// Requête en exonération.
    pub requete_days: u16,
    /// More for télépaiement.
    pub remote_more_days: u16,
    /// More months for those who live abroad.
    pub abroad_more_months: u16,
    /// Months in which the increased fine is reduced.
    pub majoree_reduced_months: u16,
    /// By how much, in percent.
    #[schemars(range(max = 100))]
    pub majoree_reduction_percent: u8,
    /// Increased fine.
    pub majoree_days: u16,
    /// Réclamation.
    pub reclamation_days: u16,
    /// Months after which no réclamation is admissible after a recommended letter.
    pub reclamation_months_max: u16,
    /// Years of prescription.
    pub prescription_years: u16,
    /// Years after which an increased fine is prescribed.
    pub sentence_years: u16,
    /// Months in which a refusal for lack of motivation can be contested.
    pub refusal_months: u16,
    /// Opposition of the condemned to an ordonnance pénale.
    pub opposition_days: u16,
    /// Opposition of the ministère public to it.
    pub prosecutor_opposition_days: u16,
    /// By how much more the court condemns at least where a consignation was asked, in percent.
    #[schemars(range(max = 100))]
    pub court_surcharge_percent: u8,
}

/// A public holiday: on a day of the year, or counted from Easter Sunday.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct HolidayV1 {
    /// Its name.
    pub name: String,
    /// Day of the year, `MM-DD`.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    #[schemars(regex(pattern = r"^[0-9]{2}-[0-9]{2}$"))]
    pub day: Option<String>,
    /// Days after Easter Sunday.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub after_easter: Option<i16>,
    /// First day on which it is one.
    pub from: DateText,
    /// Last day.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub to: Option<DateText>,
}

/// Offences whose OMP is not that of their place.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SpecialCompetenceV1 {
    /// Senders whose offences are meant, by SIREN; all if empty.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub sirens: Vec<String>,
    /// The OMP competent.
    pub omp: String,
    /// The offences.
    pub offences: ArticlesV1,
}

/// An officer who acts in the place of another.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SubstitutionV1 {
    /// The OMP that is replaced.
    pub omp: String,
    /// The one that acts.
    pub by: String,
    /// First day.
    pub from: DateText,
    /// Last day.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub to: Option<DateText>,
    /// The order, or why.
    #[schemars(length(min = 1, max = 200))]
    pub reason: String,
}
