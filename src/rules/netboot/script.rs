//! What iPXE is told to do.
//!
//! A machine must never stand still, nor go round for ever: what fails is tried again a few times, by asking for a new script,
//! and after that the firmware goes on to its next boot device.

use std::fmt::Write as _;

use crate::rules::input::InvalidInput;
use crate::rules::netboot::deploy::Deploy;
use crate::rules::netboot::variables::expand;

/// How often a machine asks for its script before it gives up.
const TRIES: u32 = 10;
/// How long it waits before it asks again, in seconds.
const PAUSE: u32 = 10;

/// Who asks for a script, as iPXE says it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Asker {
    /// The MAC address of the port that it asks from, in lower case with colons.
    pub mac: Option<String>,
    /// The UUID of its SMBIOS, as it was sent.
    pub uuid: Option<String>,
    /// How often it has asked before, since it was turned on.
    pub tries: u32,
}

/// What every machine is given first: it asks for its own script, with what iPXE knows of it.
pub fn first(base: &str) -> String {
    let mut script = String::from("#!ipxe\n");
    let ask = format!("chain --replace {base}/script?mac=${{netX/mac}}&uuid=${{uuid}}");
    for pause in [5, 15] {
        writeln!(script, "{ask} ||\nsleep {pause}").ok();
    }
    writeln!(
        script,
        "{ask} ||\necho ostlerd at {base} does not answer: booting from the next device\nexit 1"
    )
    .ok();
    script
}

/// The script of a machine that is not being deployed.
pub fn next_device(asker: &Asker) -> String {
    let mac = asker.mac.as_deref().unwrap_or("unknown");
    format!(
        "#!ipxe\necho ostlerd deploys no machine with MAC address {mac} now: booting from the next device\nexit 1\n"
    )
}

/// The script of a machine on which what its deploy boots has run already.
pub fn has_booted(asker: &Asker) -> String {
    let mac = asker.mac.as_deref().unwrap_or("unknown");
    format!(
        "#!ipxe\necho ostlerd has deployed the machine with MAC address {mac} already: booting from the next device\nexit 1\n"
    )
}

/// The script of a machine whose files are not here yet, or which should not be on.
pub fn not_yet(asker: &Asker, base: &str) -> String {
    let mut script = String::from("#!ipxe\necho ostlerd is not ready for this machine yet\n");
    ask_again(&mut script, asker, base);
    script
}

/// The script of a machine that is being deployed.
///
/// # Errors
/// The command line of its image is none; images that were accepted have no such fault.
pub fn of_deploy(deploy: &Deploy, asker: &Asker) -> Result<String, InvalidInput> {
    let values = deploy.values(asker.mac.as_deref());
    let args = deploy.netboot.kernel_args.as_deref().unwrap_or_default();
    let args = expand(args, &values)?;
    let has_initrd = deploy.netboot.initrd_sha256.is_some();
    let mut script = format!(
        "#!ipxe\necho ostlerd deploys {} here\nimgfree\n",
        values.hostname
    );
    let mut kernel = format!("kernel {}", deploy.url("kernel"));
    if has_initrd {
        // A kernel that is booted by UEFI finds it by this name.
        kernel.push_str(" initrd=initrd");
    }
    if !args.is_empty() {
        // As bytes, because iPXE has words and variables of its own.
        let bytes: Vec<String> = args.bytes().map(|byte| format!("{byte:02x}")).collect();
        writeln!(script, "set args:hex {}", bytes.join(":")).ok();
        kernel.push_str(" ${args:string}");
    }
    writeln!(script, "{kernel} || goto failed").ok();
    if has_initrd {
        let url = deploy.url("initrd");
        writeln!(script, "initrd --name initrd {url} || goto failed").ok();
    }
    script.push_str("boot || goto failed\n:failed\nimgfree\n");
    ask_again(&mut script, asker, &deploy.base);
    Ok(script)
}

/// The end of a script that did not boot.
fn ask_again(script: &mut String, asker: &Asker, base: &str) {
    let tries = asker.tries.saturating_add(1);
    if tries < TRIES {
        writeln!(
            script,
            "echo Asking ostlerd again in {PAUSE} seconds\nsleep {PAUSE}\n\
             chain --replace {base}/script?mac=${{netX/mac}}&uuid=${{uuid}}&tries={tries} ||"
        )
        .ok();
    }
    script.push_str("echo Giving up: booting from the next device\nexit 1\n");
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::netboot::deploy::tests::{MACS, deploy};

    fn asker(tries: u32) -> Asker {
        Asker {
            mac: Some(MACS[1].to_owned()),
            uuid: None,
            tries,
        }
    }

    #[test]
    fn a_machine_gets_its_kernel_its_initrd_and_its_command_line() {
        let mut deploy = deploy("web1");
        deploy.netboot.kernel_args = Some("a=${ip} || b".to_owned());
        let script = of_deploy(&deploy, &asker(0)).unwrap();
        assert_eq!(
            script,
            "#!ipxe\n\
             echo ostlerd deploys web1 here\n\
             imgfree\n\
             set args:hex 61:3d:31:30:2e:30:2e:30:2e:37:20:7c:7c:20:62\n\
             kernel http://10.0.0.2:6680/deploys/5ec2e7/kernel initrd=initrd ${args:string} || goto failed\n\
             initrd --name initrd http://10.0.0.2:6680/deploys/5ec2e7/initrd || goto failed\n\
             boot || goto failed\n\
             :failed\n\
             imgfree\n\
             echo Asking ostlerd again in 10 seconds\n\
             sleep 10\n\
             chain --replace http://10.0.0.2:6680/script?mac=${netX/mac}&uuid=${uuid}&tries=1 ||\n\
             echo Giving up: booting from the next device\n\
             exit 1\n"
        );
    }

    #[test]
    fn without_an_initrd_and_a_command_line_there_is_nothing_of_them() {
        let mut deploy = deploy("web1");
        deploy.netboot.initrd_sha256 = None;
        let script = of_deploy(&deploy, &asker(0)).unwrap();
        assert!(!script.contains("initrd") && !script.contains("args"));
        assert!(
            script.contains("\nkernel http://10.0.0.2:6680/deploys/5ec2e7/kernel || goto failed\n")
        );
    }

    #[test]
    fn a_machine_asks_again_some_times_and_then_boots_something_else() {
        let deploy = deploy("web1");
        let (mut asked, mut tries) = (1, 0);
        while let Some((_, next)) = of_deploy(&deploy, &asker(tries))
            .unwrap()
            .split_once("&tries=")
        {
            tries = next.split(' ').next().unwrap().parse().unwrap();
            asked += 1;
        }
        assert_eq!(asked, TRIES);
        let last = not_yet(&asker(tries), &deploy.base);
        assert!(last.ends_with("exit 1\n") && !last.contains("chain"));
        assert!(!not_yet(&asker(u32::MAX), "").contains("chain"));
    }

    #[test]
    fn a_name_brings_no_line_and_no_variable_into_the_script() {
        let deploy = deploy("x\nimgfree ${uuid} || exit");
        let script = of_deploy(&deploy, &asker(0)).unwrap();
        assert!(
            script.starts_with(
                "#!ipxe\necho ostlerd deploys x-imgfree---uuid-----exit here\nimgfree\n"
            )
        );
    }
}
