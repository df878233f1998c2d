//! Each page has all fields of what it is about.

use std::fs;

use ostler::model::event::Event;
use ostler::model::image::Image;
use ostler::model::instance::Instance;
use ostler::model::instance_type::InstanceType;
use ostler::model::network::Network;
use ostler::model::node::Node;
use ostler::model::token::Token;
use ostler::model::webhook::Webhook;
use ostler::view::View;
use ostler::view::health::NodeHealth;
use ostler::view::operation::OperationView;
use ostler::view::task::TaskView;

use super::page::directory;

#[test]
fn every_field_is_on_its_page() {
    let mut missing = Vec::new();
    for (page, fields) in [
        ("events.md", Event::FIELDS),
        ("health.md", NodeHealth::FIELDS),
        ("images.md", Image::FIELDS),
        ("instances.md", Instance::FIELDS),
        ("networks.md", Network::FIELDS),
        ("nodes.md", Node::FIELDS),
        ("operations.md", OperationView::FIELDS),
        ("tasks.md", TaskView::FIELDS),
        ("tokens.md", Token::FIELDS),
        ("types.md", InstanceType::FIELDS),
        ("webhooks.md", Webhook::FIELDS),
    ] {
        let text = fs::read_to_string(directory().join(page)).unwrap();
        let described = |field: &str| text.contains(&format!("`{field}`"));
        let fields = fields.iter().filter(|field| !described(field));
        missing.extend(fields.map(|field| format!("api-ref/{page}: {field}")));
    }
    assert!(
        missing.is_empty(),
        "fields that are not described:\n{}",
        missing.join("\n")
    );
}
