//! `ostler type`.

use clap::{Args, Subcommand};

use crate::cli::body::Body;
use crate::cli::exit::CliError;
use crate::cli::noun::{Ident, ListArgs, Noun, Query, each, nothing_special};
use crate::cli::output::Column;
use crate::cli::patch::Patch;
use crate::cli::{Context, parse};

/// Instance types: what kind of machine an instance asks for.
pub(crate) const TYPE: Noun = Noun {
    singular: "type",
    plural: "types",
    path: "/v1/types",
    list_path: "/v1/types",
    columns: &[
        Column::new("NAME", "/name"),
        Column::new("UUID", "/uuid").spare(1),
        Column::new("PUBLIC", "/is_public"),
        Column::new("DESCRIPTION", "/description"),
    ],
    order: &[
        "name",
        "uuid",
        "description",
        "is_public",
        "extra_specs",
        "created_at",
        "updated_at",
    ],
    special: nothing_special,
};

/// `ostler type …`
#[derive(Debug, Subcommand)]
pub(crate) enum TypeCommand {
    /// Make a type
    #[command(after_help = CREATE_EXAMPLES)]
    Create(CreateArgs),
    /// List types
    #[command(visible_alias = "ls")]
    List(ListArgs),
    /// Show everything about a type
    Show(Ident),
    /// Change the name, the description or who sees it
    Set(SetArgs),
    /// Delete types that no instance has
    #[command(visible_alias = "rm")]
    Delete {
        /// Names or uuids
        #[arg(required = true, value_name = "NAME", value_parser = parse::ident)]
        names: Vec<String>,
    },
    /// Say what a node must have
    #[command(subcommand)]
    ExtraSpec(ExtraSpecCommand),
}

/// `ostler type create …`
#[derive(Debug, Args)]
pub(crate) struct CreateArgs {
    /// A name for it
    #[arg(value_parser = parse::ident)]
    name: String,
    /// What it is
    #[arg(long, value_name = "TEXT")]
    description: Option<String>,
    /// What a node must have; repeat it for further ones
    #[arg(long = "extra-spec", value_name = "KEY=VALUE", value_parser = parse::pair)]
    extra_specs: Vec<(String, String)>,
    /// Only for the own project
    #[arg(long)]
    private: bool,
    /// The uuid that it shall have
    #[arg(long, value_name = "UUID")]
    uuid: Option<String>,
}

/// `ostler type set …`
#[derive(Debug, Args)]
pub(crate) struct SetArgs {
    #[command(flatten)]
    ident: Ident,
    /// The new name
    #[arg(long = "name", id = "new_name", value_name = "NAME", value_parser = parse::ident)]
    new_name: Option<String>,
    /// The new description
    #[arg(long, value_name = "TEXT", conflicts_with = "no_description")]
    description: Option<String>,
    /// Remove the description
    #[arg(long)]
    no_description: bool,
    /// For everyone
    #[arg(long, conflicts_with = "private")]
    public: bool,
    /// Only for the own project
    #[arg(long)]
    private: bool,
}

/// `ostler type extra-spec …`
#[derive(Debug, Subcommand)]
pub(crate) enum ExtraSpecCommand {
    /// Set what a node must have; what is not named stays
    #[command(after_help = SPEC_EXAMPLES)]
    Set {
        #[command(flatten)]
        ident: Ident,
        /// What a node must have
        #[arg(required = true, value_name = "KEY=VALUE", value_parser = parse::pair)]
        specs: Vec<(String, String)>,
    },
    /// Remove what a node must have
    Unset {
        #[command(flatten)]
        ident: Ident,
        /// The keys
        #[arg(required = true, value_name = "KEY", value_parser = parse::ident)]
        keys: Vec<String>,
    },
    /// Show what a node must have
    Show(Ident),
}

const CREATE_EXAMPLES: &str = "\
Examples:
  ostler type create small --description 'any machine'
  ostler type create gpu --extra-spec 'cpus=>= 32' \\
      --extra-spec capabilities:gpu=a100

A node fits when it names the type, or names none and meets all of its extra-specs. \
'ostler type extra-spec set --help' says how these are written.";

const SPEC_EXAMPLES: &str = "\
A value is an operator and an operand, or an operand alone, which must be met exactly:
  =  (at least)   ==  !=  >=  <=     numbers
  s==  s!=  s<  s<=  s>  s>=         text
  <in> TEXT   <is> true   <or> A <or> B
Keys are cpus, memory_mb, local_gb, cpu_arch, or the name of a capability of the node.

Examples:
  ostler type extra-spec set gpu 'memory_mb=>= 262144' cpu_arch=x86_64
  ostler type extra-spec set gpu 'vendor=<or> dell <or> hpe'";

/// Runs it.
pub(crate) async fn run(context: &Context, command: TypeCommand) -> Result<(), CliError> {
    match command {
        TypeCommand::Create(args) => create(context, args).await,
        TypeCommand::List(args) => TYPE.list(context, &Query::of(&args)).await,
        TypeCommand::Show(ident) => TYPE.show(context, &ident.name).await,
        TypeCommand::Set(args) => set(context, args).await,
        TypeCommand::Delete { names } => TYPE.delete(context, &names).await,
        TypeCommand::ExtraSpec(command) => extra_spec(context, command).await,
    }
}

async fn create(context: &Context, args: CreateArgs) -> Result<(), CliError> {
    let body = Body::default()
        .with("name", args.name)
        .with_some("uuid", args.uuid)
        .with_some("description", args.description)
        .with_pairs("extra_specs", &args.extra_specs)
        .with_some("is_public", args.private.then_some(false))
        .build();
    TYPE.create(context, &body).await
}

async fn set(context: &Context, args: SetArgs) -> Result<(), CliError> {
    let mut patch = Patch::default();
    patch.set_some(&["name"], args.new_name);
    patch.set_some(&["description"], args.description);
    patch.clear_if(args.no_description, &["description"]);
    patch.set_some(&["is_public"], args.public.then_some(true));
    patch.set_some(&["is_public"], args.private.then_some(false));
    TYPE.patch(context, &args.ident.name, &patch.finish()?)
        .await
}

async fn extra_spec(context: &Context, command: ExtraSpecCommand) -> Result<(), CliError> {
    let specs_of = |ident: &str| format!("{}/extraspecs", TYPE.at(ident));
    match command {
        ExtraSpecCommand::Set { ident, specs } => {
            let path = specs_of(&ident.name);
            let answer = context
                .client
                .patch(&path, &parse::object(&specs))
                .await?
                .json()?;
            context.out.show(&answer, &[], nothing_special)
        }
        ExtraSpecCommand::Unset { ident, keys } => {
            each(&keys, async |key| {
                let path = format!("{}/{}", specs_of(&ident.name), Noun::escape(key));
                context.client.delete(&path).await?;
                context
                    .out
                    .say(&format!("type {}: {key} removed", ident.name))
            })
            .await
        }
        ExtraSpecCommand::Show(ident) => {
            let answer = context.client.get(&specs_of(&ident.name)).await?.json()?;
            context.out.show(&answer, &[], nothing_special)
        }
    }
}
