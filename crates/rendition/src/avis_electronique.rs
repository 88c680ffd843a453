//! The slots and choices of the avis de contravention électronique: those of the avis, and its delivery.

use jiff::civil::Date;

use crate::charset::Coverage;
use crate::facts::{Facts, FactsWriter, invalid};
use crate::input::Printed;
use crate::resources::KindFiles;
use crate::{AvisElectroniqueInput, RenditionError, avis};

/// Templates, boxes and specimen of the avis électronique; its leaves are those of the avis on paper.
pub(crate) const FILES: KindFiles = KindFiles {
    main: (
        "/avis_electronique.typ",
        include_str!("../templates/avis_electronique.typ"),
    ),
    parts: avis::LEAVES,
    boxes: include_str!("../templates/avis_contravention/boxes.json"),
    specimen: include_bytes!("../templates/specimen/avis_electronique.json"),
};

impl Printed for AvisElectroniqueInput {
    fn facts(&self, coverage: &Coverage) -> Result<Facts, RenditionError> {
        let mut facts = FactsWriter::new(coverage);
        avis::write(&mut facts, &self.avis)?;
        let delivery = &self.delivery;
        facts.choose("electronic", delivery.address_from.as_str());
        if delivery.consented_on != self.avis.avis_date {
            return Err(invalid(
                "delivery.consented_on",
                "is not the date of the avis",
            ));
        }
        if delivery.announced_on > delivery.consented_on {
            return Err(invalid("delivery.announced_on", "is after the consent"));
        }
        facts.date("delivery.announced_on", delivery.announced_on)?;
        facts.date("delivery.consented_on", delivery.consented_on)?;
        Ok(facts.finish())
    }
    fn number(&self) -> &str {
        &self.avis.avis_number
    }
    fn date(&self) -> Date {
        self.avis.avis_date
    }
}
