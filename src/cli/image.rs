//! `ostler image`.

use std::path::{Path, PathBuf};

use clap::{Args, Subcommand, ValueEnum};

use crate::cli::body::Body;
use crate::cli::exit::CliError;
use crate::cli::noun::{Ident, ListArgs, Noun, Query, nothing_special};
use crate::cli::output::Column;
use crate::cli::patch::Patch;
use crate::cli::{Context, image_upload, parse};

/// Images: what an instance boots.
pub(crate) const IMAGE: Noun = Noun {
    singular: "image",
    plural: "images",
    path: "/v1/images",
    list_path: "/v1/images",
    columns: &[
        Column::new("NAME", "/name"),
        Column::new("UUID", "/uuid").spare(1),
        Column::new("BOOT", "/boot"),
        Column::new("PUBLIC", "/is_public"),
        Column::new("DESCRIPTION", "/description"),
    ],
    order: &[
        "name",
        "uuid",
        "description",
        "kind",
        "boot",
        "kernel_url",
        "kernel_sha256",
        "kernel_size",
        "initrd_url",
        "initrd_sha256",
        "initrd_size",
        "kernel_args",
        "user_data",
        "completion",
        "is_public",
        "created_at",
        "updated_at",
    ],
    special: nothing_special,
};

/// `ostler image …`
#[derive(Debug, Subcommand)]
pub(crate) enum ImageCommand {
    /// Make an image
    #[command(after_help = CREATE_EXAMPLES)]
    Create(CreateArgs),
    /// List images
    #[command(visible_alias = "ls")]
    List(ListArgs),
    /// Show everything about an image
    Show(Ident),
    /// Change an image
    #[command(after_help = SET_EXAMPLES)]
    Set(SetArgs),
    /// Upload the files of an image
    #[command(after_help = image_upload::EXAMPLES)]
    Upload(image_upload::UploadArgs),
    /// Remove uploaded files of an image
    Clear(image_upload::ClearArgs),
    /// Delete images that no instance has
    #[command(visible_alias = "rm")]
    Delete {
        /// Names or uuids
        #[arg(required = true, value_name = "NAME", value_parser = parse::ident)]
        names: Vec<String>,
    },
}

/// What an image says.
#[derive(Debug, Args)]
struct ImageArgs {
    /// What it is
    #[arg(long, value_name = "TEXT")]
    description: Option<String>,
    /// Who boots the machine; without it network where there is a kernel, external where there is none
    #[arg(long, value_enum)]
    boot: Option<Boot>,
    /// What it is for; deploy without it
    #[arg(long, value_enum)]
    kind: Option<Kind>,
    /// Where the kernel is
    #[arg(long, value_name = "URL")]
    kernel_url: Option<String>,
    /// The kernel's checksum, as sha256sum prints it: no other kernel is booted
    #[arg(long, value_name = "HEX")]
    kernel_sha256: Option<String>,
    /// Where the initrd is
    #[arg(long, value_name = "URL")]
    initrd_url: Option<String>,
    /// The initrd's checksum
    #[arg(long, value_name = "HEX")]
    initrd_sha256: Option<String>,
    /// The kernel's command line, with variables such as ${ip}
    #[arg(long, value_name = "TEXT")]
    kernel_args: Option<String>,
    /// A file with cloud-init's user data
    #[arg(long, value_name = "FILE")]
    user_data_file: Option<PathBuf>,
    /// When an instance counts as active; power-on without it
    #[arg(long, value_enum)]
    completion: Option<Completion>,
    /// Only for the own project
    #[arg(long)]
    private: bool,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Kind {
    /// Instances are made of it
    Deploy,
    /// It wipes the machine of a deleted instance, and phones home then
    Scrub,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Boot {
    /// Ostler, over the network
    Network,
    /// The machine itself, from its disk: its boot device is left alone
    Disk,
    /// Somebody else's PXE
    External,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Completion {
    /// As soon as the BMC says that the power is on
    PowerOn,
    /// When the machine reports in
    PhoneHome,
}

/// `ostler image create …`
#[derive(Debug, Args)]
pub(crate) struct CreateArgs {
    /// A name for it
    #[arg(value_parser = parse::ident)]
    name: String,
    #[command(flatten)]
    image: ImageArgs,
    /// The uuid that it shall have
    #[arg(long, value_name = "UUID")]
    uuid: Option<String>,
}

/// `ostler image set …`
#[derive(Debug, Args)]
pub(crate) struct SetArgs {
    #[command(flatten)]
    ident: Ident,
    /// The new name
    #[arg(long = "name", id = "new_name", value_name = "NAME", value_parser = parse::ident)]
    new_name: Option<String>,
    #[command(flatten)]
    image: ImageArgs,
    /// For everyone
    #[arg(long, conflicts_with = "private")]
    public: bool,
    /// Remove what it says here; repeat it for further ones
    #[arg(long, value_enum, value_name = "FIELD")]
    unset: Vec<Optional>,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Optional {
    Description,
    KernelUrl,
    InitrdUrl,
    KernelSha256,
    InitrdSha256,
    KernelArgs,
    UserData,
}

impl Optional {
    fn field(self) -> &'static str {
        match self {
            Self::Description => "description",
            Self::KernelUrl => "kernel_url",
            Self::InitrdUrl => "initrd_url",
            Self::KernelSha256 => "kernel_sha256",
            Self::InitrdSha256 => "initrd_sha256",
            Self::KernelArgs => "kernel_args",
            Self::UserData => "user_data",
        }
    }
}

const CREATE_EXAMPLES: &str = "\
Examples:
  ostler image create debian --kernel-url http://10.0.0.1/vmlinuz \\
      --initrd-url http://10.0.0.1/initrd.gz --kernel-args 'auto=true' \\
      --user-data-file cloud-config.yaml
  ostler image create rescue --kernel-args 'root=/dev/ram0 ip=${ip}' \\
      --completion phone-home
  ostler image create as-it-is --boot disk --description 'boots as it did'";

const SET_EXAMPLES: &str = "\
Examples:
  ostler image set debian --kernel-args 'console=ttyS0'
  ostler image set debian --unset user-data";

/// Runs it.
pub(crate) async fn run(context: &Context, command: ImageCommand) -> Result<(), CliError> {
    match command {
        ImageCommand::Create(args) => create(context, args).await,
        ImageCommand::List(args) => IMAGE.list(context, &Query::of(&args)).await,
        ImageCommand::Show(ident) => IMAGE.show(context, &ident.name).await,
        ImageCommand::Set(args) => set(context, args).await,
        ImageCommand::Upload(args) => args.run(context).await,
        ImageCommand::Clear(args) => args.run(context).await,
        ImageCommand::Delete { names } => IMAGE.delete(context, &names).await,
    }
}

async fn create(context: &Context, args: CreateArgs) -> Result<(), CliError> {
    let body = args
        .image
        .into_body()?
        .with("name", args.name)
        .with_some("uuid", args.uuid)
        .build();
    IMAGE.create(context, &body).await
}

async fn set(context: &Context, args: SetArgs) -> Result<(), CliError> {
    let mut patch = Patch::default();
    patch.set_some(&["name"], args.new_name);
    for (field, value) in args.image.into_body()?.into_fields() {
        patch.set(&[&field], value);
    }
    patch.set_some(&["is_public"], args.public.then_some(true));
    for optional in args.unset {
        patch.clear_if(true, &[optional.field()]);
    }
    IMAGE
        .patch(context, &args.ident.name, &patch.finish()?)
        .await
}

impl ImageArgs {
    fn into_body(self) -> Result<Body, CliError> {
        let boot = self.boot.map(|boot| match boot {
            Boot::Network => "network",
            Boot::Disk => "disk",
            Boot::External => "external",
        });
        let kind = self.kind.map(|kind| match kind {
            Kind::Deploy => "deploy",
            Kind::Scrub => "scrub",
        });
        let completion = self.completion.map(|completion| match completion {
            Completion::PowerOn => "power-on",
            Completion::PhoneHome => "phone-home",
        });
        let user_data = self.user_data_file.as_deref().map(read_text).transpose()?;
        Ok(Body::default()
            .with_some("description", self.description)
            .with_some("kind", kind)
            .with_some("boot", boot)
            .with_some("kernel_url", self.kernel_url)
            .with_some("initrd_url", self.initrd_url)
            .with_some("kernel_sha256", self.kernel_sha256)
            .with_some("initrd_sha256", self.initrd_sha256)
            .with_some("kernel_args", self.kernel_args)
            .with_some("user_data", user_data)
            .with_some("completion", completion)
            .with_some("is_public", self.private.then_some(false)))
    }
}

/// What is in a file of text.
pub(crate) fn read_text(path: &Path) -> Result<String, CliError> {
    std::fs::read_to_string(path).map_err(|source| CliError::File {
        path: path.to_owned(),
        source,
    })
}
