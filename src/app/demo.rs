//! demo
use clap::Args;
/// Options of the demo.
#[derive(Debug, Args)]
pub struct DemoArgs {
    /// End after the story.
    #[arg(long)]
    pub once: bool,
}
/// Runs it.
pub async fn run(_args: DemoArgs) -> anyhow::Result<()> {
    Ok(())
}
