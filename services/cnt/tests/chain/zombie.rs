//! An instance that stood still while its partition went to another.

use cnt_contracts::topics::MIF_VERDICT;
use cnt_testkit::wait_for;

use crate::support::Chain;

/// The zombie holds a judged lot when the processor is taken from it; the group gives its partitions to another
/// instance, which commits the lot; then the zombie comes back and tries to.
#[test]
fn zombie_that_lost_its_partition_commits_nothing() {
    let chain = Chain::new();
    let registry = chain.start("registry").ready();
    let gateway = chain.start("gateway").ready();
    // It stands in the middle of a lot, outside any transaction, until it is halted.
    let zombie = chain.start_armed("validation", "zombie", "validation.check=sleep:5000@1");
    let zombie = zombie.ready();
    chain.send(0..20);
    zombie.says("Fail point fires");
    zombie.signal("STOP");

    let heir = chain.start("validation").ready();
    let judged = |count: usize| {
        wait_for("verdicts", || Ok((chain.verdicts() == count).then_some(()))).unwrap();
    };
    judged(20);
    let lots = chain.verdict_lots();

    zombie.signal("CONT");
    wait_for("the zombie to lose its lot", || {
        let lost = zombie.counted("cnt_bus_lots_total", "outcome=\"lost\"");
        Ok((lost > 0).then_some(()))
    })
    .unwrap();
    assert_eq!(chain.verdict_lots(), lots, "the zombie committed");

    // It lives on as a member of the group, and what comes later is judged once.
    chain.send(20..60);
    judged(60);
    let mut announced = chain.announced(&MIF_VERDICT);
    announced.sort_unstable();
    announced.dedup();
    assert_eq!(announced.len(), chain.verdict_lots().len());
    assert_eq!(chain.number("validation", "SELECT count(*) FROM outbox"), 0);
    drop((registry, gateway, heir));
}
