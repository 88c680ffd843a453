//! One target, chosen by `CNT_FUZZ_TARGET`, under libFuzzer, which first writes the seeds into `CNT_FUZZ_SEEDS`; built
//! without it, files are replayed.
#![cfg_attr(fuzzing, no_main)]

#[cfg(fuzzing)]
static RUN: std::sync::LazyLock<fn(&[u8])> = std::sync::LazyLock::new(|| {
    if let Ok(directory) = std::env::var("CNT_FUZZ_SEEDS")
        && cnt_fuzz::write_seeds(directory.as_ref()).is_err()
    {
        std::process::exit(2);
    }
    let name = std::env::var("CNT_FUZZ_TARGET").unwrap_or_default();
    cnt_fuzz::target(&name).map_or_else(|| std::process::exit(2), |target| target.run)
});

#[cfg(fuzzing)]
libfuzzer_sys::fuzz_target!(|bytes: &[u8]| RUN(bytes));

#[cfg(not(fuzzing))]
fn main() -> anyhow::Result<()> {
    use anyhow::Context as _;

    let name = std::env::var("CNT_FUZZ_TARGET").context("CNT_FUZZ_TARGET names the target")?;
    let target = cnt_fuzz::target(&name).with_context(|| format!("there is no target {name}"))?;
    for file in std::env::args().skip(1) {
        let bytes = std::fs::read(&file).with_context(|| format!("cannot read {file}"))?;
        (target.run)(&bytes);
    }
    Ok(())
}
