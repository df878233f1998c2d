//! A machine with a BMC of its own: a QEMU guest in which `ostlerd` runs, reached over HTTP as any other.

use std::fs;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use super::daemon::free_tcp_address;
use super::http::Client;
use super::qmp::Qmp;
use super::skip::skip;
use super::wait::until_within;

/// How long the guest may take to boot. Ten seconds where nothing else runs; QEMU translates each instruction.
const BOOT: Duration = Duration::from_secs(300);
/// What the guest's first process prints before the token, once the daemon is there.
const TOKEN: &str = "TOKEN: ";

/// A running guest; it is switched off when this is dropped.
pub(crate) struct Guest {
    process: Child,
    directory: tempfile::TempDir,
    api: SocketAddr,
    qmp: Qmp,
}

impl Guest {
    /// Boots one. `None` where QEMU is not ready, which only a developer's machine may lack.
    pub(crate) fn boot() -> Option<Self> {
        let ready = ready()?;
        let directory = tempfile::tempdir().unwrap();
        let initramfs = directory.path().join("initramfs");
        let programs = [env!("CARGO_BIN_EXE_ostlerd"), env!("CARGO_BIN_EXE_ostler")];
        make_initramfs(&ready, &initramfs, "init-bmc", &programs);
        let api = free_tcp_address();
        let process = start(&ready, directory.path(), api);
        let qmp = Qmp::connect(&directory.path().join("qmp"));
        Some(Self {
            process,
            directory,
            api,
            qmp,
        })
    }

    /// Waits until the daemon in the guest serves its API, and gives a client of it that is an admin.
    pub(crate) fn admin(&mut self) -> Client {
        let token = until_within(BOOT, "the daemon in the guest", || {
            let ended = self.process.try_wait().unwrap();
            assert_eq!(ended, None, "QEMU ended");
            let console = self.console();
            // The whole line is there when another one has begun.
            let (line, _) = console.split_once(TOKEN)?.1.split_once('\n')?;
            Some(line.trim().to_owned())
        });
        Client::tcp(self.api).with_token(&token)
    }

    /// What happens to the machine, as QEMU tells it.
    pub(crate) fn qmp(&mut self) -> &mut Qmp {
        &mut self.qmp
    }

    /// What the kernel, the first process and the daemon have written.
    pub(crate) fn console(&self) -> String {
        let bytes = fs::read(self.directory.path().join("console")).unwrap_or_default();
        String::from_utf8_lossy(&bytes).into_owned()
    }
}

impl Drop for Guest {
    fn drop(&mut self) {
        self.process.kill().ok();
        self.process.wait().ok();
        if std::thread::panicking() {
            println!("--- the guest's console ---\n{}", self.console());
        }
    }
}

/// Where `tests/qemu/install` has made QEMU ready. `None` where it has not, which only a developer's machine may lack.
pub(crate) fn ready() -> Option<PathBuf> {
    match Command::new(script("install")).arg("--where").output() {
        Ok(output) if output.status.success() => {
            Some(String::from_utf8(output.stdout).unwrap().trim_end().into())
        }
        Ok(output) => {
            skip(&String::from_utf8_lossy(&output.stderr));
            None
        }
        Err(error) => panic!("tests/qemu/install: {error}"),
    }
}

/// Makes the file system of a guest, with this first process of `tests/qemu` and these programs.
pub(crate) fn make_initramfs(ready: &Path, file: &Path, init: &str, programs: &[&str]) {
    let made = Command::new(script("initramfs"))
        .args([ready, file])
        .arg(init)
        .args(programs)
        .status();
    assert!(made.unwrap().success(), "the guest has no file system");
}

/// Debian's kernel.
pub(crate) fn kernel(ready: &Path) -> PathBuf {
    fs::read_dir(ready.join("root/boot"))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .find(|path| path.to_string_lossy().contains("vmlinuz"))
        .unwrap()
}

/// The path of a program in `tests/qemu`.
pub(crate) fn script(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/qemu")
        .join(name)
}

/// Without KVM, which not every machine has. A machine that was turned off stays there, to be asked about.
fn start(ready: &Path, directory: &Path, api: SocketAddr) -> Child {
    let kernel = kernel(ready);
    Command::new(ready.join("qemu"))
        .args(["-accel", "tcg", "-m", "768", "-nodefaults"])
        .args(["-display", "none", "-no-shutdown"])
        .args(["-device", "ipmi-bmc-sim,id=bmc"])
        .args(["-device", "isa-ipmi-kcs,bmc=bmc,ioport=0xca2,irq=5"])
        .arg("-netdev")
        .arg(format!(
            "user,id=net,restrict=on,hostfwd=tcp:{api}-10.0.2.15:6688"
        ))
        .args(["-device", "e1000,netdev=net,romfile="])
        .arg("-serial")
        .arg(format!("file:{}", directory.join("console").display()))
        .arg("-qmp")
        .arg(format!(
            "unix:{},server=on,wait=off",
            directory.join("qmp").display()
        ))
        .args(["-append", "console=ttyS0 quiet panic=-1"])
        .args(["-kernel".as_ref(), kernel.as_os_str()])
        .args(["-initrd".as_ref(), directory.join("initramfs").as_os_str()])
        .stdin(Stdio::null())
        .spawn()
        .unwrap()
}
