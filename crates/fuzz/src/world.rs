//! What messages, certificates and seals are judged by: one authority of each kind, one card, one station.

use std::sync::LazyLock;

use cnt_trust::issue::{
    AgentIdentity, AuthorityRole, CardUse, Hierarchy, HierarchyParams, IssueError, Issued, KeyKind,
    StationIdentity,
};
use cnt_trust::{CardVerifier, ConnectionVerifier, RevocationView, VerifierOptions};

/// When messages are signed: 28 May 2026, Unix seconds.
pub(crate) const NOW: i64 = 1_780_000_000;
const DAY: i64 = 86_400;

/// Everything that a target needs.
pub(crate) struct World {
    pub(crate) card: Issued,
    pub(crate) connection: Issued,
    pub(crate) seal: Issued,
    pub(crate) cards: CardVerifier,
    pub(crate) seals: CardVerifier,
    pub(crate) connections: ConnectionVerifier,
}

/// Made from a fixed number: inputs that were kept stay meaningful.
static WORLD: LazyLock<World> = LazyLock::new(|| match make() {
    Ok(world) => world,
    Err(error) => unreachable!("the world is made from constants: {error}"),
});

pub(crate) fn world() -> &'static World {
    &WORLD
}

fn make() -> Result<World, Box<dyn std::error::Error>> {
    let hierarchy = Hierarchy::generate(HierarchyParams::from_number(7, NOW - 365 * DAY))?;
    let agent = AgentIdentity::simulated(42, "123456789", "Commune de Fictive");
    let station = StationIdentity {
        number: "STA-123456789-1".to_owned(),
        siren: "123456789".to_owned(),
        organisation: "Commune de Fictive".to_owned(),
    };
    let from = NOW - 100 * DAY;
    let verifier = |anchors: Result<_, IssueError>| -> Result<CardVerifier, IssueError> {
        let revocations = RevocationView::default();
        Ok(CardVerifier::new(
            anchors?,
            revocations,
            VerifierOptions::default(),
        ))
    };
    let origin = hierarchy.authority(AuthorityRole::Origin);
    Ok(World {
        card: hierarchy.issue_card(&agent, CardUse::Signature, KeyKind::P256, from)?,
        connection: hierarchy.issue_station_connection(&station, from)?,
        seal: hierarchy.issue_station_seal(&station, from)?,
        cards: verifier(hierarchy.card_anchors())?,
        seals: verifier(hierarchy.seal_anchors())?,
        connections: ConnectionVerifier::of_stations(origin.certificate_der(), &[])?,
    })
}
