//! Writes a message and the authorities that verify it into a directory: how the fixtures
//! `ours-*` were made. Keys are drawn from a seed nobody else uses.
//!
//! `cargo run --release -p cnt-trust --example known_answer DIRECTORY`

use cnt_trust::issue::{
    AgentIdentity, AuthorityRole, CardUse, Hierarchy, HierarchyParams, KeyKind,
};
use cnt_trust::sign_compact;

const IAT: i64 = 1_780_000_000;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let directory = std::env::args().nth(1).ok_or("no directory given")?;
    let directory = std::path::Path::new(&directory);
    let hierarchy = Hierarchy::generate(HierarchyParams::from_number(2026, IAT - 31_536_000))?;
    let agent = AgentIdentity::simulated(1, "123456789", "Commune de Fictive");
    let card = hierarchy.issue_card(&agent, CardUse::Signature, KeyKind::P256, IAT - 8_640_000)?;
    let message = sign_compact(br#"{"known":"answer"}"#, IAT, &card.signer()?)?;
    std::fs::write(directory.join("ours-es256.jws"), message + "\n")?;
    for (name, role) in [
        ("root", AuthorityRole::AgentsRoot),
        ("issuing", AuthorityRole::AgentsSignature),
    ] {
        let der = hierarchy.authority(role).certificate_der();
        std::fs::write(directory.join(format!("ours-{name}.der")), der)?;
    }
    Ok(())
}
