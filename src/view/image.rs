//! Images, as the API shows them.

use serde::ser::SerializeMap;

use crate::model::image::Image;
use crate::time::Timestamp;
use crate::view::View;
use crate::view::links::Base;

impl View for Image {
    const PLURAL: &'static str = "images";
    const FIELDS: &'static [&'static str] = &[
        "uuid",
        "name",
        "description",
        "kind",
        "boot",
        "kernel_url",
        "initrd_url",
        "kernel_sha256",
        "initrd_sha256",
        "kernel_size",
        "initrd_size",
        "kernel_args",
        "user_data",
        "completion",
        "is_public",
        "links",
        "created_at",
        "updated_at",
    ];

    fn field<M: SerializeMap>(
        &self,
        field: &str,
        base: &Base,
        map: &mut M,
    ) -> Result<(), M::Error> {
        match field {
            "uuid" => map.serialize_entry(field, &self.id),
            "name" => map.serialize_entry(field, &self.name),
            "description" => map.serialize_entry(field, &self.description),
            "kind" => map.serialize_entry(field, &self.kind),
            "boot" => map.serialize_entry(field, &self.boot),
            "kernel_url" => map.serialize_entry(field, &self.kernel_url),
            "initrd_url" => map.serialize_entry(field, &self.initrd_url),
            "kernel_sha256" => map.serialize_entry(field, &self.kernel_sha256),
            "initrd_sha256" => map.serialize_entry(field, &self.initrd_sha256),
            "kernel_size" => map.serialize_entry(field, &self.kernel_size),
            "initrd_size" => map.serialize_entry(field, &self.initrd_size),
            "kernel_args" => map.serialize_entry(field, &self.kernel_args),
            "user_data" => map.serialize_entry(field, &self.user_data),
            "completion" => map.serialize_entry(field, &self.completion),
            "is_public" => map.serialize_entry(field, &self.is_public),
            "links" => map.serialize_entry(field, &base.links(Self::PLURAL, self.id)),
            "created_at" => map.serialize_entry(field, &self.created_at),
            "updated_at" => map.serialize_entry(field, &self.updated_at),
            _ => Ok(()),
        }
    }

    fn ident(&self) -> String {
        self.id.to_string()
    }

    fn version(&self) -> (Timestamp, i64) {
        (self.created_at, self.revision)
    }
}
