//! What the service tells of itself.

use cnt_domain::verdict::NotTransformed;
use cnt_rendition::Fallback;

cnt_service_kit::metric_label! {
    /// Why an accepted MIF ended without an avis.
    pub enum Reason("reason") {
        /// The vehicle is reported stolen.
        Stolen => "VOLE",
        /// The register does not know the plate.
        Unknown => "INCONNU",
        /// No usable address, or none that can be written.
        NoAddress => "SANS_ADRESSE",
        /// The vehicle was destroyed.
        Destroyed => "DETRUIT",
        /// Foreign plate that cannot be traced.
        Foreign => "ETRANGER",
    }
}

impl From<NotTransformed> for Reason {
    fn from(reason: NotTransformed) -> Self {
        match reason {
            NotTransformed::Stolen => Reason::Stolen,
            NotTransformed::Unknown => Reason::Unknown,
            NotTransformed::NoAddress | NotTransformed::Unwritable(_) => Reason::NoAddress,
            NotTransformed::Destroyed => Reason::Destroyed,
            NotTransformed::Foreign => Reason::Foreign,
        }
    }
}

cnt_service_kit::metric_label! {
    /// Why a document was laid out by typst instead of being filled into a forme.
    pub enum Typeset("reason") {
        /// A letter that the formes lack.
        Letter => "letter",
        /// A text that may be too wide.
        Width => "width",
        /// A text in the run of a sentence.
        Sentence => "sentence",
        /// A template without a forme.
        Forme => "forme",
        /// A reason that this release does not know.
        Other => "other",
    }
}

impl From<Fallback> for Typeset {
    fn from(reason: Fallback) -> Self {
        match reason {
            Fallback::Letter => Typeset::Letter,
            Fallback::Width => Typeset::Width,
            Fallback::Sentence => Typeset::Sentence,
            Fallback::Forme => Typeset::Forme,
            _ => Typeset::Other,
        }
    }
}

cnt_service_kit::metrics! {
    /// What edition tells of itself.
    pub struct Metrics("edition") {
        /// Verdict lots committed.
        lots_total: prometheus::IntCounter,
        /// Documents in committed lots.
        documents_rendered_total: prometheus::IntCounter,
        /// Accepted MIFs in committed lots that ended without an avis, by reason.
        not_transformed_total: cnt_service_kit::metrics::CounterBy<Reason>,
        /// Documents laid out by typst instead of being filled into a forme, by reason; runs that were not committed count too.
        documents_typeset_total: cnt_service_kit::metrics::CounterBy<Typeset>,
        /// Documents rendered only after a free text or the break of a line was changed to fit; runs that were not committed count too.
        documents_adapted_total: prometheus::IntCounter,
        /// Bytes of document lots committed.
        lot_bytes_total: prometheus::IntCounter,
        /// Seconds to render and write one document lot.
        render_duration_seconds: prometheus::Histogram = [0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0],
    }
}

cnt_service_kit::metrics! {
    /// Metrics of the letters after the avis.
    pub struct LetterMetrics("edition_letters") {
        /// Letters in committed lots.
        rendered_total: prometheus::IntCounter,
        /// Letters in committed lots that typst laid out instead of being filled into a forme, by reason.
        typeset_total: cnt_service_kit::metrics::CounterBy<Typeset>,
    }
}
